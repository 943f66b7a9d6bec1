"""The console's outer wall: whose requests are let in, and what the browser is told about every answer.

NiceGUI compiles its templates in the browser and writes styles into the page, hence `unsafe-eval` and `unsafe-inline`;
everything still has to come from this console itself.
"""

from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stockbot.runtime.settings import is_loopback

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; font-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "same-origin",
}
READING = frozenset({"GET", "HEAD", "OPTIONS"})


class Shield:
    """ASGI middleware. `local`: the console listens on loopback only, so it must be asked by a local name.

    Without that check any web page could let a name of its own point to this machine and read the console (DNS
    rebinding). Writing and WebSockets are refused to pages of another origin in any case.
    """

    def __init__(self, app: ASGIApp, *, local: bool) -> None:
        self._app = app
        self._local = local

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            return await self._app(scope, receive, send)
        reason = refusal(scope, local=self._local)
        if reason:
            return await PlainTextResponse(reason, HTTPStatus.FORBIDDEN)(scope, receive, send)
        return await self._app(scope, receive, _with_headers(send))


def refusal(scope: Scope, *, local: bool) -> str:
    """Say why a request is not let in; empty where it is."""
    headers = Headers(scope=scope)
    host, origin = headers.get("host", ""), headers.get("origin")
    if local and not is_loopback(urlsplit(f"//{host}").hostname or ""):
        return f"This console is for this machine only and is not known as {host!r}: open it as localhost."
    writes = scope["type"] == "websocket" or scope["method"] not in READING
    if writes and origin is not None and urlsplit(origin).netloc != host:
        return "A page of another site asked for this: open the console itself."
    return ""


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=message.setdefault("headers", []))
            message["headers"] = headers.raw
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return sending
