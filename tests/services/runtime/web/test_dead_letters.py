"""Dead letters over HTTP: seen by a viewer, replayed or resolved by an admin, on both databases."""

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import httpx
import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import MetaData

from stockbot.events.streams import ORDERS
from stockbot.runtime.auth import Authenticator, Role, token_record, write_tokens
from stockbot.runtime.database import Database
from stockbot.runtime.dead_letters import DeadLetter, dead_letter_table, put_aside
from stockbot.runtime.health import Liveness, Readiness
from stockbot.runtime.metrics import Metrics
from stockbot.runtime.web import create_app
from stockbot.runtime.web.dead_letters import dead_letters_api
from stockbot.testing.clock import START, FixedClock

METADATA = MetaData()
LETTERS = dead_letter_table(METADATA, "test_")
VIEWER, TRADER, ADMIN = ({"Authorization": f"Bearer sbt_{role}"} for role in ("viewer", "trader", "admin"))
FIRST, SECOND = (f"risk-guardian/execution-engine/0/1.a/{number}" for number in (1, 2))
BECAUSE = {"reason": "the price came late"}


@pytest.fixture
async def client(database: Database, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A viewer of a service with two letters."""
    await database.run(METADATA.create_all)
    kept = [DeadLetter(name, ORDERS, "risk-guardian", "no price", b'{"id": "\xff"}', START) for name in (FIRST, SECOND)]
    await database.run(partial(put_aside, table=LETTERS, letters=kept))
    tokens, clock = tmp_path / "tokens.json", FixedClock()
    write_tokens(tokens, [token_record(str(role), role, f"sbt_{role}") for role in Role])
    app = create_app(
        "example",
        readiness=Readiness(),
        liveness=Liveness(clock),
        authenticator=Authenticator.from_file(tokens),
        metrics=Metrics(CollectorRegistry()),
        clock=clock,
        routers=[dead_letters_api(database, LETTERS, clock)],
    )
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=VIEWER) as client:
        yield client


async def listed(client: httpx.AsyncClient, query: str = "") -> list[str]:
    answer = await client.get(f"/api/v1/dead-letters{query}")
    assert answer.status_code == 200, answer.text
    return [item["letter_id"] for item in answer.json()["items"]]


async def test_a_viewer_sees_letters_in_pages(client: httpx.AsyncClient) -> None:
    """Everything about each, its event as text, the newest first."""
    first = (await client.get("/api/v1/dead-letters?limit=1")).json()
    assert first["items"] == [
        {
            "letter_id": SECOND,
            "stream": ORDERS,
            "consumer": "risk-guardian",
            "reason": "no price",
            "received_at": START.isoformat().replace("+00:00", "Z"),
            "resolved_at": None,
            "resolution": None,
            "document": '{"id": "\ufffd"}',
        }
    ]
    assert await listed(client, f"?cursor={first['next']}") == [FIRST]


@pytest.mark.parametrize("written", [FIRST, FIRST.replace("/", "%2F")])
async def test_an_admin_asks_for_a_replay(client: httpx.AsyncClient, written: str) -> None:
    """The slashes of an id may be written as they are or encoded; the letter stays open until it is taken in."""
    answer = await client.post(f"/api/v1/dead-letters/{written}/replay", json=BECAUSE, headers=ADMIN)
    assert (answer.status_code, answer.json()["letter_id"]) == (202, FIRST)
    assert answer.json()["resolution"] == "replay asked by admin: the price came late"
    assert await listed(client) == [SECOND, FIRST]


async def test_an_admin_resolves(client: httpx.AsyncClient) -> None:
    """The letter is over, with who, when and why; a second word is a conflict."""
    path = f"/api/v1/dead-letters/{FIRST}/resolve"
    answer = await client.post(path, json=BECAUSE, headers=ADMIN)
    assert (answer.status_code, answer.json()["resolution"]) == (200, "resolved by admin: the price came late")
    assert answer.json()["resolved_at"] is not None
    assert [await listed(client, f"?state={state}") for state in ("open", "resolved", "all")] == [
        [SECOND],
        [FIRST],
        [SECOND, FIRST],
    ]
    assert (await client.post(path, json=BECAUSE, headers=ADMIN)).status_code == 409


@pytest.mark.parametrize("word", ["replay", "resolve"])
async def test_who_may_not_and_what_is_not_there(client: httpx.AsyncClient, word: str) -> None:
    """A trader has no say in it, a reason is needed, and an unknown letter is not found; nothing changes."""
    path = f"/api/v1/dead-letters/{FIRST}/{word}"
    assert (await client.post(path, json=BECAUSE, headers=TRADER)).status_code == 403
    assert (await client.post(path, json={"reason": ""}, headers=ADMIN)).status_code == 422
    assert (await client.post(path, json={"reason": "  "}, headers=ADMIN)).status_code == 400
    unknown = await client.post(f"/api/v1/dead-letters/a/b/{word}", json=BECAUSE, headers=ADMIN)
    assert (unknown.status_code, unknown.json()["detail"]) == (404, "there is no dead letter a/b here")
    items = (await client.get("/api/v1/dead-letters")).json()["items"]
    assert [item["resolution"] for item in items] == [None, None]


@pytest.mark.parametrize("cursor", ["WzFd", "WyJ4IiwieSJd", "WyIyMDI2LTAxLTAxVDAwOjAwOjAwIiwieSJd"])
async def test_another_lists_cursor_is_refused(client: httpx.AsyncClient, cursor: str) -> None:
    """A number, words that are no time, and a time without a zone."""
    assert (await client.get(f"/api/v1/dead-letters?cursor={cursor}")).status_code == 422
