"""The outermost layer of every answer: correlation id, headers, log line, count, and the unexpected error.

The unexpected becomes a 500 with an id that stands in the log beside the traceback; the answer says no more.
"""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from re import compile as pattern
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect

from stockbot.runtime.clock import Clock
from stockbot.runtime.logs import bind_correlation
from stockbot.runtime.metrics import Metrics
from stockbot.runtime.web.problems import Problem, problem_response
from stockbot.runtime.web.security import PROBES

log = structlog.stdlib.get_logger(__name__)

CORRELATION = "X-Correlation-ID"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
INTERNAL_ERROR = 1011  # RFC 6455
SECURITY_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_ACCEPTABLE = pattern(r"[\w.:/-]{1,128}")


@dataclass
class Exchange:
    """One request or WebSocket and what has been answered so far: 101 is an accepted WebSocket."""

    scope: Scope
    send: Send
    correlationid: str
    started: float
    status: int | None = None


class Observation:
    """ASGI middleware around everything else."""

    def __init__(
        self, app: ASGIApp, metrics: Metrics, clock: Clock, new_id: Callable[[], str] = lambda: uuid4().hex
    ) -> None:
        self._app = app
        self._metrics = metrics
        self._clock = clock
        self._new_id = new_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            return await self._app(scope, receive, send)
        correlationid = correlation_of(Headers(scope=scope)) or self._new_id()
        with bind_correlation(correlationid):
            await self._observe(Exchange(scope, send, correlationid, self._clock.monotonic()), receive)
        return None

    async def _observe(self, exchange: Exchange, receive: Receive) -> None:
        async def sending(message: Message) -> None:
            if exchange.status is None and _is_first(message):
                self._begin(exchange, message)
            await exchange.send(message)

        try:
            await self._app(exchange.scope, receive, sending)
        except WebSocketDisconnect:
            log.debug("client went away", path=exchange.scope["path"])
        except Exception:
            errorid = self._new_id()
            log.exception("unexpected error", errorid=errorid, path=exchange.scope["path"])
            await self._apologise(exchange, errorid, receive, sending)

    def _begin(self, exchange: Exchange, message: Message) -> None:
        exchange.status = message.get("status", HTTPStatus.SWITCHING_PROTOCOLS)
        headers = MutableHeaders(raw=message.setdefault("headers", []))
        message["headers"] = headers.raw
        for name, value in (SECURITY_HEADERS | {CORRELATION: exchange.correlationid}).items():
            headers.setdefault(name, value)
        self._count(exchange, self._clock.monotonic() - exchange.started)

    def _count(self, exchange: Exchange, seconds: float) -> None:
        scope, status = exchange.scope, str(exchange.status)
        method = scope.get("method", "WEBSOCKET")
        route = route_template(scope)
        self._metrics.http_requests.labels(
            method if method in METHODS else "other" if "method" in scope else method, route, status
        ).inc()
        self._metrics.http_seconds.labels(route, status).observe(seconds)
        principal = scope.get("state", {}).get("principal")
        say = log.debug if scope["path"] in PROBES or _is_routine(method, exchange.status) else log.info
        say(
            "request",
            method=method,
            path=scope["path"],
            status=exchange.status,
            seconds=round(seconds, 4),
            principal=principal and principal.name,
        )

    async def _apologise(self, exchange: Exchange, errorid: str, receive: Receive, sending: Send) -> None:
        if exchange.status is None:
            detail = f"something went wrong here; the log says what under errorid {errorid}"
            problem = Problem(HTTPStatus.INTERNAL_SERVER_ERROR, detail, errorid=errorid)
            await problem_response(exchange.scope, problem)(exchange.scope, receive, sending)
        elif exchange.scope["type"] == "websocket":
            await sending({"type": "websocket.close", "code": INTERNAL_ERROR, "reason": f"errorid {errorid}"})
        else:
            raise ConnectionAbortedError(f"the answer broke off, errorid {errorid}")


def correlation_of(headers: Headers) -> str | None:
    """Return the id that the client has chosen for the chain, if it is fit for logs and events."""
    shown = headers.get(CORRELATION, "")
    return shown if _ACCEPTABLE.fullmatch(shown) else None


def route_template(scope: Scope) -> str:
    """Return the template, such as /api/v1/quotes/{symbol}: one series a route, whatever people type."""
    path = getattr(scope.get("route"), "path", None)
    return path if isinstance(path, str) else "none"


def _is_first(message: Message) -> bool:
    return message["type"] in ("http.response.start", "websocket.http.response.start", "websocket.accept")


def _is_routine(method: str, status: int | None) -> bool:
    """A read that went well changes nothing and repeats every few seconds: metrics count it, the log need not."""
    return method in {"GET", "HEAD"} and status is not None and status < HTTPStatus.BAD_REQUEST
