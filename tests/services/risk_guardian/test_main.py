"""The whole service as a process, from not ready to its first decisions."""

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.services.risk_guardian.conftest import portfolio
from tests.services.risk_guardian.risk_process import RiskProcess, World, world

from stockbot.events.streams import alive_key
from stockbot.runtime.bus import publish_state
from stockbot.testing.bus import SERVERS
from stockbot.testing.databases import sqlite_url
from stockbot.testing.service_process import until

KEY = alive_key("risk-guardian/0")


@pytest.fixture
async def around(bus_servers: Callable[[str], str], tmp_path: Path) -> AsyncIterator[World]:
    async with world(bus_servers(SERVERS[0]), sqlite_url(tmp_path)) as made:
        made.has_books = False
        await made.bus.commands.flushdb()
        yield made


@pytest.fixture
def risk(around: World, bus_servers: Callable[[str], str], tmp_path: Path) -> Iterator[RiskProcess]:
    """A process whose account nobody vouches for yet."""
    made = RiskProcess(folder=tmp_path, bus_url=bus_servers(SERVERS[0]), database_url=sqlite_url(tmp_path))
    made.start()
    yield made
    made.kill()


async def decision(risk: RiskProcess, number: int) -> dict[str, Any]:
    """The decision about the signal of that number, once it is made."""
    found: list[dict[str, Any]] = []

    async def is_decided() -> bool:
        async with risk.client() as client:
            items = (await client.get("/api/v1/decisions")).json()["items"]
        found[:] = [item for item in items if item["signal_id"] == f"signal-{number}"]
        return bool(found)

    await until(is_decided, f"a decision about signal {number}")
    return found[0]


async def test_from_an_unknown_account_to_an_approval(around: World, risk: RiskProcess) -> None:
    """Without a portfolio it says so and denies; with one, and its sender alive, it is ready and approves."""
    async with around.running():
        await until_alive(around)
        await around.send()
        first = await decision(risk, 1)
        assert "ACCOUNT_UNKNOWN" in {reason["code"] for reason in first["reasons"]}
        checks = (await risk.until_ready(ready=False)).json()["checks"]
        assert {check["name"] for check in checks if not check["ok"]} == {"account"}
        await around.bus.commands.set(alive_key("portfolio-manager/0"), b"1")
        await publish_state(around.bus, portfolio(1, through=0))
        notes = (await risk.until_ready()).json()["degraded"]
        assert [note["name"] for note in notes] == ["instruments"]  # there is no gateway to ask
        await around.send()
        assert (await decision(risk, 2))["outcome"] == "approved"


async def test_a_portfolio_whose_sender_is_gone_opens_nothing(around: World, risk: RiskProcess) -> None:
    """Nobody vouches for what the account has: nothing that adds risk passes until its heartbeat is back."""
    async with around.running():
        await publish_state(around.bus, portfolio(1, through=0))
        await risk.until_ready()
        await around.bus.clock.sleep(2.5)  # the watch has seen the portfolio, and the feed its missing heartbeat
        await around.send()
        denied = await decision(risk, 1)
        assert [reason["code"] for reason in denied["reasons"]] == ["SERVICE_SILENT"]


async def test_its_numbers_are_shown(around: World, risk: RiskProcess) -> None:
    """Decisions by outcome and reason, how long they took, and what the account may still do; unknown is absent."""
    async with around.running():
        await until_alive(around)
        await around.send()
        await decision(risk, 1)
        before = await shown(risk)
        assert before["stockbot_risk_denials_total", "ACCOUNT_UNKNOWN"] == 1
        assert ("stockbot_risk_free_cash", "paper") not in before
        await around.bus.commands.set(alive_key("portfolio-manager/0"), b"1")
        await publish_state(around.bus, portfolio(1, through=0))
        await risk.until_ready()
        await around.send()
        await decision(risk, 2)
        await around.bus.clock.sleep(1.5)  # the watch has seen the hold
        after = await shown(risk)
    assert after["stockbot_risk_decisions_total", "denied"] == after["stockbot_risk_decisions_total", "approved"] == 1
    assert after["stockbot_risk_decision_seconds_count", ""] == 2
    assert after["stockbot_risk_open_orders", "paper"] == 1
    assert after["stockbot_risk_equity", "paper"] == 100_000
    assert 0 < after["stockbot_risk_free_cash", "paper"] < 100_000
    assert [after["stockbot_risk_trading_state", state] for state in ("Active", "Reducing", "Halted")] == [1, 0, 0]


async def shown(risk: RiskProcess) -> dict[tuple[str, str], float]:
    """The numbers at /metrics by name and the value of their label."""
    async with risk.client() as client:
        text = (await client.get("/metrics")).text
    samples = (sample for family in text_string_to_metric_families(text) for sample in family.samples)
    return {(sample.name, next(iter(sample.labels.values()), "")): sample.value for sample in samples}


async def test_a_stop_frees_the_lease(around: World, risk: RiskProcess) -> None:
    """After SIGTERM the next process decides at once, and the exit code is that of a proper stop."""
    async with around.running():
        await until_alive(around)
        assert risk.stop() == 0
        rows = await around.database.read(lambda c: c.exec_driver_sql("SELECT holder FROM risk_lease").scalars().all())
    assert list(rows) == [""]


async def until_alive(around: World) -> None:
    async def is_alive() -> bool:
        return await around.bus.commands.get(KEY) is not None

    await until(is_alive, "the alive key")
