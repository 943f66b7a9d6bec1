"""Dead letters: what a consumer could not take in, kept in SQL with the reason, mirrored to `<stream>:dead`.

A row counts as unresolved until a person has it replayed or resolves it; the mirror is for looking and forgets with
the bus. A person asks by HTTP or on the command line; `runtime.replay` does what was asked for. While a letter is
unresolved its `resolution` says how far that is.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, LargeBinary, MetaData, String, Table, Text, select, update

from stockbot.errors import ConfigurationError, Conflict
from stockbot.events.streams import FIELD, WORK, dead
from stockbot.runtime.bus.connection import Bus, translated
from stockbot.runtime.columns import UtcDateTime
from stockbot.runtime.database import insert

LONGEST_REASON = 2000
MIRRORED = 10_000
ASKED = "replay asked by "
BEGUN = "replay begun, asked by "
FAILED = "replay failed, asked by "
REPLAYED = "replayed, asked by "
RESOLVED = "resolved by "


@dataclass(frozen=True)
class DeadLetter:
    """One event put aside; `letter_id` is the same however often the event comes."""

    letter_id: str
    stream: str
    consumer: str
    reason: str
    document: bytes
    received_at: datetime


@dataclass(frozen=True, kw_only=True)
class KeptLetter(DeadLetter):
    """A letter as it stands in SQL, with what became of it: `resolved_at` is None until it is over."""

    resolved_at: datetime | None
    resolution: str | None


def dead_letter_table(metadata: MetaData, prefix: str) -> Table:
    """The dead letters of the service whose tables start with `prefix`; its first migration creates it."""
    return Table(
        f"{prefix}dead_letters",
        metadata,
        Column("letter_id", String(256), primary_key=True),
        Column("stream", String(64), nullable=False),
        Column("consumer", String(128), nullable=False),
        Column("reason", Text, nullable=False),
        Column("document", LargeBinary, nullable=False),
        Column("received_at", UtcDateTime, nullable=False),
        Column("resolved_at", UtcDateTime, nullable=True),
        Column("resolution", Text, nullable=True),
    )


def put_aside(connection: Connection, table: Table, letters: Sequence[DeadLetter]) -> None:
    """Keep the letters, in the transaction that moves the inbox past them."""
    for letter in letters:
        row = vars(letter) | {"reason": storable(letter.reason)}
        connection.execute(insert(connection, table).values(row).on_conflict_do_nothing())


def storable(reason: str) -> str:
    """The reason, cut, without what a database refuses: it may quote the bytes that are put aside for it."""
    return reason[:LONGEST_REASON].replace("\0", "?").encode(errors="replace").decode()


def unresolved(table: Table) -> ColumnElement[bool]:
    """Those that count: neither replayed nor resolved."""
    return table.c.resolved_at.is_(None)


def find(connection: Connection, table: Table, letter_id: str, *, lock: bool = False) -> KeptLetter | None:
    """The letter of that id; None where this service never put it aside. With `lock` nobody else changes it now."""
    statement = select(table).where(table.c.letter_id == letter_id)
    row = connection.execute(statement.with_for_update() if lock else statement).mappings().one_or_none()
    return None if row is None else KeptLetter(**row)


def listed(
    connection: Connection, table: Table, *, resolved: bool | None, after: tuple[datetime, str] | None, limit: int
) -> list[KeptLetter]:
    """The letters, the newest first, and one more than `limit` where there are more; `resolved` None lists all."""
    statement = select(table).order_by(table.c.received_at.desc(), table.c.letter_id.desc()).limit(limit + 1)
    if resolved is not None:
        statement = statement.where(table.c.resolved_at.is_not(None) if resolved else unresolved(table))
    if after is not None:
        at, letter_id = after
        same = (table.c.received_at == at) & (table.c.letter_id < letter_id)
        statement = statement.where((table.c.received_at < at) | same)
    return [KeptLetter(**row) for row in connection.execute(statement).mappings()]


def ask_for_replay(connection: Connection, table: Table, letter_id: str, *, who: str, why: str) -> KeptLetter:
    """Have the letter's consumer take the event in once more, when it looks for such letters next.

    Raises ConfigurationError for an unknown letter or without a reason, Conflict for a letter that is over or that no
    worker can take in.
    """
    asked = _said(ASKED, who, why)
    letter = _open(connection, table, letter_id)
    if letter.stream not in WORK:
        raise Conflict(
            f"letter {letter_id} came from {letter.stream}, which is no stream of events and cannot be replayed: "
            "do by hand what it asks for, and resolve it"
        )
    return _change(connection, table, letter, resolution=asked)


def resolve(connection: Connection, table: Table, letter_id: str, *, who: str, why: str, now: datetime) -> KeptLetter:
    """Say that the letter needs nothing any more: its event is never taken in.

    Raises ConfigurationError for an unknown letter or without a reason, Conflict for a letter that is over.
    """
    said = _said(RESOLVED, who, why)
    return _change(connection, table, _open(connection, table, letter_id), resolution=said, resolved_at=now)


def _open(connection: Connection, table: Table, letter_id: str) -> KeptLetter:
    letter = find(connection, table, letter_id, lock=True)
    if letter is None:
        raise ConfigurationError(f"there is no dead letter {letter_id} in {table.name}")
    if letter.resolved_at is not None:
        raise Conflict(f"letter {letter_id} is over since {letter.resolved_at.isoformat()}: {letter.resolution}")
    return letter


def _change(connection: Connection, table: Table, letter: KeptLetter, **values: Any) -> KeptLetter:
    connection.execute(update(table).where(table.c.letter_id == letter.letter_id).values(values))
    return replace(letter, **values)


def _said(what: str, who: str, why: str) -> str:
    if not why.strip():
        raise ConfigurationError("a word on a dead letter needs a reason: say why in a few words")
    return storable(f"{what}{who}: {why}")


async def mirror(bus: Bus, letters: Sequence[DeadLetter]) -> None:
    """Show the letters on the bus; raises BusUnavailable."""
    pipeline = bus.commands.pipeline(transaction=False)
    for letter in letters:
        fields = {
            FIELD: letter.document,
            "reason": storable(letter.reason),
            "consumer": letter.consumer,
            "letter_id": letter.letter_id,
        }
        pipeline.xadd(dead(letter.stream), fields, maxlen=MIRRORED, approximate=True)
    with translated():
        await pipeline.execute()
