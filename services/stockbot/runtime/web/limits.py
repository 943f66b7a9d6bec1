"""No request body beyond the limit: refused by its announced length, or while it is read."""

from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stockbot.runtime.web.problems import Problem, problem_response

LARGEST_BODY = 1024 * 1024  # bytes: what people and programs send here is far smaller


class BodyLimit:
    """ASGI middleware: 413 beyond `largest` bytes."""

    def __init__(self, app: ASGIApp, largest: int = LARGEST_BODY) -> None:
        self._app = app
        self._largest = largest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        announced = Headers(scope=scope).get("content-length", "0")
        if announced.isdecimal() and int(announced) > self._largest:
            return await problem_response(scope, self._too_large())(scope, receive, send)
        return await self._app(scope, self._counting(receive), send)

    def _counting(self, receive: Receive) -> Receive:
        read = 0

        async def receiving() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self._largest:
                raise self._too_large()
            return message

        return receiving

    def _too_large(self) -> Problem:
        detail = f"the body is too large: at most {self._largest:,} bytes"
        return Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail)
