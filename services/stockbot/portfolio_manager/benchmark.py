"""The benchmark's daily closes, asked of the gateway's HTTP API when somebody looks at the performance."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from http import HTTPStatus

import httpx
import msgspec
import structlog
from msgspec import Struct

from stockbot.events.market import Bar
from stockbot.model.ledger.days import NEW_YORK
from stockbot.runtime.clock import Clock

KEPT_SECONDS = 300.0
PAGES = 20  # of bars at most: more days than any account has

logger = structlog.stdlib.get_logger(__name__)


class Closes(Struct, frozen=True, kw_only=True):
    """Closes by the exchange's date; `missing` says why there are none."""

    symbol: str
    by_date: Mapping[str, float] = {}
    missing: str | None = None


class BarPage(Struct, frozen=True, kw_only=True):
    """The part of the gateway's list of bars that is read here."""

    items: tuple[Bar, ...]
    next: str | None = None


class Benchmark:
    """`gateway` is None where nobody said where it is. What was asked is kept for five minutes."""

    def __init__(self, gateway: httpx.AsyncClient | None, symbol: str, clock: Clock) -> None:
        self.symbol = symbol
        self._gateway = gateway
        self._clock = clock
        self._kept: dict[tuple[str, str], tuple[float, Closes]] = {}

    async def closes(self, start: datetime, end: datetime) -> Closes:
        """The closes of the days in [start, end]; never raises, because performance is of use without them."""
        key = (start.date().isoformat(), end.date().isoformat())
        asked_at, kept = self._kept.get(key, (0.0, None))
        if kept is not None and self._clock.monotonic() - asked_at < KEPT_SECONDS:
            return kept
        found = await self._asked(start, end + timedelta(days=1))
        if found.missing is None:
            self._kept = {key: (self._clock.monotonic(), found)}
        return found

    async def close(self) -> None:
        if self._gateway is not None:
            await self._gateway.aclose()

    async def _asked(self, start: datetime, end: datetime) -> Closes:
        try:
            bars = await self._bars(start, end)
        except (httpx.HTTPError, msgspec.DecodeError, UnicodeDecodeError, ValueError) as error:
            reason = f"the gateway gave no daily bars of {self.symbol}: {error or type(error).__name__}"
            logger.warning("no benchmark", reason=reason)
            return Closes(symbol=self.symbol, missing=reason)
        closes = {bar.start.astimezone(NEW_YORK).date().isoformat(): float(bar.close) for bar in bars if bar.complete}
        missing = None if closes else f"the gateway has no daily bars of {self.symbol} in this time"
        return Closes(symbol=self.symbol, by_date=closes, missing=missing)

    async def _bars(self, start: datetime, end: datetime) -> list[Bar]:
        if self._gateway is None:
            raise ValueError("STOCKBOT_ENDPOINTS names no MarketDataGateway")
        found: list[Bar] = []
        query = {"interval": "1d", "start": start.isoformat(), "end": end.isoformat()}
        for _ in range(PAGES):
            answer = await self._gateway.get(f"/api/v1/bars/{self.symbol}", params=query)
            if answer.status_code != HTTPStatus.OK:
                raise ValueError(f"it answered {answer.status_code}")
            page = msgspec.json.decode(answer.content, type=BarPage)
            found += page.items
            if page.next is None:
                break
            query["cursor"] = page.next
        return found
