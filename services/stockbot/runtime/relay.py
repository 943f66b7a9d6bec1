"""The relay: sends the outbox's rows to the bus, in order, each at least once; consumers see each effect once.

It asks the bus where it is, once a second and after every trouble, and goes on from there out of SQL. So a bus that was
wiped, or fell back to an old snapshot, is filled again without anybody noticing what was lost.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection

from stockbot.runtime.bus.connection import Bus, BusUnavailable
from stockbot.runtime.bus.positions import Position, append, read_position
from stockbot.runtime.bus.trimming import trim
from stockbot.runtime.outbox import Outbox, begin_incarnation, first_of, following, head, oldest, prune
from stockbot.runtime.storage import Transactions

BATCH = 500
REREAD_SECONDS = 1.0
HOUSEKEEPING_SECONDS = 30.0
RETENTION = timedelta(days=7)

logger = structlog.get_logger(__name__)


def resume_after(position: Position | None, present: Position) -> tuple[int, bool]:
    """After which sequence to go on, and whether the position shows that an older database was restored.

    The bus is ahead of the database, or knows another incarnation, only if the database went back. Everything of
    the present incarnation is then sent again, because nobody knows what of it arrived.
    """
    if position is None:
        return 0, False
    if position.incarnation == present.incarnation and position.sequence <= present.sequence:
        return position.sequence, False
    return min(position.sequence, first_of(present.incarnation) - 1, present.sequence), True


@dataclass(frozen=True, slots=True)
class Batch:
    """What to append next, where the position will be then, and the oldest event that SQL can still give."""

    rows: list[tuple[int, bytes]]
    last: Position
    floor: Position
    restored: bool


class Relay:
    """One source's relay for one stream. `wake` it after a commit; it looks by itself once a second."""

    def __init__(
        self,
        bus: Bus,
        database: Transactions,
        outbox: Outbox,
        *,
        stream: str,
        source: str,
        new_incarnation: Callable[[], str],
    ) -> None:
        self._bus = bus
        self._database = database
        self._outbox = outbox
        self._stream = stream
        self._source = source
        self._new_incarnation = new_incarnation
        self._position: Position | None = None
        self._floor: Position | None = None  # as it was when the position was read: only pruning moves it
        self._read_at = -REREAD_SECONDS
        self._kept_house_at = -HOUSEKEEPING_SECONDS
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Say that something was committed to the outbox."""
        self._woken.set()

    async def step(self) -> None:
        """Send what there is, then wait to be woken or for a second: the step of a background loop."""
        self._woken.clear()
        await self.send_all()
        await self._wait()

    async def send_all(self) -> None:
        """Send what there is now; raises Unavailable, and then the position is asked for again.

        House is kept before a batch, not after the last: a full server takes no batch until the stream is trimmed.
        """
        try:
            await self._keep_house()
            while await self._send_batch():
                await self._keep_house()
        except BusUnavailable as error:
            self._read_at = -REREAD_SECONDS
            await self._bus.lost(error)
            raise

    async def _wait(self) -> None:
        """`asyncio.wait_for` may swallow a cancellation on Python 3.11; `timeout` does not."""
        with suppress(TimeoutError):
            async with asyncio.timeout(REREAD_SECONDS):
                await self._woken.wait()

    async def _send_batch(self) -> bool:
        """Send the next batch; True if there may be more to do at once."""
        if self._bus.clock.monotonic() - self._read_at >= REREAD_SECONDS:
            self._position = await read_position(self._bus, self._stream, self._source)
            self._floor = None
            self._read_at = self._bus.clock.monotonic()
        batch = await self._database.read(self._next_batch)
        if batch.restored:
            batch = await self._database.run(self._begin_again)
        self._floor = batch.floor
        if not batch.restored and not batch.rows and self._position is not None:
            return False
        return await self._append(batch)

    def _next_batch(self, connection: Connection) -> Batch:
        known = 0 if self._position is None else self._position.sequence
        present, rows = following(connection, self._outbox, self._stream, self._source, known, BATCH)
        _, restored = resume_after(self._position, present)
        floor = self._floor or oldest(connection, self._outbox, self._stream, self._source, present)
        last = rows[-1][0] if rows else known
        return Batch(rows, Position(present.incarnation, last), floor, restored)

    def _begin_again(self, connection: Connection) -> Batch:
        """Name a new life of the database; the position moves to it before anything more is sent."""
        before = head(connection, self._outbox, self._stream, self._source)
        after, _ = resume_after(self._position, before)
        begin_incarnation(connection, self._outbox, self._stream, self._source, self._new_incarnation())
        present = head(connection, self._outbox, self._stream, self._source)
        floor = oldest(connection, self._outbox, self._stream, self._source, present)
        logger.warning("an older database was restored", stream=self._stream, bus=str(self._position), now=str(present))
        return Batch([], Position(present.incarnation, after), floor, restored=True)

    async def _append(self, batch: Batch) -> bool:
        """Append the batch; where somebody moved the position, it is learnt and the next batch starts there."""
        at = await append(
            self._bus,
            self._stream,
            self._source,
            expected=self._position,
            new=batch.last,
            floor=batch.floor,
            documents=[event for _, event in batch.rows],
        )
        done = at == batch.last
        self._position = at
        if done:
            self._bus.metrics.events.labels("out", self._stream, "relayed").inc(len(batch.rows))
            if self._bus.traces is not None:
                documents = [event for _, event in batch.rows]
                self._bus.traces.relayed(self._stream, documents, self._bus.clock.now())
        return batch.restored or not done or len(batch.rows) == BATCH

    async def _keep_house(self) -> None:
        """Trim the stream and prune the outbox, now and then."""
        monotonic = self._bus.clock.monotonic()
        if monotonic - self._kept_house_at < HOUSEKEEPING_SECONDS:
            return
        now = self._bus.clock.now()
        await trim(self._bus, self._stream, now)
        self._kept_house_at = monotonic
        if self._position is not None:
            through = self._position.sequence
            await self._database.run(lambda connection: self._prune(connection, through, now))
            self._floor = None

    def _prune(self, connection: Connection, through: int, now: datetime) -> None:
        prune(connection, self._outbox, self._stream, self._source, through=through, before=now - RETENTION)
