"""The pages of orders, portfolio and alerts and the explain view without a browser: what they say, what may be done."""

from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest
from msgspec.structs import replace
from nicegui import ui

from stockbot.events.trading import OrderState
from stockbot.model.risk.trading_state import TradingState, TradingStatus
from stockbot.runtime.auth import Principal, Role
from stockbot.testing import desk_scenes as scenes
from stockbot.testing.alarms import FakeAlarms
from stockbot.testing.bookkeeper import FakeBookkeeper
from stockbot.testing.clock import START
from stockbot.testing.console_desk import PEOPLE, Desk, open_desk
from stockbot.testing.engine import FakeEngine
from stockbot.testing.events import portfolio_update
from stockbot.testing.fake_service import TOKEN, Act, FakeService, running
from stockbot.testing.gateway import FakeGateway
from stockbot.testing.guardian import FakeGuardian
from stockbot.testing.orchestrator import FakeOrchestrator
from stockbot.testing.samples import every_event
from stockbot.testing.scenes import market, provider, trading_day
from stockbot.testing.trading_scenes import decisions, exposure, judgement, limits, strategy

KNOWN = {TOKEN: Principal("dashboard", Role.VIEWER)} | PEOPLE
ORDERS = scenes.orders(START)
WORKING, SOLD, FILLED = (ORDERS[place]["client_order_id"] for place in (0, 2, 4))
ORDER = {
    "symbol": "aapl",
    "side": "buy",
    "quantity": "10",
    "order_type": "limit",
    "limit_price": "187.5",
    "time_in_force": "gtc",
    "reason": "news",
}


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
            closes=[{"symbol": "AAPL", "side": "sell", "quantity": "110", "signal_id": None}],
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


async def answer(desk: Desk, button: str, answers: dict[str, Any]) -> None:
    """Press a button of the page and send the dialog's form."""
    desk.user.find(marker=button).click()
    await desk.user.should_see(marker="confirmation")
    desk.user.find(marker="confirmation").trigger("submit", answers)


def rows(desk: Desk, place: int = 0) -> list[dict[str, Any]]:
    grids = sorted(desk.user.find(ui.aggrid).elements, key=lambda grid: grid.id)
    found: list[dict[str, Any]] = grids[place].options["rowData"]
    return found


async def test_every_page_says_whether_real_money_moves(desk: Desk, platform: Platform) -> None:
    """In the header, and that it is not known where the engine has gone."""
    for path in ("/", "/orders", "/portfolio", "/alerts", "/risk"):
        await desk.user.open(path)
        await desk.user.should_see("PAPER")
    platform.engine.reconciliation = scenes.reconciliation(START, mode="live")
    await desk.ask()
    await desk.user.should_see("LIVE")
    platform.engine.stop()
    await desk.ask()
    await desk.user.should_see("MODE UNKNOWN")
    platform.engine.start()


async def test_the_orders_page_shows_what_is_open(desk: Desk) -> None:
    """And all, or those of a symbol, where the address says so; with the drift against the broker."""
    await desk.user.open("/orders")
    assert [row["state"] for row in rows(desk)] == ["ACCEPTED", "PART FILLED", "CANCEL ASKED"]
    await desk.user.should_see("1 DRIFT")
    await desk.user.should_see("121")
    await desk.user.open("/orders?state=all")
    assert len(rows(desk)) == 7
    await desk.user.open("/orders?state=all&symbol=jpm")
    assert [row["reason"] for row in rows(desk)] == ["the approval was 10 s old before it could be sent"]


