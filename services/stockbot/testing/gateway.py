"""A gateway for tests of whoever asks one: real HTTP on loopback, whose answers a test sets, breaks and takes away."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from socket import create_server
from typing import Any

import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from stockbot.events.market import Bar, ExchangeSessions, Quote

TOKEN = "sbt_of-the-console"  # noqa: S105 - opens nothing but this fake
LOOPBACK = "127.0.0.1"


@dataclass
class FakeGateway:
    """What it answers. `broken` is the body of every answer while it is set; `asked` are the requests so far."""

    quotes: list[Quote] = field(default_factory=list)
    bars: dict[tuple[str, str], list[Bar]] = field(default_factory=dict)  # by symbol and interval
    providers: list[dict[str, Any]] = field(default_factory=list)
    exchanges: list[ExchangeSessions] = field(default_factory=list)
    unquoted: list[str] = field(default_factory=list)  # symbols that have no quote yet
    not_ready: str | None = None  # the reason
    page_size: int = 1000
    broken: bytes | None = None
    asked: list[str] = field(default_factory=list)
    port: int = 0

    def __post_init__(self) -> None:
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def start(self) -> None:
        """Listen; on the same port as before after a `stop`."""
        listener = create_server((LOOPBACK, self.port))
        self.port = listener.getsockname()[1]
        self._server = uvicorn.Server(uvicorn.Config(self._app(), log_config=None, lifespan="off"))
        self._thread = threading.Thread(target=self._server.run, args=([listener],), daemon=True)
        self._thread.start()
        while not self._server.started:
            time.sleep(0.005)

    def stop(self) -> None:
        """Close the port and every connection: whoever asks is refused."""
        assert self._server is not None  # noqa: S101 - it was started
        assert self._thread is not None  # noqa: S101
        self._server.should_exit = self._server.force_exit = True
        self._thread.join()

    def _app(self) -> Starlette:
        answers: dict[str, Callable[[Request], Response]] = {
            "/readyz": self._readyz,
            "/api/v1/quotes": lambda request: self._page(request, self.quotes),
            "/api/v1/providers": lambda request: self._page(request, self.providers),
            "/api/v1/symbols": lambda request: self._page(request, self._listings()),
            "/api/v1/session": lambda request: self._page(request, self.exchanges),
            "/api/v1/bars/{symbol}": self._bars,
        }
        return Starlette(routes=[Route(path, self._checked(answer)) for path, answer in answers.items()])

    def _checked(self, answer: Callable[[Request], Response]) -> Callable[[Request], Response]:
        def checked(request: Request) -> Response:
            self.asked.append(f"{request.url.path}?{request.url.query}".rstrip("?"))
            if self.broken is not None:
                return Response(self.broken, media_type="application/json")
            if request.url.path != "/readyz" and request.headers.get("authorization") != f"Bearer {TOKEN}":
                return _problem(HTTPStatus.UNAUTHORIZED, "the token is not known here")
            return answer(request)

        return checked

    def _readyz(self, request: Request) -> Response:
        check = {"name": "providers", "ok": self.not_ready is None, "reason": self.not_ready}
        status = HTTPStatus.OK if self.not_ready is None else HTTPStatus.SERVICE_UNAVAILABLE
        return _json({"ready": self.not_ready is None, "checks": [check], "degraded": []}, status)

    def _listings(self) -> list[dict[str, object]]:
        """Every quoted symbol and each of `unquoted` on the first exchange."""
        exchange = self.exchanges[0].exchange if self.exchanges else "XNYS"
        symbols = sorted({quote.symbol for quote in self.quotes} | set(self.unquoted))
        return [
            {"symbol": symbol, "symbol_set": "demo", "exchange": exchange, "providers": ["demo"]} for symbol in symbols
        ]

    def _bars(self, request: Request) -> Response:
        start, end = (datetime.fromisoformat(request.query_params[name]) for name in ("start", "end"))
        key = (request.path_params["symbol"], request.query_params["interval"])
        if key not in self.bars:
            return _problem(HTTPStatus.NOT_FOUND, f"no provider has bars of {key[0]} in the interval {key[1]}")
        return self._page(request, [bar for bar in self.bars[key] if start <= bar.start < end])

    def _page(self, request: Request, items: Sequence[object]) -> Response:
        first = int(request.query_params.get("cursor", 0))
        after = first + self.page_size
        return _json({"items": items[first:after], "next": str(after) if after < len(items) else None})


def _json(answer: object, status: HTTPStatus = HTTPStatus.OK) -> Response:
    return Response(msgspec.json.encode(answer), status, media_type="application/json")


def _problem(status: HTTPStatus, detail: str) -> Response:
    return _json({"type": "about:blank", "title": status.phrase, "status": status, "detail": detail}, status)


@contextmanager
def running(gateway: FakeGateway) -> Iterator[FakeGateway]:
    """Let it listen for the length of a test."""
    gateway.start()
    try:
        yield gateway
    finally:
        gateway.stop()
