"""The HTTP API over a real database, asked in the process by a viewer, a trader and an admin."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import select
from tests.services.alert_manager.conftest import Parts

from stockbot.alert_manager.api import alerts_api
from stockbot.alert_manager.quiet_api import channels_api, silences_api
from stockbot.alert_manager.tables import ACTIONS
from stockbot.events.alerts import Severity
from stockbot.model.alerts.watchdog import Sighting, Watched
from stockbot.runtime.auth import Authenticator, Role, token_record, write_tokens
from stockbot.runtime.health import Liveness, Readiness
from stockbot.runtime.metrics import Metrics
from stockbot.runtime.web import create_app
from stockbot.testing.clock import START

VIEWER, TRADER = ({"Authorization": f"Bearer sbt_{role}"} for role in ("viewer", "trader"))
SEEN = {"bus": Watched(sighting=Sighting(name="bus", type="Bus", ready=False, reason="refused"), since=START)}


@pytest.fixture
async def client(parts: Parts, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    tokens = tmp_path / "tokens.json"
    write_tokens(tokens, [token_record(str(role), role, f"sbt_{role}") for role in Role])
    app = create_app(
        "alert-manager",
        readiness=Readiness(),
        liveness=Liveness(parts.clock),
        authenticator=Authenticator.from_file(tokens),
        metrics=Metrics(CollectorRegistry()),
        clock=parts.clock,
        routers=[
            alerts_api(parts.database, parts.records, parts.desk, lambda: SEEN),
            silences_api(parts.database, parts.clock),
            channels_api(parts.database, list(parts.dispatches.values()), "http://console", parts.clock),
        ],
    )
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=VIEWER) as client:
        yield client


async def items(client: httpx.AsyncClient, path: str) -> list[dict[str, Any]]:
    answer = await client.get(f"/api/v1/{path}")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def actions(parts: Parts) -> list[tuple[str, str]]:
    query = select(ACTIONS.c.who, ACTIONS.c.what).order_by(ACTIONS.c.number)
    return [(who, what) for who, what in await parts.database.read(lambda c: c.execute(query).all())]


async def test_the_inbox_in_pages_and_filtered(parts: Parts, client: httpx.AsyncClient) -> None:
    """The newest first, by state and severity, with what became of each in each channel."""
    await parts.report(parts.alert("a/x"), parts.alert("b/x", severity=Severity.CRITICAL))
    await parts.report(parts.alert("a/x", resolved=True), parts.alert("c/x"))
    await parts.deliver(4)
    assert [one["fingerprint"] for one in await items(client, "alerts")] == ["c/x", "b/x", "a/x"]
    assert [one["fingerprint"] for one in await items(client, "alerts?state=open&severity=warning")] == ["c/x"]
    (over,) = await items(client, "alerts?state=resolved")
    assert [(one["channel"], one["state"], one["attempts"]) for one in over["deliveries"]] == [
        ("mail", "delivered", 1),
        ("mail", "delivered", 1),
    ]
    first = (await client.get("/api/v1/alerts?limit=2")).json()
    second = (await client.get("/api/v1/alerts", params={"limit": 2, "cursor": first["next"]})).json()
    numbers = [one["number"] for one in first["items"] + second["items"]]
    assert (len(numbers), numbers) == (3, sorted(numbers, reverse=True))
    assert second["next"] is None


async def test_a_trader_acknowledges_and_it_is_kept_who(parts: Parts, client: httpx.AsyncClient) -> None:
    """A viewer may not; an alert that is not there is a 404; the record says who."""
    await parts.report(parts.alert())
    (found,) = await items(client, "alerts")
    path = f"/api/v1/alerts/{found['alert_id']}/ack"
    assert (await client.post(path, json={})).status_code == 403
    assert (await client.post("/api/v1/alerts/none/ack", json={}, headers=TRADER)).status_code == 404
    done = (await client.post(path, json={"note": "on it"}, headers=TRADER)).json()
    assert (done["state"], done["acknowledged_by"], done["note"]) == ("acknowledged", "trader", "on it")
    assert (await client.get(f"/api/v1/alerts/{found['alert_id']}")).json() == done
    assert await actions(parts) == [("trader", "acknowledge")]


async def test_silences_begin_and_end(parts: Parts, client: httpx.AsyncClient) -> None:
    """A trader's, with an end; it shows at the alert; it can be ended early; all of it is recorded."""
    await parts.report(parts.alert())
    body = {"service": "risk-guardian", "minutes": 30, "reason": "moving house"}
    assert (await client.post("/api/v1/silences", json=body)).status_code == 403
    made = await client.post("/api/v1/silences", json=body, headers=TRADER)
    assert made.status_code == 201
    silence = made.json()
    assert (silence["matchers"], silence["created_by"], silence["active"]) == (
        {"service": "risk-guardian"},
        "trader",
        True,
    )
    (found,) = await items(client, "alerts")
    assert found["silenced_until"] == (START + timedelta(minutes=30)).isoformat().replace("+00:00", "Z")
    ended = await client.delete(f"/api/v1/silences/{silence['silence_id']}", headers=TRADER)
    assert ended.json()["active"] is False
    assert [one["active"] for one in await items(client, "silences")] == [False]
    assert (await client.delete("/api/v1/silences/none", headers=TRADER)).status_code == 404
    assert await actions(parts) == [("trader", "silence"), ("trader", "end silence")]


