"""The API of a shard in this process: what it lists, who may change what, and how it refuses nonsense."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client import CollectorRegistry
from tests.services.strategy_orchestrator.test_feedback import signal
from tests.services.strategy_orchestrator.world import TRADER, TREND, strategy

from stockbot.runtime.auth import Authenticator, Role, token_record, write_tokens
from stockbot.runtime.bus import BroadcastReader, Bus, ShardNotes
from stockbot.runtime.database import Database
from stockbot.runtime.health import Liveness, Readiness
from stockbot.runtime.metrics import Metrics
from stockbot.runtime.outbox import Writer
from stockbot.runtime.web import create_app
from stockbot.spec.strategy_orchestrator import Strategy
from stockbot.strategy_orchestrator import register, store
from stockbot.strategy_orchestrator.api import orchestrator_api
from stockbot.strategy_orchestrator.assignments import Shard
from stockbot.strategy_orchestrator.calendars import Calendars
from stockbot.strategy_orchestrator.items import Runs
from stockbot.strategy_orchestrator.ledger import Ledger
from stockbot.strategy_orchestrator.own_strategies import OwnStrategies
from stockbot.strategy_orchestrator.roster import Roster
from stockbot.strategy_orchestrator.service import Orchestrator
from stockbot.strategy_orchestrator.strategy_thread import StrategyThread
from stockbot.strategy_orchestrator.tables import METADATA, OUTBOX
from stockbot.testing.clock import START, FixedClock
from stockbot.testing.databases import sqlite_url

VIEWER = "sbt_of-a-viewer"
SPECS = [
    Strategy.model_validate(each)
    for each in (TREND, strategy("idle", "BuyAndHold", enabled=False), strategy("odd", "No"))
]


@dataclass
class Api:
    client: httpx.AsyncClient
    database: Database
    roster: Roster
    clock: FixedClock

    async def get(self, path: str, **parameters: Any) -> Any:
        answer = await self.client.get(f"/api/v1/{path}", params=parameters or None)
        return answer.json()

    async def post(self, path: str, token: str = TRADER, **body: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"}
        return await self.client.post(f"/api/v1/{path}", json=body, headers=headers)


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    clock = FixedClock()
    bus = Bus("redis://127.0.0.1:1/0", clock=clock, metrics=Metrics(CollectorRegistry()))
    database = Database.open(sqlite_url(tmp_path))
    await database.run(METADATA.create_all)
    roster = Roster(account="paper", shard=Shard(0, 1))
    roster.open(SPECS, OwnStrategies(), [], {}, clock.now())
    orchestrator = Orchestrator(
        specs=SPECS,
        folder=None,
        account="paper",
        roster=roster,
        watches={},
        calendars=Calendars(bus),
        thread=StrategyThread(clock),
        storage=database,
        ledger=Ledger(Writer(OUTBOX, "strategy-orchestrator/0")),
        bus=bus,
        reader=BroadcastReader(bus, []),
        committed=lambda: None,
    )
    notes = ShardNotes(bus, Runs, source="strategy-orchestrator/0", shards=1, lifetime=15)
    tokens = tmp_path / "tokens.json"
    write_tokens(tokens, [token_record("ann", Role.TRADER, TRADER), token_record("vi", Role.VIEWER, VIEWER)])
    app = create_app(
        "strategy-orchestrator",
        readiness=Readiness(),
        liveness=Liveness(clock),
        authenticator=Authenticator.from_file(tokens),
        metrics=bus.metrics,
        clock=clock,
        routers=[orchestrator_api(orchestrator, database, notes, clock)],
    )
    headers = {"Authorization": f"Bearer {VIEWER}"}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://localhost", headers=headers
    ) as client:
        yield Api(client, database, roster, clock)
    await bus.close()
    await database.close()


async def test_lists_the_strategies(api: Api) -> None:
    """By name and in pages, each with what is wanted of it and where it stands."""
    first = await api.get("strategies", limit=2)
    second = await api.get("strategies", limit=2, cursor=first["next"])
    items = [*first["items"], *second["items"]]
    assert [(item["id"], item["desired"], item["state"]) for item in items] == [
        ("idle", "stopped", "STOPPED"),
        ("odd", "running", "STOPPED"),
        ("trend", "running", "STOPPED"),
    ]
    assert second["next"] is None
    assert items[2]["class"] == "MovingAverageCross"
    assert items[2]["parameters"]["fast"] == 2
    assert items[2]["sizing"] == {"fixedQuantity": "10"}


async def test_shows_one_with_its_schema(api: Api) -> None:
    """The schema makes a form; a class that is not there has none."""
    shown = await api.get("strategies/trend")
    assert shown["text"].startswith("Follows the trend")
    assert "Bars of the fast average." in str(shown["schema"])
    assert (await api.get("strategies/odd"))["schema"] is None
    assert (await api.client.get("/api/v1/strategies/none")).json()["detail"] == (
        "none is not a strategy of this orchestrator; it has idle, odd, trend"
    )


@pytest.mark.parametrize(
    ("path", "desired", "state"),
    [("start", "running", "WARMING"), ("pause", "paused", "PAUSED"), ("stop", "stopped", "STOPPED")],
)
async def test_a_trader_says_what_is_wanted(api: Api, path: str, desired: str, state: str) -> None:
    """Who, when and why are kept, and the roster obeys; the latest of several requests counts."""
    assert (await api.post("strategies/idle/stop", reason="first")).status_code == 202
    answer = await api.post(f"strategies/idle/{path}", reason="because")
    shown = answer.json()
    assert (answer.status_code, shown["desired"], shown["changed_by"]) == (202, desired, "ann")
    assert (shown["changed_because"], shown["changed_at"]) == ("because", "2026-03-02T15:00:00Z")
    requests = await api.database.read(register.requests)
    api.roster.obey(requests, api.clock.now())
    assert api.roster.members["idle"].state == state


@pytest.mark.parametrize(
    ("path", "token", "body", "status"),
    [
        ("strategies/trend/stop", VIEWER, {"reason": "no"}, 403),
        ("strategies/trend/stop", TRADER, {}, 422),
        ("strategies/trend/stop", TRADER, {"reason": ""}, 422),
        ("strategies/trend/stop", TRADER, {"reason": "a", "force": True}, 422),
        ("strategies/trend/stop", TRADER, {"reason": "a\0b"}, 422),
        ("strategies/none/stop", TRADER, {"reason": "a"}, 404),
    ],
)
async def test_refuses_who_may_not_and_what_makes_no_sense(
    api: Api, path: str, token: str, body: dict[str, Any], status: int
) -> None:
    """Nothing is kept of it."""
    assert (await api.post(path, token, **body)).status_code == status
    assert await api.database.read(register.requests) == {}


async def test_lists_signals_newest_first(api: Api) -> None:
    """In pages, of one strategy, of one chain."""
    for number in range(5):
        await api.database.run(partial(store.add_signal, event=signal(f"s{number}")))
    first = await api.get("signals", limit=3, strategy="trend")
    second = await api.get("signals", limit=3, strategy="trend", cursor=first["next"])
    assert [item["id"] for item in (*first["items"], *second["items"])] == ["s4", "s3", "s2", "s1", "s0"]
    assert first["items"][0]["signal"]["quantity"] == "10"
    assert first["items"][0]["made_at"] == START.isoformat().replace("+00:00", "Z")
    assert (await api.get("signals", strategy="idle"))["items"] == []
    assert len((await api.get("signals", correlationid="chain"))["items"]) == 5
    assert (await api.get("signals", correlationid="other"))["items"] == []
    assert (await api.get("strategies/trend"))["last_signal"]["id"] == "s4"


@pytest.mark.parametrize("cursor", ["WzFd", "WyJhIiwiYiJd", "WyJhIl0", "no", "WyIyMDI2LTAxLTAxVDAwOjAwOjAwIiwiYSJd"])
async def test_refuses_a_cursor_of_another_list(api: Api, cursor: str) -> None:
    """It is a mistake in the question."""
    assert (await api.client.get("/api/v1/signals", params={"cursor": cursor})).status_code == 422


async def test_lists_the_classes(api: Api) -> None:
    """All that are built in, each with the schema of its parameters."""
    items = (await api.get("catalogue"))["items"]
    assert [item["name"] for item in items] == sorted(item["name"] for item in items)
    assert {"BuyAndHold", "MovingAverageCross"} <= {item["name"] for item in items}
    assert all(item["parameters"] and item["text"] for item in items)
