"""The pages of strategies and of risk without a browser: what they say, and what people may do there."""

from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from stockbot.model.risk.trading_state import TradingState, TradingStatus
from stockbot.runtime.auth import Principal, Role
from stockbot.testing.clock import START
from stockbot.testing.console_desk import PEOPLE, Desk, open_desk
from stockbot.testing.fake_service import TOKEN, Act, running
from stockbot.testing.gateway import FakeGateway
from stockbot.testing.guardian import FakeGuardian
from stockbot.testing.orchestrator import FakeOrchestrator
from stockbot.testing.samples import every_event
from stockbot.testing.scenes import market, provider, trading_day
from stockbot.testing.trading_scenes import decisions, exposure, judgement, limits, signals, strategy

CONSOLE = {TOKEN: Principal("dashboard", Role.VIEWER)}
HALT = {"word": "HALT", "reason": " flash crash "}


@dataclass
class Platform:
    gateway: FakeGateway
    orchestrator: FakeOrchestrator
    guardian: FakeGuardian


@pytest.fixture
def platform() -> Iterator[Platform]:
    known = CONSOLE | PEOPLE
    made = Platform(
        FakeGateway(quotes=market(START), providers=[provider()], exchanges=[trading_day(START)]),
        FakeOrchestrator(strategies=[strategy()], signals=signals(START), known=known),
        FakeGuardian(limits=limits(), exposures=[exposure()], decisions=decisions(START), known=known),
    )
    with ExitStack() as stack:
        for fake in (made.gateway, made.orchestrator, made.guardian):
            stack.enter_context(running(fake))
        yield made


@pytest.fixture
async def desk(platform: Platform) -> AsyncIterator[Desk]:
    async with open_desk(platform.gateway, platform.orchestrator, platform.guardian) as opened:
        await opened.ask()
        yield opened


async def test_the_strategies_page_shows_each_strategy(desk: Desk) -> None:
    """State and its reason, and the last signal with what risk decided."""
    await desk.user.open("/strategies")
    await desk.user.should_see("RUNNING")
    await desk.user.should_see("its history is known")
    await desk.user.should_see("NO DECISION")
    await desk.user.should_see("at 415.28, 09:59:45 New York")


async def test_what_the_bus_brings_is_on_the_page(desk: Desk) -> None:
    """A signal and then its denial arrive without a question to any service."""
    _, signal, _, block, *_ = every_event()
    await desk.user.open("/strategies/trend")
    await desk.bring(signal)
    await desk.user.should_see("price")
    await desk.user.should_not_see("DENIED")
    await desk.bring(block)
    await desk.user.should_see("DENIED")
    await desk.user.should_see("The order's value is above the limit for one order: notional 1,874.50, limit 1,000")


async def test_the_page_of_a_strategy_remembers(desk: Desk, platform: Platform) -> None:
    """Signals of before, each with its why and the decision that followed, and how it fares on each symbol."""
    run = {"symbol": "AAPL", "bars": 12, "warmup": 31, "problem": "no price yet", "withheld": ""}
    platform.orchestrator.runs["trend"] = [run]
    await desk.user.open("/strategies/trend")
    await desk.user.should_see("the fast average crossed below the slow one")
    await desk.user.should_see("187.31")
    await desk.user.should_see("APPROVED")
    await desk.user.should_see("exponential")
    await desk.user.should_see("12 of 31 bars")
    assert "/api/v1/decisions?limit=100&strategy=trend" in platform.guardian.asked


async def test_an_unknown_strategy_is_said(desk: Desk) -> None:
    """With those that there are."""
    await desk.user.open("/strategies/nobody")
    await desk.user.should_see("nobody is not a strategy here. There are: trend.")


async def test_a_trader_stops_a_strategy_in_their_own_name(desk: Desk, platform: Platform) -> None:
    """The dialog asks why, the orchestrator hears it from the person, and the page shows what became of it."""
    await desk.sign_in()
    await desk.user.open("/strategies")
    await desk.answer("stop-trend", {"reason": "results this week"})
    await desk.user.should_see("STOPPED")
    await desk.user.should_see("ada: results this week")
    assert platform.orchestrator.acts == [
        Act("ada", "POST /api/v1/strategies/trend/stop", {"reason": "results this week"}, 202)
    ]


async def test_a_viewer_sees_no_buttons_and_why(desk: Desk) -> None:
    """Neither a guest nor a viewer who is signed in."""
    for token in (None, "sbt_vera"):
        if token:
            await desk.sign_in(token)
        await desk.user.open("/strategies")
        await desk.user.should_see("Starting and stopping them needs the role trader")
        await desk.user.should_not_see(marker="stop-trend")
        await desk.user.open("/risk")
        await desk.user.should_see("Tightening it needs the role trader, loosening it the role admin.")
        await desk.user.should_not_see(marker="HALT")


async def test_the_risk_page_shows_limits_state_and_denials(desk: Desk) -> None:
    """Every limit with its use, the account's money, and what was denied with its codes."""
    await desk.user.open("/risk")
    for words in ("21,480.55 of 24,996.14", "NVDA \N{MIDDLE DOT} 25 % of equity", "12,480.55", "It was never changed."):
        await desk.user.should_see(words)
    await desk.user.should_see("NOTIONAL_EXCEEDS_FREE_CASH")
    await desk.user.should_see("The free cash does not cover it: needed 37,518.20, free 12,480.55")


