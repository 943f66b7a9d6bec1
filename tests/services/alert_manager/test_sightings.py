"""What is seen of a service over HTTP and on the bus, whatever it answers."""

import asyncio

import httpx
import pytest
from tests.services.alert_manager.alert_process import Watchable

from stockbot.alert_manager.sightings import Target, alive_sources, look_at, name_of, targets_of, with_alive_keys
from stockbot.events.streams import alive_key
from stockbot.model.alerts.watchdog import Sighting
from stockbot.runtime.bus import Bus
from stockbot.testing.fake_service import running
from stockbot.testing.provider import FakeProvider, hangs, resets


def target(url: str) -> Target:
    return Target("risk-guardian", "RiskGuardian", url)


async def seen(url: str) -> Sighting:
    async with httpx.AsyncClient(trust_env=False) as client:
        (found,) = await look_at([target(url)], client)
    return found


async def test_ready_and_not_ready() -> None:
    """The reasons of /readyz come as words and as the names of the checks."""
    with running(Watchable()) as service:
        assert (await seen(service.url)).ready is True
        service.not_ready = "the prices are old"
        found = await seen(service.url)
    assert (found.ready, found.failing) == (False, ("providers",))
    assert "providers: the prices are old" in found.reason


@pytest.mark.parametrize("body", [b"<html>", b"{}", b'{"ready": "yes"}', b"\xff\xfe", b'[{"ready": true}]'])
async def test_an_answer_of_something_else(body: bytes) -> None:
    """Whatever listens there, it is no service of ours, and the look does not fail."""
    with running(Watchable(broken=body)) as service:
        found = await seen(service.url)
    assert found.ready is False
    assert "no service of Stockbot" in found.reason


async def test_a_closed_port_and_an_address_that_is_none() -> None:
    """It cannot be reached, and the reason says where it was looked for."""
    with running(Watchable()) as service:
        url = service.url
    for address in (url, "http://[::bad", "http://nowhere.invalid:1"):
        assert (await seen(address)).ready is False


@pytest.mark.parametrize("misbehaviour", [hangs, resets])
async def test_one_that_hangs_or_breaks_off(misbehaviour: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """The look has a time limit, and an answer that breaks off is none."""
    monkeypatch.setattr("stockbot.alert_manager.sightings.TIMEOUT_SECONDS", 0.3)
    async with FakeProvider() as fake:
        fake.misbehave(misbehaviour)  # type: ignore[arg-type]
        assert (await seen(fake.url)).ready is False


async def test_all_are_asked_at_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred that hang cost as long as one."""
    monkeypatch.setattr("stockbot.alert_manager.sightings.TIMEOUT_SECONDS", 0.3)
    async with FakeProvider() as fake, httpx.AsyncClient(trust_env=False) as client:
        fake.misbehave(hangs)
        async with asyncio.timeout(20):
            found = await look_at([target(fake.url)] * 100, client)
    assert [one.ready for one in found] == [False] * 100


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("http://127.0.0.1:3002", "risk-guardian"),
        ("http://localhost:3002", "risk-guardian"),
        ("http://my-risk.stockbot.svc:3002", "my-risk"),
        ("http://10.0.0.7:3002", "risk-guardian"),
        ("http://[fe80::1]:3002", "risk-guardian"),
    ],
)
def test_a_service_has_its_documents_name_where_the_address_tells(url: str, name: str) -> None:
    """On a cluster the host is the document's name; an address of a machine tells nothing."""
    assert name_of("RiskGuardian", url) == name


def test_it_does_not_ask_itself() -> None:
    """The Alert Manager's own endpoint is left out."""
    ends = {"AlertManager": "http://127.0.0.1:3005", "Dashboard": "http://127.0.0.1:5173"}
    assert [one.type for one in targets_of(ends, leave_out="AlertManager")] == ["Dashboard"]


async def test_heartbeats_on_a_real_bus(bus: Bus) -> None:
    """Every alive key is found, among many others."""
    for number in range(1200):
        await bus.commands.set(f"stockbot:quote:{number}", b"1")
    for source in ("risk-guardian/0", "market-data-gateway/1"):
        await bus.commands.set(alive_key(source), b"1")
    assert await alive_sources(bus) == {"risk-guardian/0", "market-data-gateway/1"}


def test_a_heartbeat_that_was_seen_and_is_gone() -> None:
    """It counts against its service; a further shard is a sighting of its own; ours is left out."""
    asked = [Sighting(name="risk-guardian", type="RiskGuardian", ready=True)]
    known = {"risk-guardian/0", "market-data-gateway/1", "alert-manager/0"}
    found = {one.name: one.alive for one in with_alive_keys(asked, {"dashboard/0"}, known, leave_out="alert-manager")}
    assert found == {"risk-guardian": False, "market-data-gateway/1": False, "dashboard/0": True}


def test_without_a_bus_nobody_is_declared_dead() -> None:
    """Heartbeats are not known then, and the answers alone count."""
    asked = [Sighting(name="risk-guardian", type="RiskGuardian", ready=True)]
    assert with_alive_keys(asked, None, {"risk-guardian/0"}, leave_out="alert-manager") == asked
