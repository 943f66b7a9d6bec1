"""Reads what is on the streams and follows what comes: an observer without a group, so it takes nothing from anybody.

Used by `stockbot events tail`. Unlike a service it shows everything, repeated and malformed entries as well.
"""

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC

from stockbot.cli.observer import Client, stream_names
from stockbot.cli.sentences import printable, sentence
from stockbot.codec import decode_entry, type_of
from stockbot.errors import ConfigurationError, MalformedEvent
from stockbot.events import EVENT_TYPES, AnyEvent
from stockbot.events.streams import FIELD, PORTFOLIO, WORK, market_data
from stockbot.runtime.bus.connection import BLOCK_MILLISECONDS

SEARCHED = 1000  # entries of each stream that are looked through for the last few of one kind
BEGINNING = b"0-0"
EXPECTED = (market_data(0), *WORK, PORTFOLIO)  # read before they exist

Fields = Mapping[bytes, bytes]


@dataclass(frozen=True)
class Entry:
    """One stream entry: its event, or why it is none."""

    stream: str
    id: bytes
    document: str
    event: AnyEvent | None
    fault: str = ""


@dataclass(frozen=True)
class Wanted:
    """Which entries to show; an empty tuple or text stands for all. Streams by their full names."""

    types: tuple[str, ...] = ()
    streams: tuple[str, ...] = ()
    subject: str = ""

    def has(self, entry: Entry) -> bool:
        if entry.event is None:
            return not self.types and not self.subject
        is_type = not self.types or type_of(entry.event) in self.types
        return is_type and self.subject in {"", entry.event.subject}


def check_types(types: Iterable[str]) -> None:
    """Raise ConfigurationError for what is no event type."""
    for unknown in set(types) - set(EVENT_TYPES):
        raise ConfigurationError(f"--type {unknown} is no event type: use {', '.join(EVENT_TYPES)}")


def parse(stream: str, entry_id: bytes, fields: Fields) -> Entry:
    document = fields.get(FIELD, b"").decode(errors="replace")
    try:
        return Entry(stream, entry_id, document, decode_entry(dict(fields)))
    except MalformedEvent as error:
        return Entry(stream, entry_id, document, None, str(error))


async def latest(client: Client, wanted: Wanted, count: int) -> tuple[list[Entry], dict[str, bytes]]:
    """Return the last `count` wanted entries, oldest first, and the position of each stream that was read."""
    found: list[Entry] = []
    positions: dict[str, bytes] = {}
    for stream in await _streams(client, wanted):
        answer = await client.xrevrange(stream, count=SEARCHED)
        positions[stream] = answer[0][0] if answer else BEGINNING
        found += [parse(stream, entry_id, fields) for entry_id, fields in answer if fields]
    kept = sorted((entry for entry in found if wanted.has(entry)), key=_order)
    return kept[len(kept) - min(count, len(kept)) :], positions


async def follow(client: Client, wanted: Wanted, positions: dict[str, bytes]) -> AsyncIterator[Entry]:
    """Yield what is appended after `positions`, also to streams that come into being meanwhile; never ends."""
    while True:
        for stream in await _streams(client, wanted):
            positions.setdefault(stream, BEGINNING)
        answer = await client.xread(positions, count=SEARCHED, block=BLOCK_MILLISECONDS)
        for name, entries in answer:
            for entry_id, fields in entries:
                positions[name.decode()] = entry_id
                entry = parse(name.decode(), entry_id, fields or {})
                if wanted.has(entry):
                    yield entry


async def _streams(client: Client, wanted: Wanted) -> list[str]:
    return list(wanted.streams) or sorted({*EXPECTED, *await stream_names(client)})


def _order(entry: Entry) -> tuple[int, int]:
    milliseconds, _, counter = entry.id.partition(b"-")
    return int(milliseconds), int(counter)


def line(entry: Entry) -> str:
    """Write `14:44:18.123Z  MARKET_DATA       0         2 quotes: AAPL 187.2, MSFT 410.11` of an entry."""
    if entry.event is None:
        return printable(f"{'':<13}  {'malformed':<16}  {entry.stream} {entry.id.decode()}: {entry.fault}")
    event = entry.event
    time = event.time.astimezone(UTC).isoformat(timespec="milliseconds")[11:23]
    return printable(f"{time}Z  {type_of(event):<16}  {event.subject:<8}  {sentence(event)}")
