"""What `stockbot up` tells the console and `stockbot status` about its processes."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from stockbot.local.bulletin import Bulletin, services_of
from stockbot.local.credentials import Credentials
from stockbot.local.data_folder import DataFolder
from stockbot.local.environment import Surroundings
from stockbot.local.platform import Platform
from stockbot.local.states import Phase, State
from stockbot.local.units import units
from stockbot.runtime.fleet import Condition, Service
from stockbot.runtime.fleet.report import has_report, read_report
from stockbot.spec import ServiceType, TradingService
from stockbot.testing.clock import START, FixedClock

MakeDocument = Callable[..., TradingService]
READY = State(Phase.READY, started_at=940.0)


@pytest.fixture
def platform(make_document: MakeDocument, tmp_path: Path) -> Platform:
    """A gateway of two shards, a risk guardian, a suspended dashboard, and an alert manager that is not built."""
    documents = [
        make_document("gateway", "MarketDataGateway", replicas=2),
        make_document("risk", "RiskGuardian"),
        make_document("ui", "Dashboard", suspend=True),
        make_document("alerts", "AlertManager"),
    ]
    found = units(
        documents,
        port_offset=0,
        free_port=lambda: 50_000,
        is_built=lambda kind: kind is not ServiceType.ALERT_MANAGER,
    )
    secret = SecretStr("")
    surroundings = Surroundings(secret, secret, tmp_path, tmp_path / "tokens.json", {})
    return Platform(found, DataFolder(tmp_path), surroundings, Credentials(secret, {}, pinned=False), None)


def states(platform: Platform, **others: State) -> dict[str, State]:
    running = {"gateway": READY, "gateway/1": READY, "risk": READY}
    return platform.idle_states() | running | {name.replace("__", "/"): state for name, state in others.items()}


def told(platform: Platform, **others: State) -> dict[str, Service]:
    def time_of(second: float) -> datetime:
        return START + timedelta(seconds=second - 1000.0)

    return {one.name: one for one in services_of(platform, states(platform, **others), time_of)}


def test_shards_are_one_service(platform: Platform) -> None:
    """With a count of those that are ready, and each process with its log."""
    gateway = told(platform)["gateway"]
    assert (gateway.condition, gateway.ready, gateway.wanted) == (Condition.READY, 2, 2)
    assert (gateway.endpoint, gateway.since) == ("http://localhost:3001", START - timedelta(seconds=60))
    logs = [one.place.rpartition("/")[2] for one in gateway.instances]
    assert logs == ["gateway.log", "gateway.1.log"]


def test_a_service_stands_as_its_worst_process(platform: Platform) -> None:
    """And says which one it is, and why."""
    crashed = State(Phase.BACKING_OFF, reason="exit code 3", crashes=2, restarts=1, retry_at=1004.0)
    gateway = told(platform, gateway__1=crashed)["gateway"]
    assert (gateway.condition, gateway.ready) == (Condition.RESTARTING, 1)
    assert gateway.reason == "gateway/1: crashed twice (exit code 3)"
    assert (gateway.instances[1].since, gateway.instances[1].restarts) == (None, 1)


def test_what_does_not_run_is_listed(platform: Platform) -> None:
    """Nothing is wanted of it, and it has no address."""
    found = told(platform)
    assert [(found[name].condition, found[name].wanted, found[name].endpoint) for name in ("ui", "alerts")] == [
        (Condition.SUSPENDED, 0, ""),
        (Condition.NOT_BUILT, 0, ""),
    ]


def test_a_ready_service_says_what_it_works_without(platform: Platform) -> None:
    """It is ready, and not all is well."""
    risk = told(platform, risk=State(Phase.READY, started_at=940.0, reason="prices: 1 of 20 is stale"))["risk"]
    assert (risk.condition, risk.is_degraded, risk.reason) == (Condition.READY, True, "prices: 1 of 20 is stale")


def test_it_is_written_when_something_changes(platform: Platform, tmp_path: Path) -> None:
    """And every five seconds as a sign of life; gone when the platform is."""
    clock = FixedClock()
    bulletin = Bulletin(platform, clock, lambda _: None)

    def written_at() -> datetime:
        return read_report(tmp_path, clock.now()).at

    bulletin.publish(states(platform))
    clock.advance(4.9)
    bulletin.publish(states(platform))
    assert written_at() == START
    clock.advance(0.1)
    bulletin.publish(states(platform))
    assert written_at() == START + timedelta(seconds=5)
    clock.advance(0.1)
    bulletin.publish(states(platform, risk=State(Phase.NOT_READY, started_at=940.0, reason="the bus is away")))
    assert read_report(tmp_path, clock.now()).services[2].reason == "the bus is away"
    bulletin.withdraw()
    assert not has_report(tmp_path)


def test_a_folder_that_cannot_be_written_is_said_once(platform: Platform, tmp_path: Path) -> None:
    """The platform goes on; once the folder takes it again, it is written."""
    said: list[str] = []
    clock = FixedClock()
    bulletin = Bulletin(platform, clock, said.append)
    (tmp_path / "services.json").mkdir()
    for _ in range(3):
        bulletin.publish(states(platform))
    (line,) = said
    assert line.startswith("the console and `stockbot status` are not told how services stand: ")
    (tmp_path / "services.json").rmdir()
    bulletin.publish(states(platform))
    assert has_report(tmp_path)
