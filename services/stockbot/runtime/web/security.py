"""Who is asking, and may they. The gate lets nobody without a role past the probes; `require` asks for more.

A program shows `Authorization: Bearer <token>`. A browser's WebSocket cannot set headers: it offers the
subprotocols `bearer` and the token. Never in the query, which proxies log.
"""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stockbot.runtime.auth import ANONYMOUS, Authenticator, Principal, Role
from stockbot.runtime.settings import is_loopback
from stockbot.runtime.web.problems import Problem, problem_response

PROBES = frozenset({"/healthz", "/readyz", "/metrics"})
SCHEME = "bearer"
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="stockbot"'}


def require(role: Role) -> Callable[[HTTPConnection], Awaitable[Principal]]:
    """Make a dependency: the principal, who has `role` or a higher one; else a 403 that names the role."""

    async def check(connection: HTTPConnection) -> Principal:
        principal = principal_of(connection)
        if principal.role < role:
            detail = f"{principal.name} has the role {principal.role}; this needs the role {role}"
            raise Problem(HTTPStatus.FORBIDDEN, detail, role=str(role))
        return principal

    return check


def principal_of(connection: HTTPConnection) -> Principal:
    """Return who is asking; the gate has let them in."""
    principal: Principal = connection.state.principal
    return principal


class Gate:
    """ASGI middleware: a principal goes into the state of the request, or the answer is 401."""

    def __init__(self, app: ASGIApp, authenticator: Authenticator) -> None:
        self._app = app
        self._authenticator = authenticator

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or scope["path"] in PROBES:
            return await self._app(scope, receive, send)
        try:
            scope.setdefault("state", {})["principal"] = identify(scope, self._authenticator)
        except Problem as problem:
            return await problem_response(scope, problem)(scope, receive, send)
        return await self._app(scope, receive, _choosing_subprotocol(scope, send))


def identify(scope: Scope, authenticator: Authenticator) -> Principal:
    """Return who shows the token of this request; Problem 401 for none and for an unknown one."""
    headers = Headers(scope=scope)
    token = bearer_token(headers) or subprotocol_token(scope.get("subprotocols", []))
    if token is None:
        if authenticator.anonymous_role is not None and is_from_here(headers):
            return Principal(ANONYMOUS, authenticator.anonymous_role)
        detail = "show a token in the header Authorization: Bearer <token>"
        raise Problem(HTTPStatus.UNAUTHORIZED, detail, headers=CHALLENGE)
    principal = authenticator.authenticate(token)
    if principal is None:
        raise Problem(HTTPStatus.UNAUTHORIZED, "the token is not known here", headers=CHALLENGE)
    return principal


def bearer_token(headers: Headers) -> str | None:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == SCHEME else None


def subprotocol_token(subprotocols: list[str]) -> str | None:
    """Return the token of `Sec-WebSocket-Protocol: bearer, <token>`."""
    return subprotocols[1] if len(subprotocols) > 1 and subprotocols[0].lower() == SCHEME else None


def is_from_here(headers: Headers) -> bool:
    """Tell whether a page of this machine, or no page at all, asks by a name of this machine.

    Without it any web page could read through the browser what anonymous people see: by a WebSocket to here, or
    by a name of its own that it lets point to this machine (DNS rebinding).
    """
    origin = headers.get("origin")
    try:
        asked = urlsplit(f"//{headers.get('host', '')}").hostname or ""
        return is_loopback(asked) and (origin is None or is_loopback(urlsplit(origin).hostname or ""))
    except ValueError:  # no address at all
        return False


def _choosing_subprotocol(scope: Scope, send: Send) -> Send:
    """Pick `bearer`: a browser drops a connection that picks none of the subprotocols it has offered."""
    if subprotocol_token(scope.get("subprotocols", [])) is None:
        return send

    async def sending(message: Message) -> None:
        if message["type"] == "websocket.accept" and not message.get("subprotocol"):
            message = {**message, "subprotocol": scope["subprotocols"][0]}
        await send(message)

    return sending
