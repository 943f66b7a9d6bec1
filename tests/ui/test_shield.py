"""The console's outer wall."""

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from stockbot_console.shield import HEADERS, Shield, refusal


def wall(*, local: bool) -> ASGIApp:
    async def answer(request: Request) -> PlainTextResponse:
        return PlainTextResponse(request.method)

    return Shield(Starlette(routes=[Route("/", answer, methods=["GET", "POST"])]), local=local)


async def status(method: str, *, local: bool = True, **headers: str) -> int:
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(wall(local=local)), base_url="http://localhost"
    ) as client:
        return (await client.request(method, "/", headers=headers)).status_code


@pytest.mark.parametrize("host", ["localhost:5173", "127.0.0.1:5173", "[::1]:5173", "localhost"])
async def test_a_local_console_answers_to_local_names(host: str) -> None:
    """All names of this machine's loopback are good, with any port."""
    assert await status("GET", host=host) == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:5173", "localhost.evil.example", "192.168.1.7", ""])
async def test_a_local_console_answers_to_no_other_name(host: str) -> None:
    """A name that somebody lets point to this machine does not open it."""
    assert await status("GET", host=host) == 403


async def test_a_console_of_a_cluster_answers_to_its_name() -> None:
    """Behind an ingress the name is the ingress's business."""
    assert await status("GET", local=False, host="stockbot.example") == 200


@pytest.mark.parametrize(
    ("origin", "expected"),
    [("http://localhost:5173", 200), ("http://evil.example", 403), ("null", 403), ("http://localhost:9999", 403)],
)
async def test_only_its_own_pages_may_write(origin: str, expected: int) -> None:
    """A form on another page cannot sign anybody in or out."""
    assert await status("POST", host="localhost:5173", origin=origin) == expected


async def test_reading_with_another_origin_is_left_to_the_browser() -> None:
    """A link from elsewhere opens the console."""
    assert await status("GET", host="localhost:5173", origin="http://evil.example") == 200


@pytest.mark.parametrize(("origin", "allowed"), [("http://localhost:5173", True), ("http://evil.example", False)])
def test_a_websocket_of_another_page_is_refused(origin: str, allowed: bool) -> None:
    """Browsers let any page open a WebSocket to anywhere, so the wall asks where it comes from."""
    headers = [(b"host", b"localhost:5173"), (b"origin", origin.encode())]
    assert (refusal({"type": "websocket", "headers": headers}, local=True) == "") is allowed


async def test_every_answer_tells_the_browser_what_is_allowed() -> None:
    """Nothing may be loaded from elsewhere, and nobody may frame the console."""
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(wall(local=True)), base_url="http://localhost"
    ) as client:
        headers = (await client.get("/")).headers
    assert HEADERS.items() <= {name.title(): value for name, value in headers.items()}.items()
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
