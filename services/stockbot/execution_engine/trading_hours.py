"""Which hours count for a quote, for a broker of our own that fills from quotes: asked of the gateway and of the bus.

Until the gateway has said what trades where, nothing is known to be open, so nothing fills.
"""

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Generic, TypeVar

import httpx
import msgspec
import structlog
from msgspec import Struct

from stockbot.errors import Unavailable
from stockbot.events.market import ExchangeSessions, Quote
from stockbot.events.streams import session_key
from stockbot.model.fills.hours import MarketHours, hours_of
from stockbot.runtime.bus import Bus, BusUnavailable, translated

RETRY_SECONDS = 2.0
REFRESH_SECONDS = 300.0
LOOK_SECONDS = 1.0

logger = structlog.stdlib.get_logger(__name__)

T = TypeVar("T")


class Page(Struct, Generic[T], frozen=True, kw_only=True):
    """The part of a gateway's list that is read here."""

    items: tuple[T, ...]
    next: str | None = None


class Listing(Struct, frozen=True, kw_only=True):
    symbol: str
    exchange: str


class Provider(Struct, frozen=True, kw_only=True):
    name: str
    simulated: bool


class TradingHours:
    """Exchanges of symbols and simulated providers by the gateway's API, sessions by their keys on the bus."""

    def __init__(self, gateway: httpx.AsyncClient | None, bus: Bus) -> None:
        self._gateway = gateway
        self._bus = bus
        self._exchanges: Mapping[str, str] = {}
        self._simulated: frozenset[str] = frozenset()
        self._sessions: Mapping[str, ExchangeSessions] = {}
        self._trouble: str | None = "the gateway was not asked for its symbols yet"

    def of(self, quote: Quote, now: datetime) -> MarketHours:
        exchange = self._sessions.get(self._exchanges.get(quote.symbol, ""))
        return hours_of(quote, now, exchange, simulated=quote.provider in self._simulated)

    def trouble(self) -> str | None:
        """A check of readiness: without it nothing is known to be open."""
        return None if self._exchanges else self._trouble

    async def ask(self) -> None:
        """Ask the gateway, and wait: the step of a background loop."""
        try:
            providers = await self._all("/api/v1/providers", Provider)
            listings = await self._all("/api/v1/symbols", Listing)
        except Unavailable as error:
            self._trouble = str(error)
            logger.warning("the gateway's symbols are not fresh", reason=str(error))
        else:
            self._simulated = frozenset(one.name for one in providers if one.simulated)
            self._exchanges = {one.symbol: one.exchange for one in listings}
            self._trouble = None
        await self._bus.clock.sleep(RETRY_SECONDS if self._trouble else REFRESH_SECONDS)

    async def look(self) -> None:
        """Read the sessions, and wait: the step of a background loop."""
        try:
            await self._look(sorted(set(self._exchanges.values())))
        except BusUnavailable as error:
            await self._bus.lost(error)
            logger.warning("sessions are not known", reason=str(error))
        await self._bus.clock.sleep(LOOK_SECONDS)

    async def close(self) -> None:
        if self._gateway is not None:
            await self._gateway.aclose()

    async def _look(self, exchanges: list[str]) -> None:
        if not exchanges:
            return
        with translated():
            found = await self._bus.commands.mget([session_key(name) for name in exchanges])
        decoded = [_sessions(document) for document in found if document is not None]
        self._sessions = {one.exchange: one for one in decoded if one is not None}

    async def _all(self, path: str, kind: type[T]) -> list[T]:
        items: list[T] = []
        cursor: str | None = None
        while True:
            page = await self._get(path, kind, {} if cursor is None else {"cursor": cursor})
            items += page.items
            cursor = page.next
            if cursor is None:
                return items

    async def _get(self, path: str, kind: type[T], query: dict[str, str]) -> Page[T]:
        if self._gateway is None:
            raise Unavailable("STOCKBOT_ENDPOINTS names no MarketDataGateway: its symbols cannot be asked for")
        try:
            answer = await self._gateway.get(path, params=query)
        except httpx.HTTPError as error:
            raise Unavailable(f"the gateway does not answer {path}: {type(error).__name__}") from error
        if answer.status_code != HTTPStatus.OK:
            raise Unavailable(f"the gateway answered {path} with {answer.status_code}")
        try:
            return msgspec.json.decode(answer.content, type=Page[kind])  # type: ignore[valid-type] # made at run time
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Unavailable(f"the gateway's answer to {path} is not what its API promises: {error}") from error


def _sessions(document: bytes) -> ExchangeSessions | None:
    try:
        return msgspec.json.decode(document, type=ExchangeSessions)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        logger.warning("malformed sessions in the cache", reason=str(error))
        return None
