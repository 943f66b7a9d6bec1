"""Asks the gateway for the bars that desks want, one question for all desks that want the same."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import structlog

from stockbot.errors import Unavailable
from stockbot.events.market import Bar
from stockbot.runtime.bus import BusUnavailable
from stockbot.runtime.clock import Clock
from stockbot.strategy_orchestrator.calendars import Calendars
from stockbot.strategy_orchestrator.desk import Desk, Want
from stockbot.strategy_orchestrator.history import GatewayHistory
from stockbot.strategy_orchestrator.watch import Watch

IDLE_SECONDS = 0.1
RETRY_SECONDS = 1.0
AT_ONCE = 4
RELIST_SECONDS = 60.0

Question = tuple[str, str, datetime | None, datetime]  # symbol, interval, start, until

logger = structlog.stdlib.get_logger(__name__)


class Backfill:
    """`desks` are those of the moment; `trouble` is why the gateway gives nothing, None while it does."""

    def __init__(
        self,
        history: GatewayHistory,
        calendars: Calendars,
        watches: Mapping[str, Watch],
        desks: Callable[[], Sequence[Desk]],
        clock: Clock,
    ) -> None:
        self.trouble: str | None = "the gateway was not asked yet"
        self._history = history
        self._calendars = calendars
        self._watches = watches
        self._desks = desks
        self._clock = clock
        self._listed_at: float | None = None
        self._limit = asyncio.Semaphore(AT_ONCE)

    async def step(self) -> None:
        """Ask for everything that is wanted, and wait: the step of a background loop."""
        try:
            await self._list()
            answered = await self._ask_all()
        except BusUnavailable as error:
            logger.warning("sessions are not known", reason=str(error))
            answered = False
        except Unavailable as error:
            self._complain(error)
            answered = False
        await self._clock.sleep(IDLE_SECONDS if answered else RETRY_SECONDS)

    async def _list(self) -> None:
        now = self._clock.monotonic()
        if self._listed_at is None or now - self._listed_at >= RELIST_SECONDS:
            self._calendars.exchange_of = await self._history.exchanges()
            self._listed_at, self.trouble = now, None
        await self._calendars.refresh()

    async def _ask_all(self) -> bool:
        wanted: dict[Question, list[tuple[Desk, Want]]] = {}
        for desk in self._desks():
            watch = self._watches.get(desk.symbol)
            want = desk.want(watch) if watch is not None else None
            if want is not None:
                wanted.setdefault((desk.symbol, desk.interval, want.start, want.until), []).append((desk, want))
        answers = await asyncio.gather(*(self._ask(question, asking) for question, asking in wanted.items()))
        return all(answers)

    async def _ask(self, question: Question, asking: Sequence[tuple[Desk, Want]]) -> bool:
        """One question's answer to all who want it; False where there is more to ask for later."""
        watch = self._watches[question[0]]
        before = [(desk.run, desk.known_until, watch.since) for desk, _ in asking]
        try:
            async with self._limit:
                bars = await self._bars(question, max(want.count for _, want in asking))
        except Unavailable as error:
            self._complain(error)
            for desk, _ in asking:
                desk.problem = str(error)
            return False
        self.trouble = None
        unchanged = [
            (desk, want)
            for (desk, want), was in zip(asking, before, strict=True)
            if (desk.run, desk.known_until, watch.since) == was
        ]
        filled = [desk.fill(want, bars, watch) for desk, want in unchanged]
        return all(filled)

    async def _bars(self, question: Question, count: int) -> Sequence[Bar]:
        symbol, interval, start, until = question
        if start is None:
            return await self._history.last_bars(symbol, interval, count, until)
        return await self._history.bars(symbol, interval, start, until)

    def _complain(self, error: Unavailable) -> None:
        if str(error) != self.trouble:
            logger.warning("no history", reason=str(error))
        self.trouble = str(error)
