"""Broadcast: every observer reads all of a stream from where it stands. For MARKET_DATA, the console and the CLI.

Nothing is repeated for a reader that was away: it starts from the last value and counts what it missed by sequence
number.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Self

import structlog

from stockbot.codec import decode_entry, encode, type_of
from stockbot.errors import MalformedEvent
from stockbot.events import AnyEvent, Event
from stockbot.events.streams import FIELD
from stockbot.runtime.bus.commands import Entries
from stockbot.runtime.bus.connection import BLOCK_MILLISECONDS, Bus, BusUnavailable, translated

LATEST = b"$"
BEGINNING = b"0-0"
KEPT_ENTRIES = 10_000
_BATCH = 500

logger = structlog.get_logger(__name__)


async def publish(bus: Bus, stream: str, events: Sequence[Event], *, keep: int = KEPT_ENTRIES) -> None:
    """Append the events in one round trip; BusUnavailable leaves open whether they arrived."""
    pipeline = bus.commands.pipeline(transaction=False)
    for event in events:
        pipeline.xadd(stream, {FIELD: encode(event)}, maxlen=keep, approximate=True)
    with translated():
        await pipeline.execute()
    for event_type, count in Counter(map(type_of, events)).items():
        bus.metrics.events.labels("out", event_type, "published").inc(count)
    if bus.traces is not None:
        bus.traces.published(stream, events, bus.clock.now())


class GapCounter:
    """Counts what was missed, from the numbers that each source gives its events on each stream."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, str], tuple[str, int]] = {}

    def missed_before(self, stream: str, event: Event) -> int | None:
        """How many events of this source were lost just before this one; None for one that was seen already."""
        place = (stream, event.source)
        incarnation, sequence = self._last.get(place, ("", 0))
        if event.incarnation != incarnation:
            self._last[place] = (event.incarnation, event.sequence)
            return 0
        if event.sequence <= sequence:
            return None
        self._last[place] = (incarnation, event.sequence)
        return event.sequence - sequence - 1


class BroadcastReader:
    """Reads streams without a group. A malformed entry is logged and counted, and the next one is read."""

    def __init__(self, bus: Bus, streams: Sequence[str], *, start: bytes = LATEST) -> None:
        self._bus = bus
        self._client = bus.blocking()
        self._positions = dict.fromkeys(streams, start)
        self._gaps = GapCounter()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._bus.release(self._client)

    async def read(self) -> list[AnyEvent]:
        """The next events, oldest first within a stream; empty after BLOCK without any. Raises BusUnavailable."""
        try:
            with translated():
                await self._fix_positions()
                answer = await self._client.xread(self._positions, count=_BATCH, block=BLOCK_MILLISECONDS)
                if not answer:
                    await self._notice_a_forgotten_stream()
        except BusUnavailable as error:
            await self._client.connection_pool.disconnect()
            await self._bus.lost(error)
            raise
        return [event for stream, entries in answer for event in self._taken(stream.decode(), entries)]

    async def _fix_positions(self) -> None:
        """Turn `$` into an id once: asked anew in each read, it would skip what came between two reads."""
        for stream, position in self._positions.items():
            if position == LATEST:
                self._positions[stream] = await self._newest(stream)

    async def _newest(self, stream: str) -> bytes:
        entries = await self._client.xrevrange(stream, count=1)
        return entries[0][0] if entries else BEGINNING

    async def _notice_a_forgotten_stream(self) -> None:
        """A server that lost its memory may number from below our position: without this the reader stays mute."""
        for stream, position in self._positions.items():
            newest = await self._newest(stream)
            if _parts(newest) < _parts(position):
                self._positions[stream] = BEGINNING

    def _taken(self, stream: str, entries: Entries) -> list[AnyEvent]:
        self._positions[stream] = entries[-1][0]
        events = (self._decoded(stream, entry_id, fields) for entry_id, fields in entries if fields)
        return [event for event in events if event is not None and self._is_new(stream, event)]

    def _decoded(self, stream: str, entry_id: bytes, fields: Mapping[bytes, bytes]) -> AnyEvent | None:
        try:
            event = decode_entry(fields)
        except MalformedEvent as error:
            self._bus.metrics.events.labels("in", "unknown", "malformed").inc()
            logger.warning("malformed event", stream=stream, entry=entry_id.decode(), reason=str(error))
            return None
        self._bus.metrics.events.labels("in", type_of(event), "read").inc()
        return event

    def _is_new(self, stream: str, event: AnyEvent) -> bool:
        missed = self._gaps.missed_before(stream, event)
        if missed:
            self._bus.metrics.broadcast_gaps.labels(stream).inc(missed)
            logger.warning("events missed", stream=stream, source=event.source, missed=missed)
        return missed is not None


def _parts(entry_id: bytes) -> tuple[int, int]:
    milliseconds, _, counter = entry_id.partition(b"-")
    return int(milliseconds), int(counter or 0)
