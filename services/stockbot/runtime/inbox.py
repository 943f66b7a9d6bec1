"""The inbox: which event of each source a consumer has taken in, kept in the transaction of the effect.

So an event that comes twice has its effect once, and one that comes too early is left for later: the consumer asks the
source's relay to send again from where it stands.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cache

from sqlalchemy import BigInteger, Column, Connection, MetaData, Select, String, Table, bindparam, func, select
from sqlalchemy.dialects import postgresql, sqlite

from stockbot.runtime.columns import UtcDateTime
from stockbot.runtime.database import insert_into
from stockbot.runtime.headers import Header
from stockbot.runtime.outbox import first_of

Key = tuple[str, str]  # source, incarnation


class Verdict(StrEnum):
    FRESH = "fresh"
    DUPLICATE = "duplicate"
    EARLY = "early"  # something before it is missing


def inbox_table(metadata: MetaData, prefix: str) -> Table:
    """The inbox of the service whose tables start with `prefix`; its first migration creates it."""
    return Table(
        f"{prefix}inbox",
        metadata,
        Column("stream", String(64), primary_key=True),
        Column("consumer", String(128), primary_key=True),
        Column("source", String(128), primary_key=True),
        Column("incarnation", String(64), primary_key=True),
        Column("last_sequence", BigInteger, nullable=False),
        Column("updated_at", UtcDateTime, nullable=False),
    )


@dataclass
class Intake:
    """The numbers of one batch: what was taken in before it, moved on by `judge`, to be stored with the effect."""

    last: dict[Key, int]
    floors: dict[Key, int] = field(default_factory=dict)  # the oldest that can still be sent
    moved: set[Key] = field(default_factory=set)

    def judge(self, header: Header) -> Verdict:
        """Whether the event is the next of its source; a fresh one counts as taken in from here on."""
        key = (header.source, header.incarnation)
        expected = max(self.stands_at(*key) + 1, self.floors.get(key, 0))
        if header.sequence < expected:
            return Verdict.DUPLICATE
        if header.sequence > expected:
            return Verdict.EARLY
        self.last[key] = header.sequence
        self.moved.add(key)
        return Verdict.FRESH

    def stands_at(self, source: str, incarnation: str) -> int:
        """The last sequence taken in of this source and incarnation."""
        return self.last.get((source, incarnation), first_of(incarnation) - 1)


def take_turns(connection: Connection, table: Table, stream: str, consumer: str) -> None:
    """Wait until no other process takes in for this consumer; on SQLite the transaction's beginning has waited.

    A consumer that lost its lease unnoticed would else take in the same events beside the new one.
    """
    if connection.dialect.name == "postgresql":
        name = f"{table.name} {stream} {consumer}"
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


def load(connection: Connection, table: Table, stream: str, consumer: str) -> dict[Key, int]:
    """What `consumer` has taken in from `stream`: the last sequence of each source and incarnation."""
    found = connection.execute(_loading(table), {"of_stream": stream, "of_consumer": consumer})
    return {(source, incarnation): last for source, incarnation, last in found}


def store(connection: Connection, table: Table, stream: str, consumer: str, intake: Intake, now: datetime) -> None:
    """Keep what the batch moved on, in the transaction of its effects."""
    rows: Sequence[dict[str, object]] = [
        {
            "stream": stream,
            "consumer": consumer,
            "source": source,
            "incarnation": incarnation,
            "last_sequence": intake.last[source, incarnation],
            "updated_at": now,
        }
        for source, incarnation in sorted(intake.moved)
    ]
    if rows:
        connection.execute(_storing(table, connection.dialect.name), rows)


# Made once for each inbox: they are needed for every batch, and making a statement costs more than running it.


@cache
def _loading(table: Table) -> Select[str, str, int]:
    return select(table.c.source, table.c.incarnation, table.c.last_sequence).where(
        table.c.stream == bindparam("of_stream"), table.c.consumer == bindparam("of_consumer")
    )


@cache
def _storing(table: Table, dialect: str) -> postgresql.Insert | sqlite.Insert:
    statement = insert_into(table, dialect)
    return statement.on_conflict_do_update(
        index_elements=[table.c.stream, table.c.consumer, table.c.source, table.c.incarnation],
        set_={"last_sequence": statement.excluded.last_sequence, "updated_at": statement.excluded.updated_at},
    )
