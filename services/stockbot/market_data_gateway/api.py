"""The gateway's HTTP API: symbols, quotes, bars, providers, sessions. Every shard answers for all of them."""

from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from msgspec import Struct

from stockbot.errors import ConfigurationError
from stockbot.events.market import Adjustment, Bar, ExchangeSessions, Quote
from stockbot.market_data_gateway.provider_health import ProviderHealth
from stockbot.market_data_gateway.providers.protocol import UnsupportedRequest
from stockbot.market_data_gateway.service import Gateway
from stockbot.model import intervals
from stockbot.runtime.clock import Clock
from stockbot.runtime.web.paging import Page, PageParameters, page_of, page_parameters
from stockbot.runtime.web.problems import Problem
from stockbot.runtime.web.structs import StructResponse, described

DEFAULT_BARS = 200  # how many intervals back a request without `start` reaches
JUST_AFTER = timedelta(microseconds=1)  # so that a bar that starts now is among those that start before the end
EARLIEST, LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)

Paging = Annotated[PageParameters, Depends(page_parameters)]
SymbolPath = Annotated[str, Path(min_length=1, max_length=32, description="A symbol of the document.")]


class SymbolItem(Struct, frozen=True):
    """One symbol: its set, its exchange, the providers in the order in which they are asked, the shard that asks."""

    symbol: str
    symbol_set: str
    exchange: str
    providers: tuple[str, ...]
    shard: int


def gateway_api(gateway: Gateway, clock: Clock) -> APIRouter:
    """The routes under /api/v1."""
    router = APIRouter(prefix="/api/v1", tags=["market data"])

    @router.get("/symbols", responses=described(Page[SymbolItem]))
    async def symbols(page: Paging) -> StructResponse:
        """All symbols of the document, whichever shard asks for them."""
        found = [
            SymbolItem(symbol, each.name, each.exchange, tuple(each.feed.sources), gateway.owner_of(symbol))
            for symbol, each in sorted(gateway.set_of.items())
            if page.after is None or symbol > str(page.after[0])
        ]
        return StructResponse(page_of(found, page.limit, lambda item: (item.symbol,)))

    @router.get("/quotes", responses=described(Page[Quote]))
    async def quotes(page: Paging) -> StructResponse:
        """The last quote of every symbol that has one, as fresh or stale as it is now."""
        found = sorted(gateway.quotes(clock.now()), key=lambda quote: quote.symbol)
        found = [quote for quote in found if page.after is None or quote.symbol > str(page.after[0])]
        return StructResponse(page_of(found, page.limit, lambda quote: (quote.symbol,)))

    @router.get("/quotes/{symbol}", responses=described(Quote))
    async def quote(symbol: SymbolPath) -> StructResponse:
        """The last quote of one symbol; 404 says why there is none."""
        _check_symbol(gateway, symbol)
        found = gateway.quote(symbol, clock.now())
        if found is None:
            raise Problem(HTTPStatus.NOT_FOUND, f"there is no quote of {symbol} yet: {gateway.why_missing(symbol)}")
        return StructResponse(found)

    @router.get("/bars/{symbol}", responses=described(Page[Bar]))
    async def bars(
        symbol: SymbolPath,
        interval: Annotated[str, Query(description=f"One of {', '.join(intervals.LENGTHS)}.")] = intervals.DAY,
        start: Annotated[datetime | None, Query(description="Bars that start here or later.")] = None,
        end: Annotated[datetime | None, Query(description="Bars that start before this.")] = None,
        adjustment: Annotated[
            Adjustment | None, Query(description="What was done to the prices; left out: as little as the source can.")
        ] = None,
    ) -> StructResponse:
        """Bars, oldest first, of one provider and one adjustment; without `start` the last 200 intervals."""
        _check_symbol(gateway, symbol)
        length = _length_of(interval)
        until = _utc("end", end) if end else gateway.market_now(symbol, clock.now()) + JUST_AFTER
        since = _utc("start", start) if start else until - length * DEFAULT_BARS
        if since >= until:
            raise _refused("start", f"{since} must lie before the end, {until}")
        try:
            found = await gateway.bars(symbol, interval, since, until, adjustment)
        except UnsupportedRequest as error:
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, str(error)) from error
        return StructResponse(Page(found))

    @router.get("/providers", responses=described(Page[ProviderHealth]))
    async def providers() -> StructResponse:
        """Every provider's health, breaker and what is left of its budget, at each shard."""
        return StructResponse(Page(await gateway.providers(clock.now())))

    @router.get("/session", responses=described(Page[ExchangeSessions]))
    async def session() -> StructResponse:
        """The sessions of every exchange of the document: the running or last one, and the coming days."""
        return StructResponse(Page(list(gateway.exchanges.current(clock.now()).values())))

    return router


def _check_symbol(gateway: Gateway, symbol: str) -> None:
    if symbol not in gateway.set_of:
        known = ", ".join(sorted(gateway.set_of)[:20])
        raise Problem(HTTPStatus.NOT_FOUND, f"{symbol} is not a symbol of this gateway; it has {known}")


def _length_of(interval: str) -> timedelta:
    try:
        return intervals.length_of(interval)
    except ConfigurationError as error:
        raise _refused("interval", str(error)) from error


def _utc(name: str, at: datetime) -> datetime:
    """A time without a zone is read as UTC; Problem 422 for one at which there was or will be no market."""
    if not EARLIEST <= at.replace(tzinfo=UTC) < LATEST:
        raise _refused(name, f"{at} is no time of a price: give one from {EARLIEST:%Y} on and before {LATEST:%Y}")
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _refused(name: str, message: str) -> Problem:
    detail = f"query.{name}: {message}"
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail, errors=[{"path": f"query.{name}", "message": message}])
