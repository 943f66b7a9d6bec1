"""Signing in and out: the two forms of the console, answered without any page. Used by main."""

from typing import Annotated
from urllib.parse import urlencode

import structlog
from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse

from stockbot_console.attempts import Attempts
from stockbot_console.console import SESSION_KEY
from stockbot_console.redirects import safe_target
from stockbot_console.sessions import Sessions

LONGEST_TOKEN = 512
SEE_OTHER = 303

log = structlog.stdlib.get_logger(__name__)


def login_routes(sessions: Sessions, attempts: Attempts) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.post("/login")
    async def sign_in(
        request: Request,
        token: Annotated[str, Form(max_length=LONGEST_TOKEN)] = "",
        redirect_to: Annotated[str, Form()] = "/",
    ) -> RedirectResponse:
        """Begin a session with a fresh key, so that nobody can have put a known one into the browser before."""
        address = request.client.host if request.client else ""
        if attempts.wait_seconds(address) > 0:
            return _again(redirect_to, "wait")
        key = sessions.begin(token)
        if key is None:
            attempts.failed(address)
            log.warning("login refused", address=address)
            return _again(redirect_to, "unknown")
        request.session[SESSION_KEY] = key
        return RedirectResponse(safe_target(redirect_to), SEE_OTHER)

    @router.post("/logout")
    async def sign_out(request: Request) -> RedirectResponse:
        sessions.end(request.session.pop(SESSION_KEY, None))
        return RedirectResponse("/", SEE_OTHER)

    return router


def _again(redirect_to: str, problem: str) -> RedirectResponse:
    query = urlencode({"redirect_to": safe_target(redirect_to), "problem": problem})
    return RedirectResponse(f"/login?{query}", SEE_OTHER)
