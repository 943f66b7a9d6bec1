"""Nobody gets past the probes without a token, and nobody does what is above their role."""

import asyncio
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Subprotocol

from stockbot.runtime.auth import Authenticator, Role, new_token, write_tokens
from stockbot.runtime.web.security import CHALLENGE

CLOSED_PATHS = ["/api/v1/holdings", "/api/v1/none", "/docs", "/openapi.json", "/", "/healthz/", "/metricsx"]


@pytest.mark.parametrize("path", CLOSED_PATHS)
async def test_asks_strangers_for_a_token(stranger: httpx.AsyncClient, path: str) -> None:
    """Every path but the probes, known or not, answers 401 as a problem and says how to show a token."""
    answer = await stranger.get(path)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"] == CHALLENGE["WWW-Authenticate"]
    assert "Authorization: Bearer" in answer.json()["detail"]


@pytest.mark.parametrize("shown", ["Bearer {}x", "Bearer", "Basic {}", "{}", "Token {}"])
async def test_refuses_what_is_not_a_known_token(stranger: httpx.AsyncClient, service: Any, shown: str) -> None:
    """A wrong token, another scheme or a bare token does not open the door, and is not repeated in the answer."""
    token = service.tokens[Role.ADMIN]
    answer = await stranger.get("/api/v1/holdings", headers={"Authorization": shown.format(token)})
    assert answer.status_code == 401
    assert token not in answer.text


async def test_never_takes_a_token_from_the_query(stranger: httpx.AsyncClient, service: Any) -> None:
    """A token in the address would stand in every proxy's log, so it does not count."""
    token = service.tokens[Role.ADMIN]
    for name in ("token", "access_token"):
        answer = await stranger.get("/api/v1/holdings", params={name: token})
        assert answer.status_code == 401


async def test_lets_a_viewer_see_and_not_trade(viewer: httpx.AsyncClient) -> None:
    """Too low a role is 403, and the answer names the role that is needed."""
    assert (await viewer.get("/api/v1/holdings")).status_code == 200
    answer = await viewer.post("/api/v1/orders", json={"symbol": "A", "legs": []})
    assert answer.status_code == 403
    assert answer.json()["role"] == "trader"
    assert answer.json()["detail"] == "the viewer has the role viewer; this needs the role trader"


@pytest.mark.parametrize("role", [Role.TRADER, Role.ADMIN])
async def test_lets_higher_roles_do_what_lower_ones_may(stranger: httpx.AsyncClient, service: Any, role: Role) -> None:
    """A trader and an admin may place an order, and it carries their name."""
    answer = await stranger.post("/api/v1/orders", json={"symbol": "A", "legs": []}, headers=service.bearer(role))
    assert answer.json() == {"symbol": "A", "by": f"the {role}"}


async def test_rotates_tokens_while_it_runs(viewer: httpx.AsyncClient, tmp_path: Any) -> None:
    """When the file no longer has the token, the next request is refused."""
    assert (await viewer.get("/api/v1/holdings")).status_code == 200
    write_tokens(tmp_path / "tokens.json", [])
    assert (await viewer.get("/api/v1/holdings")).status_code == 401


async def open_and_echo(address: str, headers: dict[str, str], subprotocols: list[str] | None = None) -> Any:
    offered = [Subprotocol(name) for name in subprotocols or []]
    async with connect(
        f"ws://{address}/ws/echo", additional_headers=headers, subprotocols=offered or None, proxy=None
    ) as socket:
        await socket.send("hello")
        assert await socket.recv() == "hello"
        return socket.subprotocol


async def test_opens_websockets_to_a_header(service: Any, address: str) -> None:
    """A program opens a WebSocket with the same header as a request."""
    assert await open_and_echo(address, service.bearer(Role.VIEWER)) is None


async def test_opens_websockets_to_a_subprotocol(service: Any, address: str) -> None:
    """A browser offers `bearer` and the token as subprotocols; the first comes back, the token does not."""
    assert await open_and_echo(address, {}, ["bearer", service.tokens[Role.VIEWER]]) == "bearer"


@pytest.mark.parametrize("subprotocols", [[], ["bearer"], ["bearer", "sbt_wrong"], ["chat", "x"]])
async def test_keeps_websockets_closed_to_strangers(address: str, subprotocols: list[str]) -> None:
    """Without a known token the handshake gets the same 401 problem as a request."""
    with pytest.raises(InvalidStatus) as caught:
        await open_and_echo(address, {}, subprotocols)
    assert caught.value.response.status_code == 401
    assert b'"status":401' in (caught.value.response.body or b"")


async def test_keeps_websockets_closed_to_lower_roles(service: Any, address: str) -> None:
    """Too low a role is refused in the handshake, naming the role needed."""
    with pytest.raises(InvalidStatus) as caught:
        async with connect(f"ws://{address}/ws/trade", additional_headers=service.bearer(Role.VIEWER), proxy=None):
            await asyncio.sleep(0)
    assert caught.value.response.status_code == 403
    assert b"this needs the role trader" in (caught.value.response.body or b"")


@pytest.fixture
def open_house(service: Any, monkeypatch: pytest.MonkeyPatch) -> Authenticator:
    """Let anonymous viewers in, as `stockbot up` does on this machine."""
    authenticator: Authenticator = service.authenticator
    monkeypatch.setattr(authenticator, "anonymous_role", Role.VIEWER)
    return authenticator


@pytest.mark.usefixtures("open_house")
async def test_lets_anonymous_people_view_where_allowed(stranger: httpx.AsyncClient) -> None:
    """With an anonymous role a person of this machine views without a token and trades with none."""
    assert (await stranger.get("/api/v1/holdings")).status_code == 200
    answer = await stranger.post("/api/v1/orders", json={"symbol": "A", "legs": []})
    assert answer.json()["detail"] == "anonymous has the role viewer; this needs the role trader"
    wrong = {"Authorization": f"Bearer {new_token()}"}
    assert (await stranger.get("/api/v1/holdings", headers=wrong)).status_code == 401


@pytest.mark.usefixtures("open_house")
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://localhost:5173"}, 200),
        ({"Origin": "http://127.0.0.1:5173"}, 200),
        ({"Origin": "https://evil.example"}, 401),
        ({"Origin": "null"}, 401),
        ({"Host": "rebound.evil.example:3001"}, 401),
        ({"Host": "[::1]:3001"}, 200),
        ({"Host": "["}, 401),
        ({"Origin": "http://["}, 401),
    ],
)
async def test_keeps_foreign_pages_out_of_the_open_house(
    stranger: httpx.AsyncClient, headers: dict[str, str], status: int
) -> None:
    """A web page of elsewhere does not become the anonymous viewer through a person's browser."""
    assert (await stranger.get("/api/v1/holdings", headers=headers)).status_code == status


@pytest.mark.usefixtures("open_house")
async def test_keeps_foreign_pages_off_websockets(address: str) -> None:
    """A browser lets any page open a WebSocket to anywhere, so the server looks at the origin."""
    with pytest.raises(InvalidStatus):
        await open_and_echo(address, {"Origin": "https://evil.example"})
    await open_and_echo(address, {"Origin": f"http://{address}"})
