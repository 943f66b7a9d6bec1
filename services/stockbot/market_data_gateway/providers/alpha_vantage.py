"""Alpha Vantage over HTTPS: quotes and bars for a key.

Used by the gateway where a document names this provider.

Without an entitlement the prices are those of the last close, so every quote says `delayed`. With `realtime`
up to 100 symbols travel in one request. The key stands in the URL, as Alpha Vantage wants it: it is kept out
of logs and errors.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

import httpx
from pydantic import SecretStr

from stockbot.events.market import Adjustment, Bar
from stockbot.market_data_gateway.providers import alpha_vantage_answers as answers
from stockbot.market_data_gateway.providers.http import parse_json, redact_client_logs, refusal, scrubber
from stockbot.market_data_gateway.providers.protocol import (
    AccessRefused,
    ProviderError,
    ProviderUnavailable,
    QuotesAnswer,
    UnsupportedRequest,
)
from stockbot.model import intervals
from stockbot.runtime.clock import Clock
from stockbot.spec.providers import Entitlement

BASE_URL = "https://www.alphavantage.co"
BULK = 100  # symbols per REALTIME_BULK_QUOTES
COMPACT = timedelta(days=130)  # the 100 trading days of a compact answer are at least as long
TRAILING = timedelta(days=30)  # of bars within the day, where no month is named
_INTRADAY = {"1m": "1min", "5m": "5min", "15m": "15min", "1h": "60min"}
_ADJUSTED = {Adjustment.RAW: "false", Adjustment.SPLITS_AND_DIVIDENDS: "true"}


class AlphaVantage:
    """A Provider. Its methods raise ProviderError; nothing is connected before the first request."""

    simulated = False

    def __init__(
        self,
        name: str,
        api_key: SecretStr,
        clock: Clock,
        *,
        base_url: str = "",
        entitlement: Entitlement = Entitlement.NONE,
        timeout_seconds: float = 10.0,
    ) -> None:
        redact_client_logs()
        self.name = name
        self._key = api_key
        self._clock = clock
        self._entitlement = entitlement
        self._scrub = scrubber(api_key.get_secret_value())
        self._client = httpx.AsyncClient(base_url=base_url or BASE_URL, timeout=timeout_seconds)

    @property
    def batch(self) -> int:
        return BULK if self._entitlement is Entitlement.REALTIME else 1

    def market_time(self, now: datetime) -> datetime:
        return now

    def adjustments(self, symbol: str, interval: str) -> tuple[Adjustment, ...]:
        if interval == intervals.DAY:
            return (Adjustment.RAW,)
        return tuple(_ADJUSTED) if interval in _INTRADAY else ()

    async def quotes(self, symbols: Sequence[str]) -> QuotesAnswer:
        """One request: of one symbol, or of up to 100 with the entitlement `realtime`."""
        ask = self._bulk(tuple(symbols)) if self.batch == BULK else self._single(symbols[0])
        try:
            return await ask
        except answers.NotInPlan as error:
            raise AccessRefused(f"{error}; set entitlement to what the key's plan holds") from None

    async def bars(
        self, symbol: str, interval: str, start: datetime, end: datetime, adjustment: Adjustment
    ) -> tuple[Bar, ...]:
        """Daily bars raw; shorter ones raw or adjusted for splits and dividends. One request.

        UnsupportedRequest for bars within the day that are older than 30 days and span more than one month.
        """
        if interval == intervals.DAY:
            found = await self._daily(symbol, start, adjustment)
        else:
            found = await self._intraday(symbol, interval, start, end, adjustment)
        return tuple(bar for bar in found if start <= bar.start < end)

    async def close(self) -> None:
        await self._client.aclose()

    async def _single(self, symbol: str) -> QuotesAnswer:
        right = {} if self._entitlement is Entitlement.NONE else {"entitlement": self._entitlement.value}
        try:
            answer = await self._get(function="GLOBAL_QUOTE", symbol=symbol, **right)
        except answers.NotInPlan:
            raise
        except UnsupportedRequest as error:
            return QuotesAnswer(quotes=(), refused={symbol: str(error)})
        return answers.global_quote(answer, symbol, provider=self.name, now=self._clock.now())

    async def _bulk(self, symbols: tuple[str, ...]) -> QuotesAnswer:
        answer = await self._get(function="REALTIME_BULK_QUOTES", symbol=",".join(symbols))
        return answers.bulk_quotes(answer, symbols, provider=self.name, now=self._clock.now())

    async def _daily(self, symbol: str, start: datetime, adjustment: Adjustment) -> tuple[Bar, ...]:
        if adjustment is not Adjustment.RAW:
            raise UnsupportedRequest("its daily bars are raw; ask for adjustment raw")
        now = self._clock.now()
        size = "compact" if now - start < COMPACT else "full"
        answer = await self._get(function="TIME_SERIES_DAILY", symbol=symbol, outputsize=size)
        return answers.bars(answer, partial(answers.daily_bar, symbol=symbol, provider=self.name, now=now))

    async def _intraday(
        self, symbol: str, interval: str, start: datetime, end: datetime, adjustment: Adjustment
    ) -> tuple[Bar, ...]:
        if interval not in _INTRADAY or adjustment not in _ADJUSTED:
            raise UnsupportedRequest(f"it has no bars of {interval} with adjustment {adjustment.value}")
        now = self._clock.now()
        answer = await self._get(
            function="TIME_SERIES_INTRADAY",
            symbol=symbol,
            interval=_INTRADAY[interval],
            adjusted=_ADJUSTED[adjustment],
            outputsize="full",
            **_month(start, end, now),
        )
        read = partial(
            answers.intraday_bar,
            symbol=symbol,
            interval=interval,
            length=intervals.LENGTHS[interval],
            adjustment=adjustment,
            provider=self.name,
            now=now,
        )
        return answers.bars(answer, read)

    async def _get(self, **parameters: str) -> answers.Prices:
        try:
            return await self._answer({**parameters, "apikey": self._key.get_secret_value()})
        except ProviderError as error:
            error.args = (self._scrub(str(error)),)  # Alpha Vantage repeats the key in some of its messages
            raise

    async def _answer(self, parameters: Mapping[str, str]) -> answers.Prices:
        try:
            response = await self._client.get("/query", params=parameters)
        except httpx.TimeoutException:
            raise ProviderUnavailable("it did not answer in time") from None
        except httpx.HTTPError as error:
            raise ProviderUnavailable(f"the connection failed: {type(error).__name__} {error}") from None
        now = self._clock.now()
        refused = refusal(response.status_code, response.headers.get("retry-after"), now)
        if refused is not None:
            raise refused
        return answers.body(parse_json(response.text), now)


def _month(start: datetime, end: datetime, now: datetime) -> dict[str, str]:
    """Return the parameter that makes one answer hold all of [start, end): none for the trailing 30 days."""
    if now - start < TRAILING:
        return {}
    first, last = (moment.astimezone(answers.NEW_YORK) for moment in (start, end - timedelta(microseconds=1)))
    if (first.year, first.month) != (last.year, last.month):
        raise UnsupportedRequest("bars within the day older than 30 days: ask for one month at a time")
    return {"month": f"{first:%Y-%m}"}
