"""The console's side of the gateway's HTTP API. Used by the gateway watch and the symbol page.

No call raises for what the gateway or the network does: an answer that could not be had is a `Failure` in words,
which a page shows in the place of the answer.
"""

from datetime import datetime
from typing import Generic, TypeVar
from urllib.parse import quote as url_quote

import httpx
import msgspec
from msgspec import Struct
from pydantic import SecretStr

from stockbot.events.market import Bar, ExchangeSessions, Quote
from stockbot_console.answers import Failure, Listing, Provider, Reach

T = TypeVar("T")

TIMEOUT = httpx.Timeout(5.0, connect=2.0)
MOST_PAGES = 20  # of one list; more than any chart or watchlist shows
REFUSED = {
    401: "The console's own token is not accepted: check STOCKBOT_TOKEN against the gateway's tokens file.",
    403: "The console's own token may not read this: give it the role viewer.",
}


class Page(Struct, Generic[T], frozen=True, kw_only=True):
    items: tuple[T, ...]
    next: str | None = None


class Problem(Struct, frozen=True):
    """The part of an RFC 9457 problem that a person reads."""

    title: str = ""
    detail: str = ""


class Check(Struct, frozen=True):
    name: str
    ok: bool
    reason: str | None = None


class ReadinessAnswer(Struct, frozen=True):
    checks: tuple[Check, ...] = ()


class Gateway:
    """Asks the gateway at `base_url`, showing `token` as its bearer token."""

    def __init__(self, base_url: str, token: SecretStr | None) -> None:
        headers = {"Authorization": f"Bearer {token.get_secret_value()}"} if token else {}
        self._http = httpx.AsyncClient(base_url=base_url, headers=headers, timeout=TIMEOUT)

    async def close(self) -> None:
        await self._http.aclose()

    async def quotes(self) -> tuple[Quote, ...] | Failure:
        return await self._items("/api/v1/quotes", {}, Quote)

    async def providers(self) -> tuple[Provider, ...] | Failure:
        return await self._items("/api/v1/providers", {}, Provider)

    async def listings(self) -> tuple[Listing, ...] | Failure:
        return await self._items("/api/v1/symbols", {}, Listing)

    async def exchanges(self) -> tuple[ExchangeSessions, ...] | Failure:
        return await self._items("/api/v1/session", {}, ExchangeSessions)

    async def bars(self, symbol: str, interval: str, start: datetime, end: datetime) -> tuple[Bar, ...] | Failure:
        """Ask for the bars that start in [start, end), UTC; oldest first."""
        span = {"interval": interval, "start": start.isoformat(), "end": end.isoformat()}
        return await self._items(f"/api/v1/bars/{url_quote(symbol, safe='')}", span, Bar)

    async def reach(self, now: datetime) -> Reach:
        """Ask whether the gateway is ready; a gateway that is not says why in the same form."""
        answer = await self._get("/readyz", {}, ReadinessAnswer, accepted=(200, 503))
        if isinstance(answer, Failure):
            return Reach(answers=False, ready=False, reasons=(answer.reason, answer.remedy), asked_at=now)
        failed = tuple(f"{check.name}: {check.reason}" for check in answer.checks if not check.ok)
        return Reach(answers=True, ready=not failed, reasons=failed, asked_at=now)

    async def _items(self, path: str, query: dict[str, str], kind: type[T]) -> tuple[T, ...] | Failure:
        items: tuple[T, ...] = ()
        for _ in range(MOST_PAGES):
            page = await self._get(path, query, Page[kind])  # type: ignore[valid-type] # a type made at run time
            if isinstance(page, Failure):
                return page
            items += page.items
            if page.next is None:
                break
            query = query | {"cursor": page.next}
        return items

    async def _get(
        self, path: str, query: dict[str, str], kind: type[T], accepted: tuple[int, ...] = (200,)
    ) -> T | Failure:
        try:
            response = await self._http.get(path, params=query)
        except httpx.HTTPError as error:
            return Failure(
                reason=f"The gateway at {self._http.base_url} does not answer ({_cause(error)}).",
                remedy="Start it, or wait: the console asks again by itself.",
            )
        if response.status_code not in accepted:
            return _refusal(response)
        try:
            return msgspec.json.decode(response.content, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            return Failure(
                reason=f"The gateway's answer to {path} is not what its API promises: {error}.",
                remedy="Run both at the same version.",
            )


def _cause(error: httpx.HTTPError) -> str:
    return "time limit" if isinstance(error, httpx.TimeoutException) else "no connection"


def _refusal(response: httpx.Response) -> Failure:
    try:
        problem = msgspec.json.decode(response.content, type=Problem)
    except (msgspec.DecodeError, UnicodeDecodeError):
        problem = Problem()
    reason = problem.detail or problem.title or f"The gateway answered {response.status_code}."
    return Failure(reason=reason, remedy=REFUSED.get(response.status_code, ""))
