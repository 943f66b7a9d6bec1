"""The dead man's switch: risk is gone when its key is, and when the bus has not shown it for 15 seconds."""

import pytest
from prometheus_client import CollectorRegistry
from tests.services.execution_engine.conftest import Floor

from stockbot.events.streams import alive_key
from stockbot.execution_engine.risk_alarm import RiskAlarm
from stockbot.execution_engine.risk_watch import GONE_SECONDS, RiskWatch
from stockbot.runtime.bus import Bus, BusUnavailable
from stockbot.runtime.metrics import Metrics
from stockbot.testing.clock import FixedClock

SOURCE = "risk-guardian/0"


async def test_the_key_says_whether_risk_is_alive(bus: Bus) -> None:
    """Not seen yet, alive, and gone as soon as the key is: it lives for 15 seconds by itself."""
    watch = RiskWatch(bus, SOURCE)
    assert watch.gone() == "risk-guardian/0 was not seen yet"
    await watch.look()
    assert watch.gone() is not None
    await bus.commands.set(alive_key(SOURCE), b"1")
    await watch.look()
    assert watch.gone() is None
    await bus.commands.delete(alive_key(SOURCE))
    await watch.look()
    assert watch.gone() == "risk-guardian/0 has shown no sign of life for 15 s"


async def test_another_source_has_to_be_seen_first(bus: Bus) -> None:
    """The approvals come from another Risk Guardian: the old one's life says nothing about it."""
    watch = RiskWatch(bus, SOURCE)
    await bus.commands.set(alive_key(SOURCE), b"1")
    await watch.look()
    watch.follow(SOURCE)
    assert watch.gone() is None
    watch.follow("risk-guardian/1")
    assert watch.gone() == "risk-guardian/1 was not seen yet"


async def test_a_bus_that_does_not_answer_is_believed_for_a_while(bus_url: str) -> None:
    """Fifteen seconds after the last sight nothing new is opened, though nobody could look."""
    clock = FixedClock()
    bus = Bus(bus_url, clock=clock, metrics=Metrics(CollectorRegistry()))
    await bus.commands.set(alive_key(SOURCE), b"1")
    watch = RiskWatch(bus, SOURCE)
    await watch.look()
    await bus.close()
    away = RiskWatch(Bus("redis://127.0.0.1:1/0", clock=clock, metrics=Metrics(CollectorRegistry())), SOURCE)
    away._seen_at, away._is_absent = watch._seen_at, watch._is_absent
    with pytest.raises(BusUnavailable):
        await away.look()
    clock.advance(GONE_SECONDS)
    assert away.gone() is None
    clock.advance(1)
    assert away.gone() is not None
    await away._bus.close()


async def test_people_are_told_once_that_it_is_gone_and_once_that_it_is_back(floor: Floor, bus: Bus) -> None:
    """After a start risk has twenty seconds to be seen; an outage is one alert, and its end another."""
    watch = RiskWatch(bus, SOURCE)
    alarm = RiskAlarm(floor.desk, watch)
    for _ in range(19):
        await alarm.step()
    assert await floor.alerts() == []
    for _ in range(3):
        await alarm.step()
    assert await floor.alerts() == ["execution/risk-guardian"]
    await bus.commands.set(alive_key(SOURCE), b"1")
    await watch.look()
    for _ in range(3):
        await alarm.step()
    assert len(await floor.alerts()) == 2
