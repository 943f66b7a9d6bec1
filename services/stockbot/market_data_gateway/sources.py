"""One provider together with what keeps it honest: budget, breaker, patience, pace and health.

Used by failover.

A source is shared by all symbol sets that name its provider. It asks, it remembers how that went, and it says
what keeps it back; which source is asked is decided in `stockbot.model.provider_choice`.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import astuple, dataclass, field
from datetime import datetime, timedelta
from functools import partial
from math import ceil
from typing import TypeVar

from stockbot.errors import Unavailable
from stockbot.events.market import Adjustment, Bar, Quote
from stockbot.market_data_gateway.budgets import Meter
from stockbot.market_data_gateway.provider_health import BudgetHealth, ProviderHealth, WindowHealth
from stockbot.market_data_gateway.providers.http import quoted
from stockbot.market_data_gateway.providers.protocol import (
    AccessRefused,
    MalformedAnswer,
    Provider,
    ProviderError,
    ProviderThrottled,
    ProviderUnavailable,
    QuotesAnswer,
    UnsupportedRequest,
)
from stockbot.market_data_gateway.retrying import with_retries
from stockbot.model import circuit_breaker, provider_choice, request_budget
from stockbot.model.circuit_breaker import Breaker, BreakerLimits
from stockbot.model.provider_choice import Candidate, Condition
from stockbot.model.request_budget import Budget, Usage, Window
from stockbot.runtime.clock import Clock

Answer = TypeVar("Answer")

_log = logging.getLogger(__name__)

PATIENCE = 60.0  # seconds without asking, where a throttling source does not say how long
_EARLY = 0.9  # a beat that comes a little early may ask; the budget itself is exact


class BudgetRefused(ProviderThrottled):
    """A request was not sent.

    The source's budget is spent, or it is not known because SQL does not answer.
    """


@dataclass(frozen=True, slots=True)
class BarsQuery:
    """Bars of one symbol that start in [start, end)."""

    symbol: str
    interval: str
    start: datetime
    end: datetime
    adjustment: Adjustment


@dataclass(kw_only=True)
class Source:
    """`type` and `label` are for people. Nothing is connected before the first request.

    `sharing` is how many shards ask it for quotes, out of one budget.
    """

    provider: Provider
    type: str
    label: str
    meter: Meter
    clock: Clock
    jitter: Callable[[], float]  # each call a number in [0, 1)
    budget: Budget = field(default_factory=Budget)
    sharing: int = 1
    limits: BreakerLimits = field(default_factory=BreakerLimits)
    breaker: Breaker = field(default_factory=Breaker)
    throttled_until: datetime | None = None
    last_success: datetime | None = None
    last_error: str | None = None
    last_error_at: datetime | None = None
    _answered: dict[str, tuple[datetime, Quote | None]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.provider.name

    async def candidate(self, symbols: int, now: datetime) -> Candidate:
        """How the choice sees this source; BudgetRefused if its budget cannot be read."""
        usage = await self._usage(now)
        limited = bool(self.budget.limits)
        return Candidate(
            name=self.name,
            breaker=self.breaker,
            batch=self.provider.batch,
            symbols=symbols,
            requests_allowed=request_budget.allowed(self.budget, usage, now, 1) if limited else None,
            next_allowed=request_budget.next_allowed(self.budget, usage, now),
            throttled_until=self.throttled_until,
        )

    async def quotes(self, symbols: Sequence[str], *, now: datetime, deadline: float) -> QuotesAnswer:
        """One request for at most `batch` symbols. Raises ProviderError after its retries."""
        answer = await self._ask(lambda: self.provider.quotes(symbols), deadline)
        quotes = {quote.symbol: quote for quote in answer.quotes}
        self._answered.update({symbol: (now, quotes.get(symbol)) for symbol in symbols})
        if not quotes and answer.refused:
            symbol, reason = next(iter(answer.refused.items()))
            self.last_error, self.last_error_at = f"no usable price; {symbol}: {reason}", now
        return answer

    async def bars(self, query: BarsQuery, *, now: datetime, deadline: float) -> tuple[Bar, ...]:
        """Ask once for the bars, oldest first.

        Raises ProviderError, also when something keeps this source back.
        """
        obstacle = provider_choice.obstacle(await self.candidate(1, now), now)
        if obstacle is not None:
            raise ProviderUnavailable(obstacle)
        return await self._ask(partial(self.provider.bars, *astuple(query)), deadline)

    def due(self, symbol: str, symbols: int, now: datetime) -> bool:
        """Return False while asking again for one of `symbols` would spend the budget too early."""
        pace = request_budget.pace(self.budget, ceil(symbols / self.provider.batch)) * self.sharing
        asked = self._answered.get(symbol)
        return asked is None or now - asked[0] >= pace * _EARLY

    def kept(self, symbol: str, now: datetime, young: timedelta) -> Quote | None:
        """Return the last quote of this source, if it is younger than `young`."""
        asked = self._answered.get(symbol)
        return asked[1] if asked is not None and now - asked[0] < young else None

    async def health(self, symbol_sets: tuple[str, ...], now: datetime) -> ProviderHealth:
        """A budget that cannot be read counts as spent: without SQL nothing may be asked of this source."""
        try:
            state = provider_choice.condition(await self.candidate(1, now), now)
            budget = self._budget_health(await self._usage(now), now)
        except BudgetRefused:
            state, budget = Condition.DEGRADED, self._spent()
        if state is Condition.HEALTHY and self._answers_nothing():
            state = Condition.DEGRADED
        return ProviderHealth(
            name=self.name,
            type=self.type,
            simulated=self.provider.simulated,
            label=self.label,
            state=state.value,
            breaker=self.breaker.state(now).value,
            last_success=self.last_success,
            last_error=self.last_error,
            last_error_at=self.last_error_at,
            budget=budget,
            symbol_sets=symbol_sets,
        )

    def _answers_nothing(self) -> bool:
        """It answers, and has no usable price of any symbol that it was asked for."""
        return bool(self._answered) and all(quote is None for _, quote in self._answered.values())

    def _spent(self) -> BudgetHealth:
        windows = {window: WindowHealth(limit=limit, used=limit) for window, limit in self.budget.limits.items()}
        return BudgetHealth(per_minute=windows.get(Window.MINUTE), per_day=windows.get(Window.DAY))

    async def _ask(self, request: Callable[[], Awaitable[Answer]], deadline: float) -> Answer:
        async def attempt() -> Answer:
            await self._spend()
            return await self._guarded(request)

        try:
            answer = await with_retries(attempt, clock=self.clock, deadline=deadline, jitter=self.jitter)
        except ProviderError as error:
            self._failed(error)
            raise
        self.breaker, self.last_success = circuit_breaker.after_success(), self.clock.now()
        return answer

    async def _guarded(self, request: Callable[[], Awaitable[Answer]]) -> Answer:
        """Let a mistake in one provider's reader cost its answer only, never the beat of the gateway."""
        try:
            return await request()
        except ProviderError:
            raise
        except Exception as error:
            _log.exception("%s: its answer could not be read", self.name)
            raise MalformedAnswer(f"its answer could not be read: {type(error).__name__}") from error

    async def _spend(self) -> None:
        if not self.budget.limits:
            return
        try:
            spent = await self.meter.spend(self.name, self.budget, self.clock.now())
        except Unavailable as error:
            raise BudgetRefused(f"its budget cannot be recorded, so it is not asked: {error}") from error
        if not spent:
            raise BudgetRefused("its request budget is spent")

    def _failed(self, error: ProviderError) -> None:
        now = self.clock.now()
        if isinstance(error, BudgetRefused | UnsupportedRequest):
            return
        self.last_error, self.last_error_at = quoted(str(error)), now
        if isinstance(error, ProviderThrottled):
            patience = PATIENCE if error.retry_after is None else error.retry_after
            self.throttled_until = now + timedelta(seconds=patience)
            return
        final = isinstance(error, AccessRefused)
        after = circuit_breaker.after_refusal if final else circuit_breaker.after_failure
        self.breaker = after(self.breaker, now=now, jitter=self.jitter(), limits=self.limits)

    async def _usage(self, now: datetime) -> Usage:
        if not self.budget.limits:
            return {}
        try:
            return await self.meter.usage(self.name, now)
        except Unavailable as error:
            raise BudgetRefused(f"its budget is not known, so it is not asked: {error}") from error

    def _budget_health(self, usage: Usage, now: datetime) -> BudgetHealth:
        windows = {
            window: WindowHealth(limit=limit, used=request_budget.used(window, usage.get(window, ()), now))
            for window, limit in self.budget.limits.items()
        }
        return BudgetHealth(per_minute=windows.get(Window.MINUTE), per_day=windows.get(Window.DAY))
