"""The pages of portfolio, overview and alerts and the explain view without a browser, and what all pages say."""

from nicegui import ui
from tests.ui.desk.conftest import Platform, rows

from stockbot.testing import desk_scenes as scenes
from stockbot.testing.clock import START
from stockbot.testing.console_desk import Desk, open_desk
from stockbot.testing.events import portfolio_update
from stockbot.testing.fake_service import Act


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
    await desk.answer("ack-alert-5", {"reason": "on it"})
    await desk.user.should_not_see(marker="ack-alert-5")
    assert platform.alarms.acts == [Act("ada", "POST /api/v1/alerts/alert-5/ack", {"note": "on it"}, 200)]
    assert desk.console.board.view.bell.count == "2"
    await desk.answer("ack-alert-4", {"reason": ""})
    await desk.user.should_not_see(marker="ack-alert-4")


async def test_an_alert_is_silenced_for_a_while(desk: Desk, platform: Platform) -> None:
    """With a reason and a length that is offered; the silence can be ended."""
    await desk.sign_in()
    await desk.user.open("/alerts")
    await desk.user.should_see(marker="silence-alert-4")
    await desk.answer("silence-alert-4", {"reason": "known", "choice": "7"})
    await desk.user.should_see("Choose one of 15 minutes")
    desk.user.find(marker="confirmation").trigger("submit", {"reason": "known", "choice": "60"})
    await desk.user.should_see("fingerprint matter-4")
    assert platform.alarms.acts[0].body == {"fingerprint_prefix": "matter-4", "minutes": 60, "reason": "known"}
    await desk.answer("end-silence-2", {"reason": ""})
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
