"""The watch on a real bus: what it reports once, what it remembers after a restart."""

from datetime import timedelta

import httpx
import pytest
from tests.services.alert_manager.alert_process import Watchable
from tests.services.alert_manager.conftest import Parts

from stockbot.alert_manager.sightings import targets_of
from stockbot.alert_manager.watch import Watch
from stockbot.events.streams import alive_key
from stockbot.model.alerts.matters import Standing
from stockbot.runtime.bus import Bus
from stockbot.testing.fake_service import running


@pytest.fixture
async def bus_of_ours(bus: Bus, parts: Parts) -> Bus:
    await bus.check()
    bus.clock = parts.clock
    return bus


def watch(parts: Parts, bus: Bus, url: str) -> Watch:
    return Watch(
        targets=targets_of({"RiskGuardian": url}, leave_out="AlertManager"),
        bus=bus,
        client=httpx.AsyncClient(trust_env=False),
        records=parts.records,
        desk=parts.desk,
        counters=parts.counters,
        database_trouble=lambda: None,
        me="alert-manager",
        quiet_after=timedelta(seconds=60),
        backbone_after=timedelta(seconds=10),
        every_seconds=5,
    )


async def test_it_reports_once_and_tells_the_end_after_a_restart(parts: Parts, bus_of_ours: Bus) -> None:
    """Quiet for a minute is one report however long it lasts; the next process knows of it and tells the end."""
    with running(Watchable()) as service:
        first = watch(parts, bus_of_ours, service.url)
        service.not_ready = "the prices are old"
        for _ in range(30):
            await first.step()
        (found,) = await parts.matters()
        assert (found.fingerprint, found.count, found.state) == ("quiet/risk-guardian", 1, Standing.OPEN)
        service.not_ready = None
        second = watch(parts, bus_of_ours, service.url)
        await second.step()
        (over,) = await parts.matters()
        assert over.state is Standing.RESOLVED
        for each in (first, second):
            await each.client.aclose()


async def test_a_heartbeat_that_was_told_gone_is_remembered(parts: Parts, bus_of_ours: Bus) -> None:
    """A shard without an address of its own is still watched after a restart, and its return is told."""
    with running(Watchable()) as service:
        await bus_of_ours.commands.set(alive_key("market-data-gateway/1"), b"1")
        first = watch(parts, bus_of_ours, service.url)
        await first.step()
        await bus_of_ours.commands.delete(alive_key("market-data-gateway/1"))
        for _ in range(15):
            await first.step()
        second = watch(parts, bus_of_ours, service.url)
        await second.step()
        await second.step()
        assert second.watched["market-data-gateway/1"].sighting.alive is False
        await bus_of_ours.commands.set(alive_key("market-data-gateway/1"), b"1")
        await second.step()
        (found,) = await parts.matters()
        assert (found.count, found.state) == (1, Standing.RESOLVED)
        for each in (first, second):
            await each.client.aclose()


async def test_a_service_that_is_no_longer_part_of_the_platform(parts: Parts, bus_of_ours: Bus) -> None:
    """Its alert is over when the next document does not have it."""
    first = watch(parts, bus_of_ours, "http://127.0.0.1:1")
    for _ in range(15):
        await first.step()
    second = watch(parts, bus_of_ours, "http://127.0.0.1:1")
    second.targets = ()
    await second.step()
    (found,) = await parts.matters()
    assert (found.fingerprint, found.state) == ("quiet/risk-guardian", Standing.RESOLVED)
    for each in (first, second):
        await each.client.aclose()


async def test_what_another_process_told_is_ended_by_this_one(parts: Parts, bus_of_ours: Bus) -> None:
    """The lease was away for a while: what was reported meanwhile is known when it is back."""
    with running(Watchable()) as service:
        mine, theirs = (watch(parts, bus_of_ours, service.url) for _ in range(2))
        await mine.step()
        await parts.lease.release(parts.database)
        await mine.step()
        assert await parts.lease.acquire(parts.database)  # the other process has it now
        service.not_ready = "the prices are old"
        for _ in range(15):
            await theirs.step()
        service.not_ready = None
        await mine.step()  # and this one again
        (found,) = await parts.matters()
        assert found.state is Standing.RESOLVED
        for each in (mine, theirs):
            await each.client.aclose()
