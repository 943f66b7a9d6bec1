"""The instruments: asked of the gateway, kept in SQL, so that a restart without a gateway still knows them.

Which providers are simulated is asked as well; until the gateway has said so, every symbol follows its exchange.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from http import HTTPStatus
from typing import Generic, TypeVar
from urllib.parse import quote as url_quote

import httpx
import msgspec
import structlog
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection

from stockbot.errors import Unavailable
from stockbot.events.market import Bar
from stockbot.risk_guardian import store
from stockbot.risk_guardian.market import Listing
from stockbot.runtime.clock import Clock
from stockbot.runtime.storage import Transactions

AVERAGED = 20  # days of volume
HISTORY = timedelta(days=40)  # holds at least so many sessions
VOLUME_AGE = timedelta(days=1)
VOLUME_RETRY = timedelta(seconds=5)  # doubled with each further attempt that gave nothing
LONGEST_RETRY = timedelta(hours=1)  # a provider's history may cost of a small budget
PRECISION = Decimal("0.000001")
RETRY_SECONDS = 2.0
REFRESH_SECONDS = 300.0

logger = structlog.stdlib.get_logger(__name__)

T = TypeVar("T")


class Page(Struct, Generic[T], frozen=True, kw_only=True):
    """The part of a gateway's list that is read here."""

    items: tuple[T, ...]
    next: str | None = None


class Provider(Struct, frozen=True, kw_only=True):
    name: str
    simulated: bool


class Attempt(Struct, frozen=True):
    """When a symbol's volume was asked for in vain, and how long to wait before the next time."""

    at: datetime
    pause: timedelta


class Instruments:
    """`trouble` says why the gateway's list is not known or not fresh, None where it is."""

    def __init__(self, gateway: httpx.AsyncClient | None, storage: Transactions, clock: Clock) -> None:
        self.listings: Mapping[str, Listing] = {}
        self.simulated: frozenset[str] = frozenset()
        self._gateway = gateway
        self._attempts: dict[str, Attempt] = {}
        self._storage = storage
        self._clock = clock
        self.has_asked = False  # whether the gateway was asked at all since the start, with or without an answer
        self._trouble: str | None = "the gateway was not asked for its symbols yet"

    def trouble(self) -> str | None:
        """A check of readiness: no order can be judged without any instrument."""
        return None if self.listings else self._trouble

    def degraded(self) -> str | None:
        """A note of readiness: what is known may be old or incomplete."""
        unmeasured = [listing.symbol for listing in self._unmeasured()]
        missing = f"no average volume of {', '.join(unmeasured[:20])}" if unmeasured else None
        return (self._trouble if self.listings else None) or missing

    async def step(self) -> None:
        """Ask the gateway, keep what it says, and wait: the step of a background loop. Raises Unavailable."""
        try:
            await self._refresh()
            self._trouble = None
        except Unavailable as error:
            self._trouble, self.has_asked = str(error), True
            logger.warning("the gateway's symbols are not fresh", reason=str(error))
        await self._clock.sleep(RETRY_SECONDS if self._trouble else self._pause_seconds())

    def load(self, connection: Connection) -> None:
        """Take what SQL knows of before: at start, once its tables are there."""
        self.listings = store.listings(connection)

    async def close(self) -> None:
        if self._gateway is not None:
            await self._gateway.aclose()

    async def _refresh(self) -> None:
        providers = await self._all("/api/v1/providers", Provider)
        listed = await self._all("/api/v1/symbols", Listing)
        self.simulated = frozenset(provider.name for provider in providers if provider.simulated)
        self.listings = {one.symbol: self._with_known_volume(one) for one in listed}
        self.has_asked = True
        now = self._clock.now()
        for symbol, listing in list(self.listings.items()):
            if self._is_due(listing, now):
                self.listings = {**self.listings, symbol: await self._measured(listing, now)}
        await self._storage.run(partial(store.keep_listings, known=self.listings.values()))

    def _with_known_volume(self, listed: Listing) -> Listing:
        known = self.listings.get(listed.symbol, listed)
        return replace(listed, average_volume=known.average_volume, volume_as_of=known.volume_as_of)

    def _is_due(self, listing: Listing, now: datetime) -> bool:
        """Once a day; where that gave nothing, soon again, and then ever less often."""
        attempt = self._attempts.get(listing.symbol)
        too_old = listing.volume_as_of is None or now - listing.volume_as_of >= VOLUME_AGE
        return too_old and (attempt is None or now - attempt.at >= attempt.pause)

    def _pause_seconds(self) -> float:
        """Until the list is asked for again: sooner where a volume is missing and due."""
        missing = (self._attempts[one.symbol].pause for one in self._unmeasured() if one.symbol in self._attempts)
        return min([REFRESH_SECONDS, *(pause.total_seconds() for pause in missing)])

    def _unmeasured(self) -> list[Listing]:
        return [listing for listing in self.listings.values() if listing.average_volume is None]

    def _note_attempt(self, symbol: str, now: datetime) -> None:
        known = self._attempts.get(symbol)
        pause = VOLUME_RETRY if known is None else min(known.pause * 2, LONGEST_RETRY)
        self._attempts[symbol] = Attempt(now, pause)

    async def _measured(self, listing: Listing, now: datetime) -> Listing:
        """The listing with today's average; with the one before where the gateway has no history just now."""
        self._note_attempt(listing.symbol, now)
        span = {"interval": "1d", "start": (now - HISTORY).isoformat(), "end": now.isoformat()}
        try:
            bars = await self._all(f"/api/v1/bars/{url_quote(listing.symbol, safe='')}", Bar, span)
        except Unavailable as error:
            logger.warning("no average volume", symbol=listing.symbol, reason=str(error))
            return listing
        volume = average_volume(bars)
        if volume is None:
            return listing
        del self._attempts[listing.symbol]
        return replace(listing, average_volume=volume, volume_as_of=now)

    async def _all(self, path: str, kind: type[T], query: Mapping[str, str] | None = None) -> list[T]:
        """Every item of a list of the gateway's; Unavailable says why there is none."""
        items: list[T] = []
        cursor: str | None = None
        while True:
            page = await self._get(path, kind, {**(query or {}), **({"cursor": cursor} if cursor else {})})
            items += page.items
            cursor = page.next
            if cursor is None:
                return items

    async def _get(self, path: str, kind: type[T], query: Mapping[str, str]) -> Page[T]:
        if self._gateway is None:
            raise Unavailable("STOCKBOT_ENDPOINTS names no MarketDataGateway: its symbols cannot be asked for")
        try:
            answer = await self._gateway.get(path, params=dict(query))
        except httpx.HTTPError as error:
            raise Unavailable(f"the gateway does not answer {path}: {type(error).__name__}") from error
        if answer.status_code != HTTPStatus.OK:
            raise Unavailable(f"the gateway answered {path} with {answer.status_code}")
        try:
            return msgspec.json.decode(answer.content, type=Page[kind])  # type: ignore[valid-type] # made at run time
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Unavailable(f"the gateway's answer to {path} is not what its API promises: {error}") from error


def average_volume(bars: Sequence[Bar]) -> Decimal | None:
    """Shares traded on an average of the last complete days; None without any volume."""
    volumes = [bar.volume for bar in bars if bar.complete and bar.volume is not None][-AVERAGED:]
    if not volumes:
        return None
    return (sum(volumes, Decimal(0)) / len(volumes)).quantize(PRECISION)
