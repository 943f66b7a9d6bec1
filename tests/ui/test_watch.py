"""The questions that the console asks every few seconds."""

from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack

import pytest
from pydantic import SecretStr

from stockbot.testing.clock import START, FixedClock
from stockbot.testing.fake_service import TOKEN, running
from stockbot.testing.gateway import FakeGateway
from stockbot.testing.guardian import FakeGuardian
from stockbot.testing.orchestrator import FakeOrchestrator
from stockbot.testing.scenes import PRICES, market, provider, trading_day
from stockbot.testing.trading_scenes import decisions, exposure, limits, signals, strategy
from stockbot_console.answers import Failure
from stockbot_console.board import Board
from stockbot_console.client import Gateway, Guardian, Orchestrator
from stockbot_console.services import Services, board_of
from stockbot_console.watch import SECONDS, look_at_gateway, look_at_risk, look_at_strategies, repeat

KEY = SecretStr(TOKEN)


@pytest.fixture
def fakes() -> Iterator[tuple[FakeGateway, FakeOrchestrator, FakeGuardian]]:
    gateway = FakeGateway(quotes=market(START), providers=[provider()], exchanges=[trading_day(START)])
    orchestrator = FakeOrchestrator(strategies=[strategy()], signals=signals(START))
    guardian = FakeGuardian(limits=limits(), exposures=[exposure()], decisions=decisions(START))
    with ExitStack() as stack:
        for fake in (gateway, orchestrator, guardian):
            stack.enter_context(running(fake))
        yield gateway, orchestrator, guardian


@pytest.fixture
async def services(fakes: tuple[FakeGateway, FakeOrchestrator, FakeGuardian]) -> AsyncIterator[Services]:
    gateway, orchestrator, guardian = (fake.url for fake in fakes)
    found = Services(
        gateway=Gateway(gateway, KEY), orchestrator=Orchestrator(orchestrator, KEY), guardian=Guardian(guardian, KEY)
    )
    yield found
    for service in found:
        await service.close()


async def test_one_round_fills_the_board_and_waits(services: Services) -> None:
    """Quotes, providers, sessions and readiness come in one round; the next one is some seconds away."""
    clock = FixedClock()
    board, before = Board(clock), clock.now()
    await repeat(look_at_gateway, services.gateway, board)
    assert set(board.state.tracks) == set(PRICES)
    assert board.state.reach is not None
    assert board.state.reach.ready
    assert (clock.now() - before).total_seconds() == SECONDS


async def test_strategies_come_with_their_last_signals(services: Services) -> None:
    """One look brings how every strategy fares, and the journal has the signals of before the console started."""
    assert services.orchestrator is not None
    board = board_of(services, FixedClock())
    await look_at_strategies(services.orchestrator, board)
    said = board.state.strategies
    assert said is not None
    assert not isinstance(said.instances, Failure)
    assert [one.id for one in said.instances] == ["trend"]
    assert [entry.id for entry in board.state.journal.of("trend")] == ["s6", "s4", "s2", "s1"]


async def test_risk_comes_with_its_decisions(services: Services) -> None:
    """One look brings trading state, limits, accounts and what was decided."""
    assert services.guardian is not None
    board = board_of(services, FixedClock())
    await look_at_risk(services.guardian, board)
    said = board.state.risk
    assert said is not None
    assert not isinstance(said.status, Failure)
    assert said.status.effective == "Active"
    assert isinstance(said.limits, tuple)
    assert isinstance(said.exposures, tuple)
    assert [verdict.signal_id for verdict in board.state.journal.denials] == ["s5"]


async def test_a_service_that_is_away_leaves_the_journal(
    services: Services, fakes: tuple[FakeGateway, FakeOrchestrator, FakeGuardian]
) -> None:
    """What was known of signals stays; how the strategies fare is not known, with the reason."""
    assert services.orchestrator is not None
    board = board_of(services, FixedClock())
    await look_at_strategies(services.orchestrator, board)
    fakes[1].stop()
    await look_at_strategies(services.orchestrator, board)
    fakes[1].start()
    assert board.state.strategies is not None
    assert isinstance(board.state.strategies.instances, Failure)
    assert board.state.journal.of("trend")


async def test_a_board_has_a_place_for_what_is_there(services: Services) -> None:
    """A service that the platform does not have is not waited for."""
    board = board_of(Services(gateway=services.gateway), FixedClock())
    assert (board.state.strategies, board.state.risk) == (None, None)
    assert [light.name for light in board.view.lights] == ["Feed", "Bus", "Gateway"]
    assert [light.name for light in board_of(services, FixedClock()).view.lights][3:] == ["Strategies", "Risk"]
