"""The pages of orders without a browser: what is open, what may be done, an order by hand."""

from typing import Any

import pytest
from msgspec.structs import replace
from nicegui import ui
from tests.ui.desk.conftest import Platform, rows

from stockbot.events.trading import OrderState
from stockbot.model.risk.trading_state import TradingState, TradingStatus
from stockbot.testing import desk_scenes as scenes
from stockbot.testing.clock import START
from stockbot.testing.console_desk import Desk
from stockbot.testing.fake_service import Act
from stockbot.testing.samples import every_event
from stockbot.testing.trading_scenes import judgement

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


async def test_an_order_of_a_flatten_says_that_a_person_asked(desk: Desk, platform: Platform) -> None:
    """It has the strategy's name; an ordinary one says nothing of the kind."""
    await desk.user.open(f"/orders/{FILLED}")
    await desk.user.should_not_see("a person, who flattened")
    order = next(one for one in platform.engine.orders if one["client_order_id"] == FILLED)
    order["flatten"] = "confirmed"
    await desk.user.open(f"/orders/{FILLED}")
    await desk.user.should_see("a person, who flattened")


async def test_an_unknown_order_is_said(desk: Desk) -> None:
    """In the engine's words."""
    await desk.user.open("/orders/order-none")
    await desk.user.should_see("there is no order order-none")


async def test_a_cancel_is_asked_for_and_not_taken_for_done(desk: Desk, platform: Platform) -> None:
    """In the person's own name and with their reason; the order says that it was asked."""
    await desk.sign_in()
    await desk.user.open(f"/orders/{WORKING}")
    await desk.user.should_see(marker=f"cancel-{WORKING}")
    await desk.answer(f"cancel-{WORKING}", {"reason": " no longer wanted "})
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
    await desk.user.should_see("sell 110 AAPL (trend)")
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
    await desk.answer("drain", {"reason": "a new version"})
    await desk.user.should_see("No new order is taken on while")
    await desk.answer("drain", {"reason": ""})
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
    await desk.answer("accept-position KO", {"reason": "a split share"})
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
