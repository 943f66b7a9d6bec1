"""A worker takes a stream's events in, batch by batch: one transaction for effects and numbers, then one XACK.

Every service that consumes a work stream runs one worker for it. `handle(connection, events)` decides and writes; it
runs in the database thread and sees each event once, in the order of its source. What it raises about one event puts
that event aside, except Unavailable, ConfigurationError and LeaseLost: they hold everything until they are mended.
What a person asks to replay is handed to it later, out of that order: see `runtime.replay`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

import structlog
from sqlalchemy import Connection, Table

from stockbot.codec import decode, document_of, type_of
from stockbot.errors import ConfigurationError, MalformedEvent, Unavailable
from stockbot.events import AnyEvent
from stockbot.events.streams import FIELD
from stockbot.runtime import dead_letters, inbox
from stockbot.runtime.bus.connection import Bus, BusUnavailable
from stockbot.runtime.bus.work import Entry, WorkReader
from stockbot.runtime.dead_letters import DeadLetter
from stockbot.runtime.headers import read_header
from stockbot.runtime.inbox import Intake, Verdict
from stockbot.runtime.lease import LeaseLost
from stockbot.runtime.missing import Missing
from stockbot.runtime.replay import Replay
from stockbot.runtime.storage import Transactions

Handler = Callable[[Connection, Sequence[AnyEvent]], None]

HIGHEST_DELIVERIES = 6  # an entry that was handed out so often has ended the process each time
OBSERVE_SECONDS = 5.0
HOLDING = (Unavailable, ConfigurationError, LeaseLost)  # nobody's fault but the surroundings'
_IDLE_SECONDS = 0.5

logger = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Outcome:
    """What became of a batch, once it is committed."""

    fresh: list[AnyEvent] = field(default_factory=list)
    duplicates: int = 0
    letters: list[DeadLetter] = field(default_factory=list)
    early: dict[inbox.Key, int] = field(default_factory=dict)  # where the intake stands instead


class Worker:
    """One group's worker on one stream. `may_read` is asked before each read: a worker without its lease rests.

    `fence(connection)` runs first in each transaction, and raises LeaseLost in one that must not commit.
    """

    def __init__(
        self,
        reader: WorkReader,
        bus: Bus,
        database: Transactions,
        *,
        inbox_table: Table,
        dead_letter_table: Table,
        handle: Handler,
        committed: Callable[[], None] = lambda: None,
        may_read: Callable[[], bool] = lambda: True,
        fence: Callable[[Connection], None] = lambda connection: None,
    ) -> None:
        self._reader = reader
        self._bus = bus
        self._database = database
        self._inbox = inbox_table
        self._dead_letters = dead_letter_table
        self._handle = handle
        self._committed = committed
        self._may_read = may_read
        self._fence = fence
        self._missing = Missing(bus, reader.stream)
        self._replay = Replay(
            database=database,
            dead_letters=dead_letter_table,
            inbox=inbox_table,
            stream=reader.stream,
            group=reader.group,
            handle=handle,
            fence=fence,
            clock=bus.clock,
        )

    async def step(self) -> None:
        """Read a batch, take it in, acknowledge it: the step of a background loop.

        Raises Unavailable if bus or database do not answer; what was not acknowledged is then read again.
        """
        if not self._may_read():
            self._reader.start_over()
            await self._bus.clock.sleep(_IDLE_SECONDS)
            return
        try:
            await self._take_in(await self._reader.read())
            if self._reader.drained:
                await self._missing.compare(self._standing)
            await self._replay_asked()
        except BaseException:
            self._reader.start_over()
            raise

    async def observe(self) -> None:
        """Show how far the group is behind, and wait: the step of a background loop. Raises BusUnavailable."""
        backlog = await self._reader.backlog(self._bus.clock.now())
        stream, group, metrics = self._reader.stream, self._reader.group, self._bus.metrics
        metrics.stream_lag.labels(stream).set(backlog.unread)
        metrics.stream_pending.labels(stream, group).set(backlog.pending)
        metrics.oldest_unacknowledged_seconds.labels(stream, group).set(backlog.oldest_seconds)
        await self._bus.clock.sleep(OBSERVE_SECONDS)

    async def _take_in(self, entries: list[Entry]) -> None:
        if not entries:
            return
        try:
            with self._bus.metrics.handling_seconds.labels(self._reader.stream).time():
                outcomes = await self._committed_outcomes(entries)
        except HOLDING:
            await self._reader.forgive(entries)
            raise
        self._committed()
        try:
            for outcome in outcomes:
                await self._follow_up(outcome)
            await self._reader.acknowledge(entries)
        except BusUnavailable as error:
            await self._bus.lost(error)
            raise

    async def _replay_asked(self) -> None:
        """Take in the dead letters that a person wants to be taken in again; looks every few seconds."""
        replayed = await self._replay.turn()
        if replayed:
            self._bus.metrics.events.labels("in", self._reader.stream, "replayed").inc(replayed)
            self._committed()

    async def _committed_outcomes(self, entries: list[Entry]) -> list[Outcome]:
        """Commit the batch; if that fails, event by event, so that one bad event takes no other with it."""
        now = self._bus.clock.now()
        if entries[0].deliveries >= HIGHEST_DELIVERIES:
            reason = f"the process ended {entries[0].deliveries} times while it handled this event"
            return [await self._set_aside(entries[0], reason, now), *await self._rest(entries[1:])]
        try:
            return [await self._database.run(partial(self._transact, entries, now))]
        except HOLDING:
            raise
        except Exception as error:
            if len(entries) > 1:
                return await self._rest(entries)
            logger.exception("event put aside", stream=self._reader.stream, entry=entries[0].id.decode())
            return [await self._set_aside(entries[0], f"{type(error).__name__}: {error}", now)]

    async def _rest(self, entries: list[Entry]) -> list[Outcome]:
        outcomes = [await self._committed_outcomes([entry]) for entry in entries]
        return [outcome for several in outcomes for outcome in several]

    async def _set_aside(self, entry: Entry, reason: str, now: datetime) -> Outcome:
        return await self._database.run(partial(self._transact, [entry], now, put_aside_because=reason))

    def _transact(
        self, entries: list[Entry], now: datetime, connection: Connection, put_aside_because: str = ""
    ) -> Outcome:
        """Effects, inbox and dead letters of a batch in one transaction."""
        stream, group = self._reader.stream, self._reader.group
        self._fence(connection)
        inbox.take_turns(connection, self._inbox, stream, group)
        intake = Intake(inbox.load(connection, self._inbox, stream, group), dict(self._missing.floors))
        outcome = Outcome()
        duplicates = sum(
            self._sort(entry, intake, outcome, now, put_aside_because) for entry in entries if entry.fields
        )
        if outcome.fresh:
            self._handle(connection, outcome.fresh)
        dead_letters.put_aside(connection, self._dead_letters, outcome.letters)
        inbox.store(connection, self._inbox, stream, group, intake, now)
        return Outcome(outcome.fresh, duplicates, outcome.letters, outcome.early)

    def _sort(self, entry: Entry, intake: Intake, outcome: Outcome, now: datetime, put_aside_because: str) -> bool:
        """Put one entry where it belongs in `outcome`; True for a duplicate."""
        letter_id = f"{self._reader.stream}/{self._reader.group}/{entry.id.decode()}"
        try:
            document = document_of(entry.fields)
            header = read_header(document)
            letter_id = f"{self._reader.group}/{header.source}/{header.incarnation}/{header.sequence}"
            match intake.judge(header):
                case Verdict.FRESH if put_aside_because:
                    raise MalformedEvent(put_aside_because)
                case Verdict.FRESH:
                    outcome.fresh.append(decode(document))
                case Verdict.EARLY:
                    outcome.early[header.source, header.incarnation] = intake.stands_at(
                        header.source, header.incarnation
                    )
                case Verdict.DUPLICATE:
                    return True
        except MalformedEvent as error:
            outcome.letters.append(
                DeadLetter(
                    letter_id,
                    self._reader.stream,
                    self._reader.group,
                    str(error),
                    entry.fields.get(FIELD, b""),
                    now,
                )
            )
        return False

    async def _follow_up(self, outcome: Outcome) -> None:
        """Count what was done, show the dead letters, and ask for what is missing; raises BusUnavailable."""
        self._count(outcome)
        await self._missing.ask(outcome.early)
        if outcome.letters:
            await dead_letters.mirror(self._bus, outcome.letters)

    async def _standing(self) -> dict[inbox.Key, int]:
        stream, group = self._reader.stream, self._reader.group
        return await self._database.read(lambda connection: inbox.load(connection, self._inbox, stream, group))

    def _count(self, outcome: Outcome) -> None:
        events, stream = self._bus.metrics.events, self._reader.stream
        for event in outcome.fresh:
            events.labels("in", type_of(event), "handled").inc()
        events.labels("in", stream, "duplicate").inc(outcome.duplicates)
        events.labels("in", stream, "early").inc(len(outcome.early))
        self._bus.metrics.dead_letters.labels(stream).inc(len(outcome.letters))
        if self._bus.traces is not None:
            self._bus.traces.handled(stream, self._reader.group, outcome.fresh, self._bus.clock.now())