@pytest.mark.parametrize(
    "body",
    [
        {"minutes": 30, "reason": "everything"},
        {"service": "x", "minutes": 0, "reason": "no time"},
        {"service": "x", "minutes": 10**6, "reason": "for ever"},
        {"service": "x", "minutes": 5, "reason": ""},
        {"service": "x", "minutes": 5, "reason": "a\0b"},
        {"severity": "bad", "minutes": 5, "reason": "x"},
        {"label": "x", "minutes": 5, "reason": "x"},
    ],
)
async def test_a_silence_without_matcher_end_or_reason_is_refused(
    client: httpx.AsyncClient, body: dict[str, object]
) -> None:
    """Nobody silences everything, for ever, or without saying why."""
    answer = await client.post("/api/v1/silences", json=body, headers=TRADER)
    assert answer.status_code == 422
    assert await items(client, "silences") == []


async def test_channels_and_their_test_button(parts: Parts, client: httpx.AsyncClient) -> None:
    """Kind and state, never an address; a test is delivered or says why not, and is recorded."""
    parts.wires["phone"].refuses = "no network"
    await parts.report(parts.alert(severity=Severity.CRITICAL))
    await parts.deliver(1)
    await parts.deliver(1)
    shown = {one["name"]: one for one in await items(client, "channels")}
    assert (shown["mail"]["kind"], shown["mail"]["pending"], shown["mail"]["last_error"]) == ("json", 0, None)
    assert (shown["phone"]["pending"], shown["phone"]["last_error"]) == (1, "no network")
    assert shown["phone"]["muted_until"] is not None
    assert "token" not in str(shown)
    assert (await client.post("/api/v1/channels/mail/test")).status_code == 403
    good = await client.post("/api/v1/channels/mail/test", headers=TRADER)
    bad = await client.post("/api/v1/channels/phone/test", headers=TRADER)
    assert (good.json(), bad.json()) == (
        {"delivered": True, "reason": ""},
        {"delivered": False, "reason": "no network"},
    )
    unknown = await client.post("/api/v1/channels/fax/test", headers=TRADER)
    assert (unknown.status_code, "mail, phone" in unknown.json()["detail"]) == (404, True)
    assert await actions(parts) == [("trader", "test channel")] * 2


async def test_what_the_watchdog_sees(client: httpx.AsyncClient) -> None:
    """Every service, the bus and the database, with the reason and since when."""
    assert await items(client, "services") == [
        {
            "name": "bus",
            "type": "Bus",
            "url": None,
            "ready": False,
            "alive": None,
            "reason": "refused",
            "since": "2026-03-02T15:00:00Z",
        }
    ]
