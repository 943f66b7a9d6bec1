"""Yahoo Finance: quotes of many symbols in one request, and bars. Used where a document names this provider.

Yahoo has no contract with anybody: it may throttle, refuse or change at any time. Requests go through
yfinance's connection in a thread of their own. Quotes come from the v7 endpoint in batches; while Yahoo
refuses that one, each symbol is asked alone at the v8 chart, which needs no permission.
"""

import asyncio
import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote

from stockbot.events.market import Adjustment, Bar
from stockbot.market_data_gateway.providers import yahoo_answers as answers
from stockbot.market_data_gateway.providers.http import parse_json
from stockbot.market_data_gateway.providers.protocol import (
    AccessRefused,
    ProviderUnavailable,
    QuotesAnswer,
    UnsupportedRequest,
)
from stockbot.model import intervals
from stockbot.model.bar_building import aggregate
from stockbot.model.trading_hours import RoundTheClock
from stockbot.runtime.clock import Clock

if TYPE_CHECKING:
    from stockbot.market_data_gateway.providers.yahoo_session import YahooSession

BATCH = 50  # symbols per request; yfinance's own pages ask for as many
ALONE = timedelta(hours=1)  # how long the v7 endpoint is left in peace after it refused
HOUR, QUARTER = "1h", "15m"

_log = logging.getLogger(__name__)


class YahooFinance:
    """A Provider. Its methods raise ProviderError.

    Nothing is loaded or connected before the first request.
    """

    simulated = False

    def __init__(self, name: str, clock: Clock, *, base_url: str = "", timeout_seconds: float = 10.0) -> None:
        self.name = name
        self._clock = clock
        self._base_url = base_url
        self._timeout_seconds = timeout_seconds
        self._thread = ThreadPoolExecutor(1, f"yahoo-{name}")
        self._session: YahooSession | None = None
        self._alone_until: datetime | None = None

    @property
    def batch(self) -> int:
        """50, or 1 while the v7 endpoint refuses."""
        alone = self._alone_until is not None and self._clock.now() < self._alone_until
        return 1 if alone else BATCH

    def market_time(self, now: datetime) -> datetime:
        return now

    def adjustments(self, symbol: str, interval: str) -> tuple[Adjustment, ...]:
        """Adjusted for splits, daily bars also for dividends: Yahoo has no raw prices."""
        if interval not in intervals.LENGTHS:
            return ()
        daily = (Adjustment.SPLITS_AND_DIVIDENDS,) if interval == intervals.DAY else ()
        return (Adjustment.SPLITS, *daily)

    async def quotes(self, symbols: Sequence[str]) -> QuotesAnswer:
        """One request. After a refusal of the v7 endpoint ProviderUnavailable: `batch` is 1 from then on."""
        if self.batch == 1:
            return await self._chart_quote(symbols[0])
        try:
            text = await self._fetch("/v7/finance/quote", symbols=",".join(symbols), formatted="false")
        except AccessRefused as error:
            self._alone_until = self._clock.now() + ALONE
            raise ProviderUnavailable(f"{error}; its charts are asked symbol by symbol now") from None
        return answers.quotes(parse_json(text), symbols, provider=self.name, now=self._clock.now())

    async def bars(
        self, symbol: str, interval: str, start: datetime, end: datetime, adjustment: Adjustment
    ) -> tuple[Bar, ...]:
        """Bars adjusted for splits, daily ones also for dividends. Yahoo has no raw prices. One request.

        Its hours start at half past nine: ours are joined from quarters on the grid of UTC.
        """
        self._check(symbol, interval, adjustment)
        asked = QUARTER if interval == HOUR else interval
        found = await self._chart_bars(symbol, asked, start, end, adjustment)
        if interval == HOUR:
            found = aggregate(found, HOUR, RoundTheClock(), self._clock.now())
        return tuple(bar for bar in found if start <= bar.start < end)

    async def close(self) -> None:
        """Return at once; a request that still runs ends with its timeout."""
        if self._session is not None:
            self._thread.submit(self._session.close)
        self._thread.shutdown(wait=False)

    def _check(self, symbol: str, interval: str, adjustment: Adjustment) -> None:
        adjusted = self.adjustments(symbol, interval)
        if adjustment not in adjusted:
            known = " or ".join(sorted(each.value for each in adjusted)) or "none"
            raise UnsupportedRequest(f"it has bars of {interval} with adjustment {known} only, not {adjustment.value}")

    async def _chart_quote(self, symbol: str) -> QuotesAnswer:
        try:
            text = await self._fetch(f"/v8/finance/chart/{quote(symbol, safe='')}", range="1d", interval="1d")
        except UnsupportedRequest as error:
            return QuotesAnswer(quotes=(), refused={symbol: str(error)})
        return answers.chart_quote(parse_json(text), symbol, provider=self.name, now=self._clock.now())

    async def _chart_bars(
        self, symbol: str, interval: str, start: datetime, end: datetime, adjustment: Adjustment
    ) -> tuple[Bar, ...]:
        text = await self._fetch(
            f"/v8/finance/chart/{quote(symbol, safe='')}",
            period1=str(int(start.timestamp())),
            period2=str(int(end.timestamp())),
            interval=interval,
            includePrePost="false",
        )
        answer = answers.bars(
            parse_json(text),
            symbol=symbol,
            interval=interval,
            adjustment=adjustment,
            provider=self.name,
            now=self._clock.now(),
        )
        for reason in answer.left_out:
            _log.warning("%s: a bar of %s is left out: %s", self.name, symbol, reason)
        return answer.bars

    async def _fetch(self, path: str, **parameters: str) -> str:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._fetch_blocking, path, parameters)

    def _fetch_blocking(self, path: str, parameters: dict[str, str]) -> str:
        from stockbot.market_data_gateway.providers.yahoo_session import YahooSession  # noqa: PLC0415 - 100 MiB

        if self._session is None:
            self._session = YahooSession(self._clock, self._base_url, self._timeout_seconds)
        return self._session.fetch(path, parameters)
