"""What a consumer has missed of a stream, and asking its sources to send it again. Used by the worker.

An event that comes too early shows a gap. Nothing shows that the end of a stream was lost (trimmed, evicted, taken in
after the backup that was restored since), so the numbers taken in are compared with how far the sources' relays are.
"""

from collections.abc import Awaitable, Callable, Mapping

import structlog

from stockbot.runtime.bus.connection import Bus
from stockbot.runtime.bus.positions import Position, read_floor, read_positions, rewind
from stockbot.runtime.inbox import Intake, Key

REWIND_SECONDS = 2.0
COMPARE_SECONDS = 2.0

logger = structlog.get_logger(__name__)

Standing = Callable[[], Awaitable[dict[Key, int]]]


class Missing:
    """Asks for what is missing on `stream`. `floors` holds the oldest that a source which forgot can still send."""

    def __init__(self, bus: Bus, stream: str) -> None:
        self.floors: dict[Key, int] = {}
        self._bus = bus
        self._stream = stream
        self._asked: dict[Key, tuple[int, float]] = {}
        self._sent: dict[str, Position] = {}
        self._arrived: dict[str, Position] = {}
        self._compare_at = 0.0

    async def ask(self, stands_at: Mapping[Key, int]) -> None:
        """Have the sources send again what follows; the same not twice within 2 s. Raises BusUnavailable."""
        for key, sequence in stands_at.items():
            after, asked_at = self._asked.get(key, (-1, 0.0))
            if after != sequence or self._bus.clock.monotonic() - asked_at >= REWIND_SECONDS:
                await self._ask(key, sequence)

    async def _ask(self, key: Key, stands_at: int) -> None:
        """What the source no longer has is given up, with a line in the log."""
        source, _ = key
        floor = await read_floor(self._bus, self._stream, source)
        if floor is not None and floor.sequence > stands_at + 1:
            logger.error("events lost", stream=self._stream, source=source, after=stands_at, oldest_kept=floor.sequence)
            self.floors[key] = floor.sequence
        await rewind(self._bus, self._stream, source, stands_at)
        self._asked[key] = (stands_at, self._bus.clock.monotonic())
        logger.warning("events missing; asked for them again", stream=self._stream, source=source, after=stands_at)

    async def compare(self, standing: Standing) -> None:
        """Ask for what was sent and is not there any more. Call it when the reader has taken all that there was.

        The positions are those of the comparison before, so that all of them was there to be read by now. Raises
        Unavailable.
        """
        now = self._bus.clock.monotonic()
        if now < self._compare_at:
            return
        self._compare_at = now + COMPARE_SECONDS
        sent, self._sent = self._sent, await read_positions(self._bus, self._stream)
        if sent == self._arrived:
            return
        if behind := behind_of(sent, await standing()):
            self._sent = {}
            await self.ask(behind)
        else:
            self._arrived = sent


def behind_of(sent: Mapping[str, Position], standing: dict[Key, int]) -> dict[Key, int]:
    """Where the consumer stands with each source that has sent more than was taken in."""
    intake = Intake(standing)
    places = {(source, at.incarnation): at.sequence for source, at in sent.items()}
    return {key: intake.stands_at(*key) for key, sequence in places.items() if sequence > intake.stands_at(*key)}