async def test_a_trader_halts_in_their_own_name(desk: Desk, platform: Platform) -> None:
    """With word and reason; the state is then in the header of every page, and in the history."""
    await desk.sign_in()
    await desk.user.open("/risk")
    await desk.answer("HALT", HALT)
    await desk.user.should_see("HALTED")
    await desk.user.should_see("flash crash")
    wanted = {"state": "Halted", "reason": "flash crash"}
    assert platform.guardian.acts == [Act("ada", "PUT /api/v1/trading-state", wanted, 200)]
    await desk.user.open("/")
    await desk.user.should_see("HALTED")


@pytest.mark.parametrize("answers", [{"word": "halt", "reason": "x"}, {"reason": "x"}, {"word": "HALT", "reason": " "}])
async def test_a_forged_form_halts_nothing(desk: Desk, platform: Platform, answers: dict[str, str]) -> None:
    """The browser's own check can be gone round: the console checks again."""
    await desk.sign_in()
    await desk.user.open("/risk")
    await desk.answer("HALT", answers)
    await desk.user.should_see("Nothing was done.")
    assert platform.guardian.acts == []


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        ({}, "You are not signed in any more."),
        ({"sbt_ada": Principal("ada", Role.VIEWER)}, "ada has the role viewer; this needs the role trader."),
    ],
)
async def test_the_role_is_checked_again_in_the_act(
    desk: Desk, platform: Platform, now: dict[str, Principal], reason: str
) -> None:
    """Between the click and the answer the token was withdrawn, or is worth less: nothing is asked for."""
    await desk.sign_in()
    await desk.user.open("/risk")
    desk.user.find(marker="HALT").click()
    await desk.user.should_see(marker="confirmation")
    desk.tokens.known = now
    desk.user.find(marker="confirmation").trigger("submit", HALT)
    await desk.user.should_see(reason)
    assert platform.guardian.acts == []


async def test_loosening_is_for_an_admin(desk: Desk, platform: Platform) -> None:
    """A trader is told so and sees no button; an admin resumes."""
    platform.guardian.status = TradingStatus(chosen=TradingState.HALTED)
    await desk.ask()
    await desk.sign_in()
    await desk.user.open("/risk")
    await desk.user.should_see("The role admin may also REDUCE and RESUME")
    await desk.sign_in("sbt_root")
    await desk.user.open("/risk")
    await desk.answer("RESUME", {"word": "RESUME", "reason": "all is well"})
    await desk.user.should_see("ACTIVE")
    assert [act.who for act in platform.guardian.acts] == ["root"]


async def test_what_the_service_refuses_is_said_in_the_dialog(desk: Desk, platform: Platform) -> None:
    """The console may be mistaken; the service has the last word, in its own words."""
    await desk.sign_in()
    await desk.user.open("/risk")
    platform.guardian.known = CONSOLE | {"sbt_ada": Principal("ada", Role.VIEWER)}
    await desk.answer("HALT", HALT)
    await desk.user.should_see("ada has the role viewer; this needs the role trader")
    await desk.user.should_see("ACTIVE")


async def test_a_service_that_went_away_is_said_in_the_dialog(desk: Desk, platform: Platform) -> None:
    """And the header does not go on to say that trading is active."""
    await desk.sign_in()
    await desk.user.open("/risk")
    platform.guardian.stop()
    await desk.answer("HALT", HALT)
    await desk.user.should_see("does not answer (no connection)")
    await desk.user.should_see("UNKNOWN")
    platform.guardian.start()


async def test_a_what_if_question_is_answered_with_every_check(desk: Desk, platform: Platform) -> None:
    """A guest may ask too: nothing comes of it. A wrong field is said before anybody is asked."""
    failed = judgement("SHORT_NOT_ALLOWED", passed=False, detail="position=-5 allowed=false")
    platform.guardian.check |= {"approved": False, "checks": [failed]}
    await desk.user.open("/risk")
    form = desk.user.find(marker="what-if")
    form.trigger("submit", {"symbol": "AAPL", "side": "sell", "quantity": "many"})
    await desk.user.should_see("'many' is no quantity.")
    form.trigger("submit", {"symbol": "aapl", "side": "sell", "quantity": "5"})
    await desk.user.should_see("WOULD BE DENIED")
    await desk.user.should_see("position -5, allowed false")
    assert [act.body for act in platform.guardian.acts] == [{"symbol": "AAPL", "side": "sell", "quantity": "5"}]


async def test_a_platform_without_these_services_says_how_to_add_them(platform: Platform) -> None:
    """Each page shows the document that is missing, and the header has no light and no state for it."""
    async with open_desk(platform.gateway) as desk:
        for path, service in (("/strategies", "StrategyOrchestrator"), ("/strategies/x", "StrategyOrchestrator")):
            await desk.user.open(path)
            await desk.user.should_see(f"type: {service}")
        await desk.user.open("/risk")
        await desk.user.should_see("type: RiskGuardian")
        await desk.user.should_not_see("UNKNOWN")
        assert desk.console.board.view.trading is None


async def test_a_service_that_is_down_is_said_in_the_place_of_its_answers(desk: Desk, platform: Platform) -> None:
    """The page stays, with the reason, and heals by itself."""
    await desk.user.open("/strategies")
    platform.orchestrator.stop()
    await desk.ask()
    await desk.user.should_see("No strategies to show")
    platform.orchestrator.start()
    await desk.ask()
    await desk.user.should_see("RUNNING")
    await desk.user.should_not_see("No strategies to show")
