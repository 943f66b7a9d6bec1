"""A source of prices on loopback that speaks real HTTP and can misbehave in every way we know of.

Used by the tests of the providers and of failover, and by whole-platform tests as the base URL of a provider.
It answers as Yahoo Finance and as Alpha Vantage do (see `provider_answers`), counts requests, and does to its
answers what `misbehave` says, until `behave`.

    async with FakeProvider() as fake:
        fake.misbehave(status(500), times=2)
        provider = YahooFinance("yahoo", clock, base_url=fake.url)
"""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, unquote, urlsplit

from stockbot.testing.provider_answers import FakeMarket, Json, alpha_vantage, yahoo

_LINE_LIMIT = 64 * 1024


@dataclass(frozen=True)
class Request:
    path: str
    query: dict[str, str]
    headers: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What goes back, and how.

    `hangs` never answers, `resets` breaks the connection, `promised` is Content-Length.
    """

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    hangs: bool = False
    resets: bool = False
    promised: int | None = None


Misbehaviour = Callable[[Reply], Reply]


def slow(seconds: float) -> Misbehaviour:
    return lambda reply: replace(reply, delay=seconds)


def hangs(reply: Reply) -> Reply:
    return replace(reply, hangs=True)


def resets(reply: Reply) -> Reply:
    return replace(reply, resets=True)


def status(code: int, retry_after: str | None = None) -> Misbehaviour:
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    return lambda reply: replace(reply, status=code, headers=headers, body=b"no")


def html(reply: Reply) -> Reply:
    return replace(reply, body=b"<!DOCTYPE html><html><body>We will be right back</body></html>")


def empty(reply: Reply) -> Reply:
    return replace(reply, body=b"")


def broken_json(reply: Reply) -> Reply:
    return replace(reply, body=reply.body[: len(reply.body) // 2])


def cut_short(reply: Reply) -> Reply:
    """Return a reply that ends before the length that its head promises."""
    return replace(reply, body=reply.body[: len(reply.body) // 2], promised=len(reply.body))


def says(key: str, words: str) -> Misbehaviour:
    """Return Alpha Vantage's way to refuse: words under `Note` or `Information` in an HTTP 200."""
    return lambda reply: replace(reply, body=json.dumps({key: words}).encode())


def wrong_types(reply: Reply) -> Reply:
    return replace(
        reply, body=json.dumps(_mapped(json.loads(reply.body), lambda leaf: None if leaf is None else ["?"])).encode()
    )


def not_a_number(reply: Reply) -> Reply:
    nan = _mapped(json.loads(reply.body), lambda leaf: float("nan") if isinstance(leaf, float) else leaf)
    return replace(reply, body=json.dumps(nan).encode())


class FakeProvider:
    """Serves from `async with` on a free port. `market` is what it quotes; change it at any time."""

    def __init__(self, market: FakeMarket | None = None) -> None:
        self.market = market or FakeMarket()
        self.requests: list[Request] = []
        self._misbehaviour: Misbehaviour | None = None
        self._times = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=_LINE_LIMIT)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    def misbehave(self, misbehaviour: Misbehaviour, times: int = 1_000_000) -> None:
        """Do this to the answers to the next requests for prices; cookies and crumbs are served as ever."""
        self._misbehaviour, self._times = misbehaviour, times

    def behave(self) -> None:
        self._misbehaviour = None

    def asked(self, *paths: str) -> list[Request]:
        """Return the requests for prices so far, of all paths or of those that start so."""
        return [r for r in self.requests if r.path.startswith(paths or ("/v7/", "/v8/", "/query"))]

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - asyncio runs this as a task
        self._tasks.add(task)
        try:
            await self._converse(reader, writer)
        except (ConnectionError, asyncio.CancelledError):
            return  # the client went away, or the test ended
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (request := await _read(reader)) is not None:
            self.requests.append(request)
            if not await _send(writer, self._reply(request)):
                return

    def _reply(self, request: Request) -> Reply:
        proper = _proper(self.market, request)
        if self._misbehaviour is None or self._times == 0 or request.path in _SESSION:
            return proper
        self._times -= 1
        return self._misbehaviour(proper)


_SESSION: dict[str, Reply] = {
    "/": Reply(status=404, headers={"Set-Cookie": "A3=loopback; Path=/; Max-Age=3600"}),
    "/v1/test/getcrumb": Reply(body=b"crumb"),
    "/consent": Reply(body=b"<html></html>"),
}


def _proper(market: FakeMarket, request: Request) -> Reply:
    if request.path in _SESSION:
        return _SESSION[request.path]
    answer = alpha_vantage if request.path == "/query" else yahoo
    code, body = answer(market, request.path, request.query)
    return Reply(status=code, body=json.dumps(body).encode())


async def _read(reader: asyncio.StreamReader) -> Request | None:
    """Return the next request of this connection; None at its end. Bodies are not used by these APIs."""
    first = (await reader.readline()).decode("latin-1")
    if not first.strip():
        return None
    headers = {}
    while line := (await reader.readline()).decode("latin-1").strip():
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    target = urlsplit(first.split(" ")[1])
    query = {name: values[-1] for name, values in parse_qs(target.query).items()}
    return Request(unquote(target.path), query, headers)


async def _send(writer: asyncio.StreamWriter, reply: Reply) -> bool:
    """Write the reply; False if the connection ends with it."""
    if reply.hangs:
        await asyncio.Event().wait()
    if reply.resets:
        writer.transport.abort()
        return False
    await asyncio.sleep(reply.delay)
    promised = len(reply.body) if reply.promised is None else reply.promised
    headers = {"Content-Type": "application/json", "Content-Length": str(promised)} | reply.headers
    lines = [f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}", *(f"{k}: {v}" for k, v in headers.items())]
    writer.write("\r\n".join([*lines, "", ""]).encode("latin-1") + reply.body)
    await writer.drain()
    return promised == len(reply.body)


def _mapped(value: Json, change: Callable[[Json], Json]) -> Json:
    """Return the same JSON with each leaf changed; the names of symbols stay."""
    if isinstance(value, dict):
        return {k: v if k == "symbol" else _mapped(v, change) for k, v in value.items()}
    if isinstance(value, list):
        return [_mapped(v, change) for v in value]
    return change(value)
