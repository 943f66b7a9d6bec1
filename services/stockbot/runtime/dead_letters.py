"""Dead letters: what a consumer could not take in, kept in SQL with the reason, mirrored to `<stream>:dead`.

A row stays until a person replays or resolves it; the mirror is for looking and forgets with the bus.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, Connection, LargeBinary, MetaData, String, Table, Text

from stockbot.events.streams import FIELD, dead
from stockbot.runtime.bus.connection import Bus, translated
from stockbot.runtime.columns import UtcDateTime
from stockbot.runtime.database import insert

LONGEST_REASON = 2000
MIRRORED = 10_000


@dataclass(frozen=True)
class DeadLetter:
    """One event put aside; `letter_id` is the same however often the event comes."""

    letter_id: str
    stream: str
    consumer: str
    reason: str
    document: bytes
    received_at: datetime


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
