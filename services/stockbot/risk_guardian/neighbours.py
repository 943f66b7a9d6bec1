"""What the Risk Guardian reads of other services' tables in the one database. It writes none of them.

A test compares the columns with their owners' tables. A table that is not there yet says nothing.
"""

from sqlalchemy import BigInteger, Connection, String, column, func, inspect, select
from sqlalchemy import table as light_table

from stockbot.events.streams import ORDERS
from stockbot.runtime.columns import UtcDateTime

PORTFOLIO_DEAD_LETTERS = light_table(
    "portfolio_dead_letters",
    column("stream", String(64)),
    column("resolved_at", UtcDateTime),
)
EXECUTION_OUTBOX_HEADS = light_table(
    "execution_outbox_heads",
    column("stream", String(64)),
    column("last_sequence", BigInteger),
)


def unbooked_orders(connection: Connection) -> int:
    """How many order updates the portfolio has put aside: its `through_sequence` passes over them."""
    if not _is_there(connection, PORTFOLIO_DEAD_LETTERS.name):
        return 0
    letters = PORTFOLIO_DEAD_LETTERS.c
    statement = select(func.count()).where(letters.stream == ORDERS, letters.resolved_at.is_(None))
    return connection.execute(statement).scalar_one()


def orders_told(connection: Connection) -> int | None:
    """The number of the last order update that this database knows of; None where no engine has told any yet."""
    if not _is_there(connection, EXECUTION_OUTBOX_HEADS.name):
        return None
    heads = EXECUTION_OUTBOX_HEADS.c
    return connection.execute(select(func.max(heads.last_sequence)).where(heads.stream == ORDERS)).scalar()


def _is_there(connection: Connection, name: str) -> bool:
    return inspect(connection).has_table(name)
