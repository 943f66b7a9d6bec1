"""One service's HTTP API as the console asks it: reads with its own token, acts with that of a person.

No call raises for what the service or the network does: an answer that could not be had is a `Failure` in words,
which a page shows in the place of the answer. Each service's own questions are in client.py.
"""

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any, ClassVar, Generic, TypeVar
from urllib.parse import quote as url_quote

import httpx
import msgspec
from msgspec import Struct
from pydantic import SecretStr

from stockbot_console.answers import Failure, Reach

T = TypeVar("T")
Query = Mapping[str, str]

TIMEOUT = httpx.Timeout(5.0, connect=2.0)
MOST_PAGES = 20  # of one list; more than any chart or watchlist shows
DONE = (HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.ACCEPTED, HTTPStatus.NO_CONTENT)
NO_CONTENT = b"null"
ASK_AGAIN = "Start it, or wait: the console asks again by itself."
UNKNOWN_OUTCOME = "Whether it was done is not known: look at the state before trying again."
READ_REFUSED: Mapping[int, str] = {
    HTTPStatus.UNAUTHORIZED: "The console's own token is not accepted: check STOCKBOT_TOKEN against the tokens file.",
    HTTPStatus.FORBIDDEN: "The console's own token may not read this: give it the role viewer.",
}
ACT_REFUSED: Mapping[int, str] = {HTTPStatus.UNAUTHORIZED: "Your token is not accepted there: sign in again."}


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


class Api:
    """Asks the service at `base_url`, showing `token` as its bearer token; `name` is what a person calls it."""

    name: ClassVar[str]

    def __init__(self, base_url: str, token: SecretStr | None) -> None:
        self._http = httpx.AsyncClient(base_url=base_url, headers=_bearer(token), timeout=TIMEOUT)

    async def close(self) -> None:
        await self._http.aclose()

    async def reach(self, now: datetime) -> Reach:
        """Ask whether the service is ready; one that is not says why in the same form."""
        answer = await self._get("/readyz", ReadinessAnswer, accepted=(HTTPStatus.OK, HTTPStatus.SERVICE_UNAVAILABLE))
        if isinstance(answer, Failure):
            return Reach(answers=False, ready=False, reasons=(answer.reason, answer.remedy), asked_at=now)
        failed = tuple(f"{check.name}: {check.reason}" for check in answer.checks if not check.ok)
        return Reach(answers=True, ready=not failed, reasons=failed, asked_at=now)

    async def _items(self, path: str, kind: type[T], query: Query | None = None) -> tuple[T, ...] | Failure:
        """All items of a list, page by page."""
        items: tuple[T, ...] = ()
        query = dict(query or {})
        for _ in range(MOST_PAGES):
            page = await self._get(path, Page[kind], query)  # type: ignore[valid-type] # a type made at run time
            if isinstance(page, Failure):
                return page
            items += page.items
            if page.next is None:
                break
            query["cursor"] = page.next
        return items

    async def _first(self, path: str, kind: type[T], query: Query) -> tuple[T, ...] | Failure:
        """The first page of a list: of one that begins with its newest items, these."""
        page = await self._get(path, Page[kind], query)  # type: ignore[valid-type] # as above
        return page if isinstance(page, Failure) else page.items

    async def _get(
        self, path: str, kind: type[T], query: Query | None = None, accepted: tuple[int, ...] = (HTTPStatus.OK,)
    ) -> T | Failure:
        request = self._http.build_request("GET", path, params=query)
        return await self._answer(request, kind, accepted, ASK_AGAIN, READ_REFUSED)

    async def _send(
        self, method: str, path: str, body: object, kind: type[T], token: SecretStr | None = None, *, key: str = ""
    ) -> T | Failure:
        """Send `body`, as the person whose token this is: what is refused, is refused to them.

        Without a token it is a question of the console's own. What has a `key` is done once, however often it is sent.
        """
        content = b"" if body is None else msgspec.json.encode(body)
        headers = {"Content-Type": "application/json", **_bearer(token)}
        if key:
            headers["Idempotency-Key"] = key
        request = self._http.build_request(method, path, content=content, headers=headers)
        silence, refused = (UNKNOWN_OUTCOME, ACT_REFUSED) if token else (ASK_AGAIN, READ_REFUSED)
        return await self._answer(request, kind, DONE, silence, refused)

    async def _document(self, path: str, query: Query) -> bytes | Failure:
        """A file as the service made it."""
        answer = await self._sent(self._http.build_request("GET", path, params=query), ASK_AGAIN)
        if isinstance(answer, Failure):
            return answer
        return answer.content if answer.is_success else _refusal(self.name, answer, READ_REFUSED)

    async def _answer(
        self, request: httpx.Request, kind: type[T], accepted: tuple[int, ...], silence: str, refused: Mapping[int, str]
    ) -> T | Failure:
        response = await self._sent(request, silence)
        if isinstance(response, Failure):
            return response
        if response.status_code not in accepted:
            return _refusal(self.name, response, refused)
        try:
            return msgspec.json.decode(response.content or NO_CONTENT, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            return Failure(
                reason=f"The {self.name}'s answer to {request.url.path} is not what its API promises: {error}.",
                remedy="Run both at the same version.",
            )

    async def _sent(self, request: httpx.Request, silence: str) -> httpx.Response | Failure:
        try:
            return await self._http.send(request)
        except httpx.HTTPError as error:
            return Failure(
                reason=f"The {self.name} at {self._http.base_url} does not answer ({_cause(error)}).",
                remedy=ASK_AGAIN if isinstance(error, httpx.ConnectError) else silence,
            )


def segment(name: str) -> str:
    """One segment of a path, whatever a person typed."""
    return url_quote(name, safe="")


def _bearer(token: SecretStr | None) -> dict[str, Any]:
    return {"Authorization": f"Bearer {token.get_secret_value()}"} if token else {}


def _cause(error: httpx.HTTPError) -> str:
    return "time limit" if isinstance(error, httpx.TimeoutException) else "no connection"


def _refusal(name: str, response: httpx.Response, remedies: Mapping[int, str]) -> Failure:
    try:
        problem = msgspec.json.decode(response.content, type=Problem)
    except (msgspec.DecodeError, UnicodeDecodeError):
        problem = Problem()
    reason = problem.detail or problem.title or f"The {name} answered {response.status_code}."
    return Failure(reason=reason, remedy=remedies.get(response.status_code, ""))
