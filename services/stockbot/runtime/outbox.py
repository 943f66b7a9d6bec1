"""The outbox: an event is a row, written in the transaction of its effect and numbered without a gap.

Services append, the relay (`stockbot.runtime.relay`) sends, and what the bus forgets is sent again from here. Rows are
never marked: how far the relay is, the bus itself remembers. An incarnation is one life of the database: it changes
when an older backup is restored, and its name starts with the sequence that it begins with.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import TypeVar

from msgspec.structs import replace
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    LargeBinary,
    MetaData,
    Select,
    String,
    Table,
    Update,
    bindparam,
    delete,
    func,
    select,
    true,
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
    """Appends events of one source; `new_incarnation` makes a random name, and is an argument for tests' sake.

    `touched` are the streams that were appended to, perhaps in a transaction that is not committed: whoever wakes the
    relays takes their names out.
    """

    outbox: Outbox
    source: str
    touched: set[str] = field(default_factory=set, compare=False)

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
        self.touched.add(stream)
        return numbered

    def _advance(self, connection: Connection, stream: str, by: int) -> Position:
        row = {"of_stream": stream, "of_source": self.source, "by": by}
        incarnation, sequence = connection.execute(_advancing(self.outbox.heads), row).one()
        return Position(incarnation, sequence)


def named(first_sequence: int, random: str) -> str:
    """The name of an incarnation that begins with `first_sequence`."""
    return f"{first_sequence}.{random}"


def first_of(incarnation: str) -> int:
    """The first sequence of an incarnation, out of its name."""
    return int(incarnation.partition(".")[0])


def head(connection: Connection, outbox: Outbox, stream: str, source: str) -> Position:
    """The last number given, in the present incarnation."""
    row = {"of_stream": stream, "of_source": source}
    incarnation, sequence = connection.execute(_head(outbox.heads), row).one()
    return Position(incarnation, sequence)


def oldest(connection: Connection, outbox: Outbox, stream: str, source: str, present: Position) -> Position:
    """The oldest event that is still kept; the one to come where none is."""
    row = {"of_stream": stream, "of_source": source}
    return Position(
        present.incarnation, connection.execute(_oldest(outbox.events), row).scalar() or present.sequence + 1
    )


def following(
    connection: Connection, outbox: Outbox, stream: str, source: str, sequence: int, limit: int
) -> tuple[Position, list[tuple[int, bytes]]]:
    """The head, and up to `limit` events after `sequence`, in order: their numbers and bytes."""
    row = {"of_stream": stream, "of_source": source, "after": sequence, "at_most": limit}
    found = connection.execute(_following(outbox), row).all()
    events = [(number, bytes(event)) for _, _, number, event in found if number is not None]
    return Position(found[0].incarnation, found[0].last_sequence), events


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


# Made once for each outbox: they are needed for every event, and making a statement costs more than running it.


@cache
def _advancing(heads: Table) -> Update:
    return (
        update(heads)
        .where(heads.c.stream == bindparam("of_stream"), heads.c.source == bindparam("of_source"))
        .values(last_sequence=heads.c.last_sequence + bindparam("by"))
        .returning(heads.c.incarnation, heads.c.last_sequence)
    )


@cache
def _head(heads: Table) -> Select[str, int]:
    return select(heads.c.incarnation, heads.c.last_sequence).where(
        heads.c.stream == bindparam("of_stream"), heads.c.source == bindparam("of_source")
    )


@cache
def _oldest(events: Table) -> Select[int]:
    return select(func.min(events.c.sequence)).where(
        events.c.stream == bindparam("of_stream"), events.c.source == bindparam("of_source")
    )


@cache
def _following(outbox: Outbox) -> Select[str, int, int, bytes]:
    """The events are limited before they are joined: PostgreSQL would else sort all that follow for every batch."""
    heads, events = outbox.heads, outbox.events
    mine = (events.c.stream == bindparam("of_stream")) & (events.c.source == bindparam("of_source"))
    some = (
        select(events.c.sequence, events.c.event)
        .where(mine, events.c.sequence > bindparam("after"))
        .order_by(events.c.sequence)
        .limit(bindparam("at_most"))
        .subquery()
    )
    return (
        select(heads.c.incarnation, heads.c.last_sequence, some.c.sequence, some.c.event)
        .select_from(heads.outerjoin(some, true()))
        .where(heads.c.stream == bindparam("of_stream"), heads.c.source == bindparam("of_source"))
        .order_by(some.c.sequence)
    )