async def test_an_update_of_the_bus_reaches_the_grid(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the order that moved is sent; one that ended leaves the open ones."""
    await desk.user.open("/orders")
    sent: list[tuple[Any, ...]] = []
    monkeypatch.setattr(ui.aggrid, "run_grid_method", lambda _, *arguments: sent.append(arguments))
    event = every_event()[6]
    report = replace(event.data, client_order_id=WORKING, symbol="MSFT", state=OrderState.FILLED)
    await desk.bring(replace(event, data=report))
    (_, transaction), *_ = sent
    assert (transaction["remove"], transaction["add"], transaction["update"]) == ([{"key": WORKING}], [], [])


async def test_without_orders_the_page_says_the_next_step(desk: Desk, platform: Platform) -> None:
    """Open or all."""
    platform.engine.orders = []
    await desk.ask()
    await desk.user.open("/orders")
    await desk.user.should_see("Choose All to see those that have ended.")
    await desk.user.open("/orders?state=all&symbol=NONE")
    await desk.user.should_see("An order is made when risk approves a signal")


async def test_an_order_shows_every_step_and_why_it_was_made(desk: Desk) -> None:
    """Timeline with latencies, fills, ids, signal and approval."""
    await desk.user.open(f"/orders/{FILLED}")
    for words in (
        "PART FILLED",
        "+38 ms",
        "buy 6 at 187.47",
        "paper-7003",
        "the fast average crossed above",
        "1,893.20",
    ):
        await desk.user.should_see(words)


async def test_an_unknown_order_is_said(desk: Desk) -> None:
    """In the engine's words."""
    await desk.user.open("/orders/order-none")
    await desk.user.should_see("there is no order order-none")


async def test_a_cancel_is_asked_for_and_not_taken_for_done(desk: Desk, platform: Platform) -> None:
    """In the person's own name and with their reason; the order says that it was asked."""
    await desk.sign_in()
    await desk.user.open(f"/orders/{WORKING}")
    await desk.user.should_see(marker=f"cancel-{WORKING}")
    await answer(desk, f"cancel-{WORKING}", {"reason": " no longer wanted "})
    await desk.user.should_see("CANCEL ASKED")
    assert platform.engine.acts == [Act("ada", f"DELETE /api/v1/orders/{WORKING}", None, 202)]
    assert any("reason=no+longer+wanted" in asked for asked in platform.engine.asked)


async def test_an_ended_order_has_no_cancel_button(desk: Desk) -> None:
    """There is nothing to cancel."""
    await desk.sign_in()
    await desk.user.open(f"/orders/{FILLED}")
    await desk.user.should_see("FILLED")
    await desk.user.should_not_see(marker=f"cancel-{FILLED}")


async def test_cancel_all_names_the_orders_first(desk: Desk, platform: Platform) -> None:
    """A preview that does nothing, then the word, then the real thing."""
    await desk.sign_in()
    await desk.user.open("/orders")
    desk.user.find(marker="cancel-all").click()
    await desk.user.should_see("buy 10 MSFT, limit 417.15 (trend)")
    desk.user.find(marker="confirmation").trigger("submit", {"word": "CANCEL", "reason": "storm"})
    await desk.user.should_see("Cancels asked.")
    assert [act.body for act in platform.engine.acts] == [
        {"reason": "preview", "dry_run": True},
        {"reason": "storm", "dry_run": False},
    ]


async def test_flatten_says_what_it_closes(desk: Desk, platform: Platform) -> None:
    """With the word typed."""
    await desk.sign_in()
    await desk.user.open("/orders")
    desk.user.find(marker="flatten").click()
    await desk.user.should_see("sell 110 AAPL to close it")
    desk.user.find(marker="confirmation").trigger("submit", {"word": "FLATTEN", "reason": "storm"})
    await desk.user.should_see("Flatten asked.")
    assert platform.engine.acts[-1].body == {"reason": "storm", "dry_run": False, "confirm": "FLATTEN"}


async def test_flatten_while_halted_is_for_an_admin(desk: Desk, platform: Platform) -> None:
    """A trader is told so and nobody is asked; an admin may, and the dialog says that trading is halted."""
    platform.guardian.status = TradingStatus(chosen=TradingState.HALTED)
    platform.engine.halted = True
    await desk.ask()
    await desk.sign_in()
    await desk.user.open("/orders")
    desk.user.find(marker="flatten").click()
    await desk.user.should_see("to flatten now needs the role admin")
    assert platform.engine.acts == []
    await desk.sign_in("sbt_root")
    await desk.user.open("/orders")
    desk.user.find(marker="flatten").click()
    await desk.user.should_see("Trading is halted: these closing orders are sent all the same.")
    desk.user.find(marker="confirmation").trigger("submit", {"word": "FLATTEN", "reason": "storm"})
    await desk.user.should_see("Flatten asked.")


async def test_a_viewer_sees_no_buttons_and_why(desk: Desk) -> None:
    """Not on the orders, not on one order, not on a new one, not on the alerts."""
    for path, words in (
        ("/orders", "Sending and canceling them needs the role trader"),
        (f"/orders/{WORKING}", "buy 10 MSFT"),
        ("/orders/new", "Sending and canceling them needs the role trader"),
        ("/alerts", "Acknowledging and silencing them needs the role trader"),
    ):
        await desk.user.open(path)
        await desk.user.should_see(words)
        for mark in ("cancel-all", "flatten", "reconcile", "drain", f"cancel-{WORKING}", "order-form", "ack-alert-5"):
            await desk.user.should_not_see(marker=mark)


async def test_the_role_is_checked_again_in_the_act(desk: Desk, platform: Platform) -> None:
    """Between the click and the answer the token was withdrawn: nobody is asked."""
    await desk.sign_in()
    await desk.user.open(f"/orders/{WORKING}")
    await desk.user.should_see(marker=f"cancel-{WORKING}")
    desk.user.find(marker=f"cancel-{WORKING}").click()
    await desk.user.should_see(marker="confirmation")
    desk.tokens.known = {}
    desk.user.find(marker="confirmation").trigger("submit", {"reason": "x"})
    await desk.user.should_see("You are not signed in any more.")
    assert platform.engine.acts == []


async def test_a_person_reconciles_and_an_admin_drains(desk: Desk, platform: Platform) -> None:
    """Each in their own name."""
    await desk.sign_in("sbt_root")
    await desk.user.open("/orders")
    desk.user.find(marker="reconcile").click()
    await desk.user.should_see("Comparing the books with the broker's.")
    await answer(desk, "drain", {"reason": "a new version"})
    await desk.user.should_see("No new order is taken on while")
    await answer(desk, "drain", {"reason": ""})
    await desk.user.should_see("Orders are taken on.")
    assert [act.what for act in platform.engine.acts] == [
        "POST /api/v1/reconciliation",
        "POST /api/v1/drain",
        "DELETE /api/v1/drain",
    ]


async def test_an_admin_accepts_a_difference(desk: Desk, platform: Platform) -> None:
    """The broker is right about it: that is said before, and the drift is gone after."""
    await desk.sign_in("sbt_root")
    await desk.user.open("/orders")
    await answer(desk, "accept-position KO", {"reason": "a split share"})
    await desk.user.should_see("RECONCILED")
    wanted = {"kind": "position", "subject": "KO", "reason": "a split share"}
    assert [act.body for act in platform.engine.acts] == [wanted]


async def test_a_manual_order_is_checked_then_sent_then_followed(desk: Desk, platform: Platform) -> None:
    """What was checked is what is sent, with one key; the decision and the order appear as they come."""
    await desk.sign_in()
    await desk.user.open("/orders/new")
    form = desk.user.find(marker="order-form")
    form.trigger("submit", ORDER | {"limit_price": "much"})
    await desk.user.should_see("Limit price 'much' is no price.")
    form.trigger("submit", ORDER)
    await desk.user.should_see("WOULD BE APPROVED")
    await desk.user.should_see("Send: buy 10 AAPL, limit, limit price 187.5, gtc")
    assert platform.engine.acts == []
    form.trigger("submit", ORDER)
    await desk.user.should_see("SENT TO RISK")
    assert platform.engine.acts[0].body["limit_price"] == "187.5"
    assert len(platform.engine.keys) == 1
    block = every_event()[3]
    denial = replace(block.data, signal_id="manual-1")
    await desk.bring(replace(block, data=denial))
    await desk.user.should_see("DENIED")
    await desk.user.should_see("The order's value is above the limit for one order")


async def test_an_order_that_changed_is_checked_again(desk: Desk, platform: Platform) -> None:
    """Nothing is sent that nobody has seen the checks of; one that would be denied says so and may be sent."""
    failed = judgement("SHORT_NOT_ALLOWED", passed=False, detail="position=-5 allowed=false")
    await desk.sign_in()
    await desk.user.open("/orders/new?symbol=AAPL&side=sell")
    form = desk.user.find(marker="order-form")
    form.trigger("submit", ORDER)
    await desk.user.should_see("WOULD BE APPROVED")
    platform.guardian.check |= {"approved": False, "checks": [failed]}
    form.trigger("submit", ORDER | {"quantity": "11"})
    await desk.user.should_see("WOULD BE DENIED")
    await desk.user.should_see("Send all the same: buy 11 AAPL")
    assert platform.engine.acts == []


async def test_what_the_engine_refuses_is_said_under_the_form(desk: Desk, platform: Platform) -> None:
    """And the order may be sent again with the same key."""
    await desk.sign_in()
    await desk.user.open("/orders/new")
    form = desk.user.find(marker="order-form")
    form.trigger("submit", ORDER)
    await desk.user.should_see("WOULD BE APPROVED")
    platform.engine.stop()
    form.trigger("submit", ORDER)
    await desk.user.should_see("does not answer (no connection)")
    platform.engine.start()
    form.trigger("submit", ORDER)
    await desk.user.should_see("SENT TO RISK")
    assert len(platform.engine.keys) == 1


async def test_the_portfolio_shows_money_positions_and_performance(desk: Desk) -> None:
    """Each number as it is in the books."""
    await desk.user.open("/portfolio")
    for words in ("99,984.55", "12,480.55 free, 26,299.90 held", "2.04 %", "Sharpe ratio", "+3.1"):
        await desk.user.should_see(words)
    assert [row["symbol"] for row in rows(desk)] == ["AAPL", "KO", "MSFT", "NVDA", "TSLA"]
    await desk.user.open("/portfolio?by=strategy")
    assert [row["strategy"] for row in rows(desk)] == ["manual", "trend", "breakout"]
    await desk.user.should_see(ui.echart)


async def test_a_portfolio_of_the_bus_is_shown_at_once(desk: Desk) -> None:
    """Without a question to the service."""
    await desk.user.open("/portfolio")
    await desk.bring(portfolio_update(42))
    await desk.user.should_see("100,000.00")


async def test_an_account_that_is_not_there_is_said(desk: Desk, platform: Platform) -> None:
    """With those that are, and what to do where there is none."""
    await desk.user.open("/portfolio?account=other")
    await desk.user.should_see("other is not an account here. There are: paper.")
    platform.bookkeeper.accounts = []
    await desk.ask()
    await desk.user.open("/portfolio")
    await desk.user.should_see("It opens one when the Execution Engine has reached its broker.")


async def test_the_overview_says_what_needs_a_person(desk: Desk) -> None:
    """Money, what is not as it should be, limits, and every strategy."""
    await desk.user.open("/overview")
    for words in ("99,984.55", "BROKER 1 DRIFT", "3 of 21 prices are stale", "412.30 of 2,000.00", "80 AAPL"):
        await desk.user.should_see(words)


async def test_the_alerts_page_shows_the_inbox(desk: Desk) -> None:
    """Severity in words, who was told, what the watchdog sees, what is silenced."""
    await desk.user.open("/alerts")
    for words in (
        "CRITICAL", "The loss of the session is above its limit", "failed after 4 tries", "FAILING", "NOT READY",
        "service market-data-gateway, severity info",
    ):  # fmt: skip
        await desk.user.should_see(words)
    await desk.user.should_not_see("The broker does not answer")
    await desk.user.open("/alerts?state=resolved")
    await desk.user.should_see("The broker does not answer")


async def test_an_alert_is_acknowledged_with_a_note(desk: Desk, platform: Platform) -> None:
    """The bell falls by one; without a note it is done as well."""
    await desk.sign_in()
    await desk.user.open("/alerts")
    await desk.user.should_see(marker="ack-alert-5")
    assert desk.console.board.view.bell is not None
    assert desk.console.board.view.bell.count == "3"
    await answer(desk, "ack-alert-5", {"reason": "on it"})
    await desk.user.should_not_see(marker="ack-alert-5")
    assert platform.alarms.acts == [Act("ada", "POST /api/v1/alerts/alert-5/ack", {"note": "on it"}, 200)]
    assert desk.console.board.view.bell.count == "2"
    await answer(desk, "ack-alert-4", {"reason": ""})
    await desk.user.should_not_see(marker="ack-alert-4")


async def test_an_alert_is_silenced_for_a_while(desk: Desk, platform: Platform) -> None:
    """With a reason and a length that is offered; the silence can be ended."""
    await desk.sign_in()
    await desk.user.open("/alerts")
    await desk.user.should_see(marker="silence-alert-4")
    await answer(desk, "silence-alert-4", {"reason": "known", "choice": "7"})
    await desk.user.should_see("Choose one of 15 minutes")
    desk.user.find(marker="confirmation").trigger("submit", {"reason": "known", "choice": "60"})
    await desk.user.should_see("fingerprint matter-4")
    assert platform.alarms.acts[0].body == {"fingerprint_prefix": "matter-4", "minutes": 60, "reason": "known"}
    await answer(desk, "end-silence-2", {"reason": ""})
    await desk.user.should_not_see(marker="end-silence-2")


async def test_a_channel_is_tested(desk: Desk) -> None:
    """What came of it is said, also where it was not delivered."""
    await desk.sign_in()
    await desk.user.open("/alerts")
    await desk.user.should_see(marker="test-operators")
    desk.user.find(marker="test-operators").click()
    await desk.user.should_see("operators has delivered the test.")
    desk.user.find(marker="test-night-mail").click()
    await desk.user.should_see("night-mail has not delivered the test: the mail server does not answer")


async def test_a_fill_is_explained(desk: Desk) -> None:
    """From the tick to the ledger on one page."""
    await desk.user.open("/explain/chain-s2")
    for words in (
        "AAPL at 187.45",
        "trend wished to buy 10",
        "Risk approved it",
        "+38 ms",
        "buy 4 AAPL at 187.44",
        "cash",
    ):
        await desk.user.should_see(words)


async def test_a_denial_is_explained(desk: Desk) -> None:
    """The page answers why we did not trade."""
    await desk.user.open("/explain/chain-s5?signal=s5")
    await desk.user.should_see("The free cash does not cover it: needed 37,518.20, free 12,480.55")
    await desk.user.should_see("No order was made")


async def test_a_chain_that_nobody_knows_is_said(desk: Desk) -> None:
    """Its id may hold a slash; one service that is silent is named."""
    await desk.user.open("/explain/market-data-gateway%2F0-a-1")
    await desk.user.should_see("Nothing of this chain is known here.")


async def test_a_silent_service_leaves_its_part_of_the_story_unknown(desk: Desk, platform: Platform) -> None:
    """The rest is told."""
    platform.bookkeeper.stop()
    await desk.user.open("/explain/chain-s2")
    await desk.user.should_see("Whether it is booked is not known")
    await desk.user.should_see("Risk approved it")
    platform.bookkeeper.start()


async def test_a_platform_without_these_services_says_how_to_add_them(platform: Platform) -> None:
    """Each page shows the document that is missing, and the header has no light, no mode and no bell for it."""
    async with open_desk(platform.gateway) as desk:
        for path, service in (
            ("/orders", "ExecutionEngine"),
            ("/orders/x", "ExecutionEngine"),
            ("/orders/new", "ExecutionEngine"),
            ("/portfolio", "PortfolioManager"),
            ("/alerts", "AlertManager"),
        ):
            await desk.user.open(path)
            await desk.user.should_see(f"type: {service}")
        await desk.user.open("/explain/chain-s2")
        await desk.user.should_see("This platform has no Execution Engine.")
        await desk.user.open("/overview")
        await desk.user.should_see("This platform has no Portfolio Manager.")
        assert (desk.console.board.view.mode, desk.console.board.view.bell) == (None, None)


async def test_a_service_that_is_down_is_said_and_heals(desk: Desk, platform: Platform) -> None:
    """The page stays with what was known, and the reason."""
    await desk.user.open("/orders")
    platform.engine.stop()
    await desk.ask()
    await desk.user.should_see("does not answer (no connection)")
    assert len(rows(desk)) == 3
    platform.engine.start()
    await desk.ask()
    await desk.user.should_not_see("does not answer (no connection)")
