"""The first tables: outbox, inbox, dead letters, heartbeats, lease; orders, fills, accounts, drift, audit."""

import sqlalchemy as sa
from alembic import op

from stockbot.execution_engine.brokers.paper.migration import create_paper_tables
from stockbot.runtime.columns import ExactDecimal, LongInteger, UtcDateTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    _runtime_tables()
    _orders()
    _accounts()
    _watch()
    create_paper_tables()


def _runtime_tables() -> None:
    op.create_table(
        "execution_outbox",
        sa.Column("stream", sa.String(64), primary_key=True),
        sa.Column("source", sa.String(128), primary_key=True),
        sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("event", sa.LargeBinary, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "execution_outbox_heads",
        sa.Column("stream", sa.String(64), primary_key=True),
        sa.Column("source", sa.String(128), primary_key=True),
        sa.Column("incarnation", sa.String(64), nullable=False),
        sa.Column("last_sequence", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "execution_inbox",
        sa.Column("stream", sa.String(64), primary_key=True),
        sa.Column("consumer", sa.String(128), primary_key=True),
        sa.Column("source", sa.String(128), primary_key=True),
        sa.Column("incarnation", sa.String(64), primary_key=True),
        sa.Column("last_sequence", sa.BigInteger, nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "execution_dead_letters",
        sa.Column("letter_id", sa.String(256), primary_key=True),
        sa.Column("stream", sa.String(64), nullable=False),
        sa.Column("consumer", sa.String(128), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),
        sa.Column("received_at", UtcDateTime, nullable=False),
        sa.Column("resolved_at", UtcDateTime, nullable=True),
        sa.Column("resolution", sa.Text, nullable=True),
    )
    op.create_table(
        "execution_heartbeats",
        sa.Column("source", sa.String(128), primary_key=True),
        sa.Column("beat_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "execution_lease",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("token", sa.BigInteger, nullable=False),
        sa.Column("seconds", sa.Float, nullable=False),
        sa.Column("expires", UtcDateTime, nullable=False),
    )


def _orders() -> None:
    op.create_table(
        "execution_orders",
        sa.Column("number", LongInteger, primary_key=True),
        sa.Column("client_order_id", sa.String(128), nullable=False, unique=True),
        sa.Column("decision_id", sa.String(128), nullable=True),
        sa.Column("leg", sa.Integer, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("signal_id", sa.String(128), nullable=True),
        sa.Column("account", sa.String(128), nullable=False),
        sa.Column("strategy", sa.String(128), nullable=False),
        sa.Column("symbol", sa.String(32), nullable=False),
        sa.Column("correlationid", sa.String(128), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("is_open", sa.Boolean, nullable=False),
        sa.Column("needs_exits", sa.Boolean, nullable=False),
        sa.Column("fencing_token", sa.BigInteger, nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),
        sa.Column("approval", sa.LargeBinary, nullable=True),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
        sa.UniqueConstraint("decision_id", "leg", "revision", name="execution_orders_once"),
    )
    op.create_index("execution_orders_open", "execution_orders", ["is_open", "state"])
    op.create_index("execution_orders_needs_exits", "execution_orders", ["needs_exits"])
    op.create_index("execution_orders_symbol", "execution_orders", ["symbol"])
    op.create_index("execution_orders_strategy", "execution_orders", ["strategy"])
    op.create_index("execution_orders_signal_id", "execution_orders", ["signal_id"])
    op.create_index("execution_orders_correlationid", "execution_orders", ["correlationid"])
    op.create_table(
        "execution_timeline",
        sa.Column("number", LongInteger, primary_key=True),
        sa.Column("client_order_id", sa.String(128), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("filled_quantity", ExactDecimal, nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
    )
    op.create_index("execution_timeline_order", "execution_timeline", ["client_order_id"])
    op.create_table(
        "execution_executions",
        sa.Column("number", LongInteger, primary_key=True),
        sa.Column("account", sa.String(128), nullable=False),
        sa.Column("execution_id", sa.String(128), nullable=False),
        sa.Column("client_order_id", sa.String(128), nullable=False),
        sa.Column("broker_order_id", sa.String(128), nullable=False),
        sa.Column("strategy", sa.String(128), nullable=False),
        sa.Column("symbol", sa.String(32), nullable=False),
        sa.Column("side", sa.String(8), nullable=False),
        sa.Column("quantity", ExactDecimal, nullable=False),
        sa.Column("price", ExactDecimal, nullable=False),
        sa.Column("fee", ExactDecimal, nullable=False),
        sa.Column("executed_at", UtcDateTime, nullable=False),
        sa.Column("booked_at", UtcDateTime, nullable=False),
        sa.Column("correlationid", sa.String(128), nullable=False),
        sa.Column("signal_id", sa.String(128), nullable=True),
        sa.Column("decision_id", sa.String(128), nullable=True),
        sa.UniqueConstraint("account", "execution_id", name="execution_executions_once"),
    )
    op.create_index("execution_executions_order", "execution_executions", ["client_order_id"])
    op.create_index("execution_executions_correlationid", "execution_executions", ["correlationid"])


def _accounts() -> None:
    op.create_table(
        "execution_positions",
        sa.Column("account", sa.String(128), primary_key=True),
        sa.Column("strategy", sa.String(128), primary_key=True),
        sa.Column("symbol", sa.String(32), primary_key=True),
        sa.Column("quantity", ExactDecimal, nullable=False),
    )
    op.create_table(
        "execution_accounts",
        sa.Column("account", sa.String(128), primary_key=True),
        sa.Column("broker", sa.String(32), nullable=False),
        sa.Column("broker_account_id", sa.String(128), nullable=False),
        sa.Column("mode", sa.String(16), nullable=False),
        sa.Column("settles", sa.Boolean, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("opening_cash", ExactDecimal, nullable=False),
        sa.Column("opening_positions", sa.LargeBinary, nullable=False),
        sa.Column("opened_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "execution_books",
        sa.Column("account", sa.String(128), primary_key=True),
        sa.Column("cash", ExactDecimal, nullable=False),
        sa.Column("executed_through", UtcDateTime, nullable=False),
        sa.Column("active_through", UtcDateTime, nullable=False),
        sa.Column("risk_source", sa.String(128), nullable=True),
    )
    op.create_table(
        "execution_activities",
        sa.Column("number", LongInteger, primary_key=True),
        sa.Column("account", sa.String(128), nullable=False),
        sa.Column("activity_id", sa.String(128), nullable=False, unique=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("amount", ExactDecimal, nullable=False),
        sa.Column("symbol", sa.String(32), nullable=True),
        sa.Column("quantity", ExactDecimal, nullable=True),
        sa.Column("execution_id", sa.String(128), nullable=True),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("recorded_at", UtcDateTime, nullable=False),
    )


def _watch() -> None:
    op.create_table(
        "execution_drifts",
        sa.Column("kind", sa.String(16), primary_key=True),
        sa.Column("subject", sa.String(128), primary_key=True),
        sa.Column("ours", sa.Text, nullable=False),
        sa.Column("brokers", sa.Text, nullable=False),
        sa.Column("since", UtcDateTime, nullable=False),
    )
    op.create_table(
        "execution_troubles",
        sa.Column("number", LongInteger, primary_key=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("subject", sa.String(128), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
    )
    op.create_index("execution_troubles_subject", "execution_troubles", ["subject"])
    op.create_table(
        "execution_audit",
        sa.Column("number", LongInteger, primary_key=True),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("who", sa.String(128), nullable=False),
        sa.Column("what", sa.String(64), nullable=False),
        sa.Column("subject", sa.String(128), nullable=False),
        sa.Column("why", sa.Text, nullable=False),
    )
    op.create_table(
        "execution_requests",
        sa.Column("key", sa.String(255), primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("signal_id", sa.String(128), nullable=False),
        sa.Column("correlationid", sa.String(128), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
    )
