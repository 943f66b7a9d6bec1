"""The outbox: an event is a row, written in the transaction of its effect and numbered without a gap.

Services append, the relay (`stockbot.runtime.relay`) sends, and what the bus forgets is sent again from here. Rows are
never marked: how far the relay is, the bus itself remembers. An incarnation is one life of the database: it changes
when an older backup is restored, and its name starts with the sequence that it begins with.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from msgspec.structs import replace
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    LargeBinary,
    MetaData,
    String,
    Table,
    delete,
    func,
    select,
    update,
)

from stockbot.codec import encode
from stockbot.events import Event
from stockbot.runtime.bus.positions import Position
from stockbot.runtime.columns import UtcDateTime
from stockbot.runtime.database import insert

E = TypeVar("E", bound=Event)

PRUNED_AT_ONCE = 5_000  # rows: all services wait while one of them holds SQLite's lock


@dataclass(frozen=True)
class Outbox:
    """The two tables of one service: the events, and for each stream and source the last number given."""

    events: Table
    heads: Table


def outbox_tables(metadata: MetaData, prefix: str) -> Outbox:
    """The outbox of the service whose tables start with `prefix`; its first migration creates both tables."""
    events = Table(
        f"{prefix}outbox",
        metadata,
        Column("stream", String(64), primary_key=True),
        Column("source", String(128), primary_key=True),
        Column("sequence", BigInteger, primary_key=True, autoincrement=False),
        Column("event", LargeBinary, nullable=False),
        Column("created_at", UtcDateTime, nullable=False),
    )
    heads = Table(
        f"{prefix}outbox_heads",
        metadata,
        Column("stream", String(64), primary_key=True),
        Column("source", String(128), primary_key=True),
        Column("incarnation", String(64), nullable=False),
        Column("last_sequence", BigInteger, nullable=False),
    )
    return Outbox(events, heads)


@dataclass(frozen=True)
class Writer:
    """Appends events of one source; `new_incarnation` makes a random name, and is an argument for tests' sake."""

    outbox: Outbox
    source: str

    def open(self, connection: Connection, stream: str, incarnation: str) -> None:
        """Make sure that the stream has a head: at start, before the first append."""
        row = {
            "stream": stream,
            "source": self.source,
            "incarnation": named(1, incarnation),
            "last_sequence": 0,
        }
        connection.execute(insert(connection, self.outbox.heads).values(row).on_conflict_do_nothing())

    def append(self, connection: Connection, stream: str, events: Sequence[E], now: datetime) -> list[E]:
        """Number the events and store their bytes for good; returns them as they will arrive, from this source.

        The head's row stays locked until the transaction ends, so numbers are committed in their order.
        """
        if not events:
            return []
        head = self._advance(connection, stream, len(events))
        first = head.sequence - len(events) + 1
        numbered = [
            replace(event, source=self.source, sequence=first + index, incarnation=head.incarnation)
            for index, event in enumerate(events)
        ]
        rows = [
            {
                "stream": stream,
                "source": self.source,
                "sequence": event.sequence,
                "event": encode(event),
                "created_at": now,
            }
            for event in numbered
        ]
        connection.execute(self.outbox.events.insert(), rows)
        return numbered

    def _advance(self, connection: Connection, stream: str, by: int) -> Position:
        heads = self.outbox.heads
        statement = (
            update(heads)
            .where(heads.c.stream == stream, heads.c.source == self.source)
            .values(last_sequence=heads.c.last_sequence + by)
            .returning(heads.c.incarnation, heads.c.last_sequence)
        )
        incarnation, sequence = connection.execute(statement).one()
        return Position(incarnation, sequence)


def named(first_sequence: int, random: str) -> str:
    """The name of an incarnation that begins with `first_sequence`."""
    return f"{first_sequence}.{random}"


def first_of(incarnation: str) -> int:
    """The first sequence of an incarnation, out of its name."""
    return int(incarnation.partition(".")[0])


def head(connection: Connection, outbox: Outbox, stream: str, source: str) -> Position:
    """The last number given, in the present incarnation."""
    heads = outbox.heads
    statement = select(heads.c.incarnation, heads.c.last_sequence).where(
        heads.c.stream == stream, heads.c.source == source
    )
    incarnation, sequence = connection.execute(statement).one()
    return Position(incarnation, sequence)


def oldest(connection: Connection, outbox: Outbox, stream: str, source: str, present: Position) -> Position:
    """The oldest event that is still kept; the one to come where none is."""
    events = outbox.events
    statement = select(func.min(events.c.sequence)).where(events.c.stream == stream, events.c.source == source)
    return Position(present.incarnation, connection.execute(statement).scalar() or present.sequence + 1)


def following(
    connection: Connection, outbox: Outbox, stream: str, source: str, sequence: int, limit: int
) -> list[tuple[int, bytes]]:
    """Up to `limit` events after `sequence`, in order: their numbers and bytes."""
    events = outbox.events
    statement = (
        select(events.c.sequence, events.c.event)
        .where(events.c.stream == stream, events.c.source == source, events.c.sequence > sequence)
        .order_by(events.c.sequence)
        .limit(limit)
    )
    return [(number, bytes(event)) for number, event in connection.execute(statement)]


def begin_incarnation(connection: Connection, outbox: Outbox, stream: str, source: str, random: str) -> Position:
    """Say that this database was restored: numbers go on, under a new name. Returns the new head."""
    last = head(connection, outbox, stream, source).sequence
    heads = outbox.heads
    name = named(last + 1, random)
    connection.execute(update(heads).where(heads.c.stream == stream, heads.c.source == source).values(incarnation=name))
    return Position(name, last)


def prune(connection: Connection, outbox: Outbox, stream: str, source: str, *, through: int, before: datetime) -> None:
    """Forget what was sent (up to `through`) and is older than `before`, of the oldest 5,000 rows."""
    events = outbox.events
    mine = (events.c.stream == stream) & (events.c.source == source)
    first = (
        select(events.c.sequence, events.c.created_at)
        .where(mine, events.c.sequence <= through)
        .order_by(events.c.sequence)
        .limit(PRUNED_AT_ONCE)
        .subquery()
    )
    last = select(func.max(first.c.sequence)).where(first.c.created_at < before).scalar_subquery()
    connection.execute(delete(events).where(mine, events.c.sequence <= last))
