"""The paper broker's tables, declared on the metadata of the service that it runs in.

They stand for the broker's own books: the service never writes them, and asks through the `Broker` protocol.
`migration.py` makes them.
"""

from dataclasses import dataclass

from sqlalchemy import BigInteger, Boolean, Column, Index, LargeBinary, MetaData, String, Table, UniqueConstraint

from stockbot.runtime.columns import ExactDecimal, LongInteger, UtcDateTime


@dataclass(frozen=True)
class PaperTables:
    accounts: Table
    positions: Table
    orders: Table
    executions: Table


def paper_tables(metadata: MetaData, prefix: str) -> PaperTables:
    return PaperTables(
        accounts=_accounts(metadata, prefix),
        positions=_positions(metadata, prefix),
        orders=_orders(metadata, prefix),
        executions=_executions(metadata, prefix),
    )


def _accounts(metadata: MetaData, prefix: str) -> Table:
    """`version` grows with every write, so that nobody writes from an old copy."""
    return Table(
        f"{prefix}paper_accounts",
        metadata,
        Column("account", String(128), primary_key=True),
        Column("version", BigInteger, nullable=False),
        Column("cash", ExactDecimal, nullable=False),
        Column("unsettled", ExactDecimal, nullable=False),
        Column("unsettled_on", String(10), nullable=True),
        Column("opened_at", UtcDateTime, nullable=False),
    )


def _positions(metadata: MetaData, prefix: str) -> Table:
    return Table(
        f"{prefix}paper_positions",
        metadata,
        Column("account", String(128), primary_key=True),
        Column("symbol", String(32), primary_key=True),
        Column("quantity", ExactDecimal, nullable=False),
        Column("average_price", ExactDecimal, nullable=False),
    )


def _orders(metadata: MetaData, prefix: str) -> Table:
    """`document` is the JSON of `model.fills.order.WorkingOrder`; the columns beside it are what is searched by."""
    return Table(
        f"{prefix}paper_orders",
        metadata,
        Column("number", LongInteger, primary_key=True),  # the order in which they came, which is that of their looks
        Column("account", String(128), nullable=False),
        Column("client_order_id", String(128), nullable=False),
        Column("is_open", Boolean, nullable=False),
        Column("updated_at", UtcDateTime, nullable=False),
        Column("document", LargeBinary, nullable=False),
        UniqueConstraint("account", "client_order_id", name=f"{prefix}paper_orders_client_order_id"),
        Index(f"{prefix}paper_orders_is_open", "account", "is_open"),
    )


def _executions(metadata: MetaData, prefix: str) -> Table:
    """`executed_at` is the market's time, `booked_at` the wall clock's; in a replay they are far apart."""
    return Table(
        f"{prefix}paper_executions",
        metadata,
        Column("number", LongInteger, primary_key=True),
        Column("account", String(128), nullable=False),
        Column("execution_id", String(128), nullable=False, unique=True),
        Column("client_order_id", String(128), nullable=False),
        Column("symbol", String(32), nullable=False),
        Column("side", String(8), nullable=False),
        Column("quantity", ExactDecimal, nullable=False),
        Column("price", ExactDecimal, nullable=False),
        Column("fee", ExactDecimal, nullable=False),
        Column("executed_at", UtcDateTime, nullable=False),
        Column("booked_at", UtcDateTime, nullable=False),
        Index(f"{prefix}paper_executions_booked_at", "account", "booked_at"),
        Index(f"{prefix}paper_executions_executed_at", "account", "executed_at"),
    )
