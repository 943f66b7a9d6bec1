"""Approvals become intents: each once, only with a decision behind it, and only while everything allows it."""

from decimal import Decimal

import pytest
from msgspec.structs import replace
from sqlalchemy import func, select
from tests.services.execution_engine.conftest import SOURCE, Floor, approved, order_of

from stockbot.errors import MalformedEvent
from stockbot.events.trading import OrderState, Side
from stockbot.execution_engine.tables import ORDERS, TROUBLES
from stockbot.model.risk.trading_state import TradingState
from stockbot.testing.events import service_alert


async def count(floor: Floor) -> int:
    return await floor.database.read(lambda c: c.execute(select(func.count()).select_from(ORDERS)).scalar_one())


async def test_an_approval_becomes_an_intent_and_a_report(floor: Floor) -> None:
    """The order is in SQL with its decision, and INTENT is told in the chain of its approval."""
    name = await floor.approve()
    (told,) = await floor.updates()
    assert (told.source, told.subject, told.sequence) == (SOURCE, "paper", 1)
    assert (told.correlationid, told.causationid) == ("chain-1", "decision-1")
    assert (told.data.client_order_id, told.data.state) == (name, OrderState.INTENT)
    order = await floor.order(name)
    assert (order.decision_id, order.signal_id, order.quantity) == ("decision-1", "signal-1", Decimal(10))
    assert floor.risk_source == "risk-guardian/0"


async def test_an_approval_that_comes_again_changes_nothing(floor: Floor) -> None:
    """In the same batch, in a later one, and after the order has ended."""
    event = approved()
    await floor.decide(event)
    await floor.take(event, event)
    await floor.take(event)
    await floor.send()
    floor.venue.fill(order_of(), 10)
    await floor.hear()
    await floor.take(event)
    await floor.send()
    assert await count(floor) == 1
    assert floor.venue.submitted == [order_of()]


@pytest.mark.parametrize(("outcome", "digest"), [("denied", None), ("approved", "0" * 64), ("approved", "")])
async def test_an_event_that_no_decision_stands_behind_makes_no_order(
    floor: Floor, outcome: str, digest: str | None
) -> None:
    """Denied, about something else, or no decision at all: nothing is told as an order, and a person hears of it."""
    event = approved()
    if digest != "":
        await floor.decide(event, outcome=outcome, digest=digest)
    await floor.take(event)
    await floor.send()
    assert (await count(floor), floor.venue.submitted) == (0, [])
    assert await floor.updates() == []
    assert await floor.alerts() == ["execution/forged"]
    kinds = await floor.database.read(lambda c: c.execute(select(TROUBLES.c.kind)).scalars().all())
    assert list(kinds) == ["forged"]


async def test_a_changed_approval_is_not_followed(floor: Floor) -> None:
    """More shares than risk approved: the digest of the decision's row says so."""
    event = approved()
    await floor.decide(event)
    await floor.take(replace(event, data=replace(event.data, quantity=Decimal(1000))))
    assert await count(floor) == 0
    await floor.take(event)  # the true one still passes
    assert await floor.states(order_of()) == [OrderState.INTENT]


async def test_an_expired_approval_frees_its_hold(floor: Floor) -> None:
    """It ends as EXPIRED with nothing filled, and nothing is sent."""
    event = approved(at=floor.clock.now())
    await floor.decide(event)
    floor.clock.advance(10)
    await floor.take(event)
    await floor.send()
    assert await floor.states(order_of()) == [OrderState.EXPIRED]
    assert floor.venue.submitted == []


async def test_halted_lets_nothing_pass(floor: Floor) -> None:
    """Not even a reduction: REJECTED, with the reason."""
    await floor.halt()
    await floor.approve()
    (told,) = await floor.updates()
    assert (told.data.state, told.data.reason) == (OrderState.REJECTED, "the trading state is Halted")


@pytest.mark.parametrize("why", ["Reducing", "risk", "drift", "unknown"])
async def test_only_reductions_pass_while_something_is_wrong(floor: Floor, why: str) -> None:
    """Opening is refused and closing is not, whether the state says so, risk is gone, or books differ."""
    floor.venue.fill(await floor.working(1), 10)
    await floor.hear()
    if why == "Reducing":
        await floor.halt(TradingState.REDUCING)
    elif why == "risk":
        floor.gates = ("risk-guardian/0 has shown no sign of life for 15 s",)
    elif why == "drift":
        floor.venue.cash += 1
        await floor.reconciler.run()
    else:
        floor.reconciled, floor.gates = False, ("the broker was not compared yet",)
    opening = await floor.approve(2)
    closing = await floor.approve(3, side=Side.SELL)
    beyond = await floor.approve(4, side=Side.SELL, quantity=Decimal(1))  # all 10 are being closed already
    assert await floor.states(opening) == [OrderState.REJECTED]
    expected = OrderState.REJECTED if why == "unknown" else OrderState.INTENT
    assert await floor.states(closing) == [expected]
    assert await floor.states(beyond) == [OrderState.REJECTED]


async def test_another_account_makes_no_order(floor: Floor) -> None:
    """An approval for an account that this platform does not trade is not followed, and a person hears of it."""
    await floor.approve(account="another")
    assert await floor.updates() == []
    assert await floor.alerts() == ["execution/forged"]


async def test_another_kind_of_event_is_put_aside(floor: Floor) -> None:
    """What does not belong on the stream is named, for the worker to put aside."""
    with pytest.raises(MalformedEvent, match="ServiceAlert does not belong"):
        await floor.take(service_alert())
