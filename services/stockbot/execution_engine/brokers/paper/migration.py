"""Makes the paper broker's tables: called by the Execution Engine's first migration, never changed later."""

import sqlalchemy as sa
from alembic import op

from stockbot.runtime.columns import ExactDecimal, LongInteger, UtcDateTime


def create_paper_tables() -> None:
    _accounts()
    _orders()
    _executions()


def _accounts() -> None:
    op.create_table(
        "execution_paper_accounts",
        sa.Column("account", sa.String(128), primary_key=True),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("cash", ExactDecimal, nullable=False),
        sa.Column("unsettled", ExactDecimal, nullable=False),
        sa.Column("unsettled_on", sa.String(10), nullable=True),
        sa.Column("opened_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "execution_paper_positions",
        sa.Column("account", sa.String(128), primary_key=True),
        sa.Column("symbol", sa.String(32), primary_key=True),
        sa.Column("quantity", ExactDecimal, nullable=False),
        sa.Column("average_price", ExactDecimal, nullable=False),
    )


def _orders() -> None:
    op.create_table(
        "execution_paper_orders",
        sa.Column("number", LongInteger, primary_key=True),
        sa.Column("account", sa.String(128), nullable=False),
        sa.Column("client_order_id", sa.String(128), nullable=False),
        sa.Column("is_open", sa.Boolean, nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("account", "client_order_id", name="execution_paper_orders_client_order_id"),
    )
    op.create_index("execution_paper_orders_is_open", "execution_paper_orders", ["account", "is_open"])


def _executions() -> None:
    op.create_table(
        "execution_paper_executions",
        sa.Column("number", LongInteger, primary_key=True),
        sa.Column("account", sa.String(128), nullable=False),
        sa.Column("execution_id", sa.String(128), nullable=False, unique=True),
        sa.Column("client_order_id", sa.String(128), nullable=False),
        sa.Column("symbol", sa.String(32), nullable=False),
        sa.Column("side", sa.String(8), nullable=False),
        sa.Column("quantity", ExactDecimal, nullable=False),
        sa.Column("price", ExactDecimal, nullable=False),
        sa.Column("fee", ExactDecimal, nullable=False),
        sa.Column("executed_at", UtcDateTime, nullable=False),
        sa.Column("booked_at", UtcDateTime, nullable=False),
    )
    for column in ("booked_at", "executed_at"):
        op.create_index(f"execution_paper_executions_{column}", "execution_paper_executions", ["account", column])
