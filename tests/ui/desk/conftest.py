"""A whole platform of fakes, and a console that asks it: for the tests of the desk's pages."""

from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest
from nicegui import ui

from stockbot.runtime.auth import Principal, Role
from stockbot.testing import desk_scenes as scenes
from stockbot.testing.alarms import FakeAlarms
from stockbot.testing.bookkeeper import FakeBookkeeper
from stockbot.testing.clock import START
from stockbot.testing.console_desk import PEOPLE, Desk, open_desk
from stockbot.testing.engine import FakeEngine
from stockbot.testing.fake_service import TOKEN, FakeService, running
from stockbot.testing.gateway import FakeGateway
from stockbot.testing.guardian import FakeGuardian
from stockbot.testing.orchestrator import FakeOrchestrator
from stockbot.testing.scenes import market, provider, trading_day
from stockbot.testing.trading_scenes import decisions, exposure, limits, strategy

KNOWN = {TOKEN: Principal("dashboard", Role.VIEWER)} | PEOPLE


def _alarms() -> FakeAlarms:
    return FakeAlarms(
        alerts=scenes.alerts(START),
        channels=scenes.channels(START),
        silences=[scenes.silence(START)],
        services=scenes.watched(START),
        undeliverable={"night-mail": "the mail server does not answer"},
        known=KNOWN,
    )


@dataclass
class Platform:
    gateway: FakeGateway = field(
        default_factory=lambda: FakeGateway(
            quotes=market(START), providers=[provider()], exchanges=[trading_day(START)]
        )
    )
    orchestrator: FakeOrchestrator = field(
        default_factory=lambda: FakeOrchestrator(
            strategies=[strategy()], signals=scenes.signals_with_quotes(START), known=KNOWN
        )
    )
    guardian: FakeGuardian = field(
        default_factory=lambda: FakeGuardian(
            limits=limits(), exposures=[exposure()], decisions=decisions(START), known=KNOWN
        )
    )
    engine: FakeEngine = field(
        default_factory=lambda: FakeEngine(
            orders=scenes.orders(START),
            executions=scenes.executions(START),
            details=scenes.details(START),
            reconciliation=scenes.reconciliation(START, scenes.drift(START)),
            closes=[{"symbol": "AAPL", "side": "sell", "quantity": "110", "strategy": "trend", "correlationid": None}],
            known=KNOWN,
        )
    )
    bookkeeper: FakeBookkeeper = field(
        default_factory=lambda: FakeBookkeeper(
            accounts=[scenes.account(START)],
            positions=scenes.positions(START),
            trades=scenes.trades(START),
            entries=scenes.entries(START),
            equity=scenes.equity(START, 60),
            performance=scenes.performance(),
            known=KNOWN,
        )
    )
    alarms: FakeAlarms = field(default_factory=_alarms)

    @property
    def services(self) -> tuple[FakeService, ...]:
        return (self.gateway, self.orchestrator, self.guardian, self.engine, self.bookkeeper, self.alarms)


@pytest.fixture
def platform() -> Iterator[Platform]:
    made = Platform()
    with ExitStack() as stack:
        for fake in made.services:
            stack.enter_context(running(fake))
        yield made


@pytest.fixture
async def desk(platform: Platform) -> AsyncIterator[Desk]:
    async with open_desk(*platform.services) as opened:  # type: ignore[arg-type] # in the order of its arguments
        await opened.ask()
        yield opened


def rows(desk: Desk, place: int = 0) -> list[dict[str, Any]]:
    grids = sorted(desk.user.find(ui.aggrid).elements, key=lambda grid: grid.id)
    found: list[dict[str, Any]] = grids[place].options["rowData"]
    return found
