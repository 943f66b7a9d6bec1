"""What all services have put aside and nobody has resolved, out of their own tables: read, never written.

Each service keeps its dead letters in `<prefix>dead_letters`; those that this database has are found by their names.
"""

from datetime import datetime

from sqlalchemy import Connection, column, func, inspect, select, table
from sqlalchemy.sql.expression import TableClause

from stockbot.model.alerts.poison import PutAside
from stockbot.runtime.columns import UtcDateTime

SUFFIX = "dead_letters"
COLUMNS = ("stream", "consumer", "reason", "received_at", "resolved_at")


def tables(connection: Connection) -> list[TableClause]:
    """The dead letters' tables that are there."""
    names = [name for name in inspect(connection).get_table_names() if name.endswith(f"_{SUFFIX}")]
    return [_light(name) for name in sorted(names)]


def put_aside(connection: Connection) -> list[PutAside]:
    """For each consumer and stream how many letters nobody has resolved, and why the newest was put aside."""
    return [found for letters in tables(connection) for found in _of(connection, letters)]


def _of(connection: Connection, letters: TableClause) -> list[PutAside]:
    key = (letters.c.consumer, letters.c.stream)
    unresolved = letters.c.resolved_at.is_(None)
    counts = select(*key, func.count(), func.max(letters.c.received_at)).where(unresolved).group_by(*key)
    return [
        PutAside(consumer, stream, count, _reason(connection, letters, consumer, stream, newest))
        for consumer, stream, count, newest in connection.execute(counts).all()
    ]


def _reason(connection: Connection, letters: TableClause, consumer: str, stream: str, newest: datetime) -> str:
    mine = (letters.c.consumer == consumer) & (letters.c.stream == stream) & (letters.c.received_at == newest)
    reason: str = connection.execute(select(letters.c.reason).where(mine).limit(1)).scalar_one()
    return reason


def _light(name: str) -> TableClause:
    times = {"received_at", "resolved_at"}
    return table(name, *(column(each, UtcDateTime) if each in times else column(each) for each in COLUMNS))
