"""Every error is a problem document that helps its reader and tells nothing of the inside."""

from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from stockbot.runtime.auth import Role


def problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    """Check what all problems have in common and return the document."""
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = answer.json()
    assert document["status"] == status
    assert document["type"] == "about:blank"
    assert document["instance"] == answer.request.url.path
    assert document["correlationid"] == answer.headers["x-correlation-id"]
    return document


async def test_unknown_paths_are_problems(viewer: httpx.AsyncClient) -> None:
    """A 404 names the path and where to look."""
    document = problem(await viewer.get("/api/v1/nothing?x=1"), 404)
    assert document["title"] == "Not Found"
    assert document["detail"] == "there is nothing at /api/v1/nothing; /docs lists what there is"


async def test_wrong_methods_are_problems(viewer: httpx.AsyncClient) -> None:
    """A 405 names the method, the path and the methods that work."""
    answer = await viewer.put("/api/v1/holdings")
    assert problem(answer, 405)["detail"] == "PUT is not allowed at /api/v1/holdings; use GET"
    assert answer.headers["allow"] == "GET"


async def test_wrong_parameters_are_problems(viewer: httpx.AsyncClient) -> None:
    """A 422 names each wrong parameter by its path, its value and what would be right."""
    document = problem(await viewer.get("/api/v1/holdings?limit=0&correlationid="), 422)
    assert [error["path"] for error in document["errors"]] == ["query.limit", "query.correlationid"]
    assert document["errors"][0] == {
        "path": "query.limit",
        "message": "Input should be greater than or equal to 1",
        "value": "0",
    }
    assert "query.limit: Input should be greater than or equal to 1" in document["detail"]


async def test_wrong_bodies_are_problems(trader: httpx.AsyncClient) -> None:
    """Nested fields have their whole path, and a secret is not repeated."""
    body = {"symbol": "A", "password": "short", "legs": [{"quantity": 1}, {"quantity": -2}]}
    document = problem(await trader.post("/api/v1/orders", json=body), 422)
    errors = {error["path"]: error for error in document["errors"]}
    assert errors["body.legs.1.quantity"]["value"] == -2
    assert errors["body.password"]["value"] == "***"
    assert "short" not in str(document)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff\xfe", b'{"symbol": NaN}', b"[" * 900])
async def test_no_body_crashes_the_service(trader: httpx.AsyncClient, body: bytes) -> None:
    """Whatever is sent as JSON is answered as the client's mistake."""
    answer = await trader.post("/api/v1/orders", content=body, headers={"Content-Type": "application/json"})
    problem(answer, 422 if answer.status_code == 422 else 400)


@pytest.mark.parametrize(
    ("kind", "status", "words"),
    [
        ("configuration", 400, "limits.maxOrderNotional is 'x': use a decimal"),
        ("conflict", 409, "the order is filled: it cannot be cancelled"),
        ("unavailable", 503, "the bus at redis://***@host does not answer"),
    ],
)
async def test_own_errors_have_their_status(viewer: httpx.AsyncClient, kind: str, status: int, words: str) -> None:
    """A StockbotError keeps its words, without secrets, under the status of its kind."""
    assert problem(await viewer.get(f"/api/v1/fail/{kind}"), status)["detail"] == words


async def test_the_unexpected_shows_only_an_id(viewer: httpx.AsyncClient, service_log: list[Any]) -> None:
    """A fault of ours is a 500 with an id; the log has the same id beside the traceback."""
    document = problem(await viewer.get("/api/v1/fail/unexpected"), 500)
    assert "ZeroDivision" not in str(document)
    assert "hunter2" not in str(document)
    (line,) = [line for line in service_log if line["event"] == "unexpected error"]
    assert line["errorid"] == document["errorid"]
    assert line["exc_info"]


async def test_large_bodies_are_refused(trader: httpx.AsyncClient) -> None:
    """A body beyond the limit is a 413, announced or streamed."""
    document = problem(await trader.post("/api/v1/orders", content=b"x" * 1001), 413)
    assert document["detail"] == "the body is too large: at most 1,000 bytes"

    async def stream() -> Any:
        for _ in range(5):
            yield b"x" * 300

    headers = {"Content-Type": "application/json"}
    problem(await trader.post("/api/v1/orders", content=stream(), headers=headers), 413)


async def test_large_bodies_are_refused_unread(viewer: httpx.AsyncClient) -> None:
    """A body that announces itself as too large is refused even where nobody would have read it."""
    problem(await viewer.request("GET", "/api/v1/holdings", content=b"x" * 1001), 413)


async def test_websockets_get_problems_before_they_open(service: Any, address: str) -> None:
    """A wrong parameter of a WebSocket is a 422 problem in the handshake."""
    headers = service.bearer(Role.VIEWER)
    with pytest.raises(InvalidStatus) as caught:
        async with connect(f"ws://{address}/ws/echo?lines=x", additional_headers=headers, proxy=None):
            pass
    assert caught.value.response.status_code == 422
    assert b"query.lines" in (caught.value.response.body or b"")


async def test_open_websockets_are_closed_with_the_reason(service: Any, address: str) -> None:
    """An error after the handshake closes the WebSocket and says why; the unexpected one gives its id."""
    headers = service.bearer(Role.TRADER)
    async with connect(f"ws://{address}/ws/trade", additional_headers=headers, proxy=None) as socket:
        await socket.send("buy")
        with pytest.raises(ConnectionClosed) as caught:
            await socket.recv()
    assert caught.value.rcvd is not None
    assert (caught.value.rcvd.code, caught.value.rcvd.reason) == (1008, "the market is closed")
    async with connect(f"ws://{address}/ws/fail", additional_headers=headers, proxy=None) as socket:
        with pytest.raises(ConnectionClosed) as caught:
            await socket.recv()
    assert caught.value.rcvd is not None
    assert caught.value.rcvd.code == 1011
    assert caught.value.rcvd.reason.startswith("errorid ")
