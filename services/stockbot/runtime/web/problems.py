"""Every error as RFC 9457 problem details: what was wrong, where, what would be right; nothing of the inside.

Endpoints raise `Problem` or any StockbotError; the framework's own errors take the same form. A WebSocket
that is not yet accepted gets the same answer as a request, an accepted one is closed with the reason.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError, WebSocketRequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import Scope
from starlette.websockets import WebSocket, WebSocketState

from stockbot.errors import Conflict, StockbotError, Unavailable
from stockbot.runtime.logs import current_correlation
from stockbot.runtime.redaction import redact_entry, redact_text

MEDIA_TYPE = "application/problem+json"
POLICY_VIOLATION = 1008  # RFC 6455: what this side refuses after it has accepted
LONGEST_REASON = 120  # a close frame holds 123 bytes


class Problem(HTTPException):
    """An answer that says no: `members` go into the JSON beside detail."""

    def __init__(
        self, status: int, detail: str, *, headers: Mapping[str, str] | None = None, **members: object
    ) -> None:
        super().__init__(status, detail, headers)
        self.members = members


def problem_response(scope: Scope, problem: Problem) -> Response:
    """Render `problem`; the same for requests and for WebSockets that are not yet accepted."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(problem.status_code).phrase,
        "status": problem.status_code,
        "detail": redact_text(problem.detail),
        "instance": scope["path"],
        "correlationid": current_correlation(),
        **problem.members,
    }
    return Response(msgspec.json.encode(body), problem.status_code, problem.headers, MEDIA_TYPE)


def install_problems(app: FastAPI) -> None:
    """Answer all errors of `app` but the unexpected ones, which are Observation's."""
    handlers: dict[type[Exception], Any] = {  # each for requests and WebSockets, which the framework types apart
        HTTPException: _on_http,
        RequestValidationError: _on_invalid,
        WebSocketRequestValidationError: _on_invalid,
        StockbotError: _on_stockbot_error,
    }
    for error, handler in handlers.items():
        app.add_exception_handler(error, handler)


async def _on_http(connection: HTTPConnection, error: Exception) -> Response | None:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class
    problem = error if isinstance(error, Problem) else _from_framework(connection.scope, error)
    return await _answer(connection, problem)


async def _on_invalid(connection: HTTPConnection, error: Exception) -> Response | None:
    assert isinstance(error, RequestValidationError | WebSocketRequestValidationError)  # noqa: S101 - as above
    fields = field_errors(error.errors())
    detail = "; ".join(f"{field['path']}: {field['message']}" for field in fields)
    return await _answer(connection, Problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail, errors=fields))


async def _on_stockbot_error(connection: HTTPConnection, error: Exception) -> Response | None:
    status = HTTPStatus.BAD_REQUEST
    if isinstance(error, Unavailable):
        status = HTTPStatus.SERVICE_UNAVAILABLE
    elif isinstance(error, Conflict):
        status = HTTPStatus.CONFLICT
    return await _answer(connection, Problem(status, str(error)))


async def _answer(connection: HTTPConnection, problem: Problem) -> Response | None:
    if isinstance(connection, WebSocket) and connection.application_state is not WebSocketState.CONNECTING:
        reason = redact_text(problem.detail).encode()[:LONGEST_REASON].decode(errors="ignore")
        await connection.close(POLICY_VIOLATION, reason)
        return None
    return problem_response(connection.scope, problem)


def _from_framework(scope: Scope, error: HTTPException) -> Problem:
    """Put words a person can act on where the framework only repeats the status."""
    detail = str(error.detail)
    if error.status_code == HTTPStatus.NOT_FOUND and detail == HTTPStatus.NOT_FOUND.phrase:
        detail = f"there is nothing at {scope['path']}; /docs lists what there is"
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = (error.headers or {}).get("Allow", "another method")
        detail = f"{scope['method']} is not allowed at {scope['path']}; use {allowed}"
    return Problem(error.status_code, detail, headers=error.headers)


def field_errors(errors: Sequence[Mapping[str, Any]]) -> list[dict[str, object]]:
    """Say for each wrong field its path, what is right, and the value where it is short and no secret."""
    return [_field_error(error) for error in errors]


def _field_error(error: Mapping[str, Any]) -> dict[str, object]:
    names = [str(part) for part in error["loc"]]
    shown: dict[str, object] = {"path": ".".join(names), "message": redact_text(error["msg"])}
    value = error.get("input")
    if isinstance(value, str | int | float | bool) and len(str(value)) <= LONGEST_REASON:
        shown["value"] = redact_entry(names[-1], value)
    return shown
