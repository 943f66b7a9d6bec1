"""Cancellations are never gated: by people and strategies, at any time, until the order has ended."""

from functools import partial
from typing import Any

import pytest
from sqlalchemy import select
from tests.services.execution_engine.conftest import Floor, approved
from tests.services.execution_engine.venue import Fault

from stockbot.events.trading import Flattening, Intent, OrderState, Side, SignalGenerated
from stockbot.execution_engine.tables import TIMELINE
from stockbot.model.risk.trading_state import TradingState
from stockbot.testing.samples import SIGNAL

INTENT, SENT, ACCEPTED, CANCELED = OrderState.INTENT, OrderState.SENT, OrderState.ACCEPTED, OrderState.CANCELED
PENDING = OrderState.PENDING_CANCEL


async def ask(floor: Floor, name: str, why: str = "anna: enough") -> None:
    """A person's cancellation, and what the broker says to it."""
    order = await floor.order(name)
    await floor.database.run(lambda c: floor.cancels.ask(c, [order], why))
    await floor.cancels.cancel_all()
    await floor.hear()


def signal(order: str, **changes: Any) -> SignalGenerated:
    fields = {name: getattr(SIGNAL, name) for name in SIGNAL.__struct_fields__}
    data = type(SIGNAL)(**(fields | {"intent": Intent.CANCEL, "order": order, "quotes": ()} | changes))
    return SignalGenerated(
        id="cancel-1", source="strategy-orchestrator/0", time=data.reference_time, subject="AAPL",
        correlationid="chain-9", data=data,
    )  # fmt: skip


async def test_a_person_cancels_a_working_order(floor: Floor) -> None:
    """PENDING_CANCEL at once, CANCELED when the broker says so; the timeline says who."""
    name = await floor.working()
    await ask(floor, name)
    assert await floor.states(name) == [INTENT, SENT, ACCEPTED, PENDING, CANCELED]
    lines = await floor.database.read(lambda c: c.execute(select(TIMELINE.c.source, TIMELINE.c.reason)).all())
    assert ("person", "anna: enough") in [tuple(line) for line in lines]


async def test_what_has_not_left_ends_at_once(floor: Floor) -> None:
    """An intent that is canceled is never sent."""
    name = await floor.approve()
    await ask(floor, name)
    await floor.send()
    assert await floor.states(name) == [INTENT, CANCELED]
    assert floor.venue.submitted == []


async def test_nothing_gates_a_cancellation(floor: Floor) -> None:
    """Halted, risk gone, books that differ: it goes through."""
    name = await floor.working()
    await floor.halt(TradingState.HALTED)
    floor.gates, floor.reconciled = ("risk is gone",), False
    await ask(floor, name)
    assert (await floor.order(name)).state is CANCELED


async def test_an_order_of_which_nothing_is_known_is_canceled_once_it_is(floor: Floor) -> None:
    """The wish is kept until the broker says that it has the order."""
    floor.venue.faults = [Fault.ANSWER_LOST]
    name = await floor.working()
    await ask(floor, name)
    assert (await floor.order(name)).state is OrderState.UNKNOWN
    await floor.inquiries.ask()
    await floor.bookings.flush()
    assert (await floor.order(name)).state is PENDING
    await floor.cancels.cancel_all()
    await floor.hear()
    assert (await floor.order(name)).state is CANCELED


async def test_it_is_repeated_while_the_broker_is_away(floor: Floor) -> None:
    """Every five seconds, until it has ended."""
    name = await floor.working()
    floor.venue.is_away = True
    await ask(floor, name)
    floor.venue.is_away = False
    await floor.cancels.cancel_all()
    assert floor.venue.canceled == []
    floor.clock.advance(5)
    await floor.cancels.cancel_all()
    assert floor.venue.canceled == [name]


async def test_a_cancellation_that_fails_keeps_no_other_from_being_asked(floor: Floor) -> None:
    """Whatever the adapter raises about one order, the next one is asked for."""
    first, second = await floor.working(1), await floor.working(2)
    cancel = floor.venue.cancel

    async def failing(client_order_id: str) -> None:
        if client_order_id == first:
            raise KeyError("id")
        await cancel(client_order_id)

    floor.venue.cancel = failing  # type: ignore[method-assign]
    orders = [await floor.order(name) for name in (first, second)]
    await floor.database.run(lambda c: floor.cancels.ask(c, orders, "anna: enough"))
    await floor.cancels.cancel_all()
    assert floor.venue.canceled == [second]


async def test_an_order_that_was_faster_is_filled(floor: Floor) -> None:
    """The broker says that it is not open: what it is, is asked and booked."""
    name = await floor.working()
    floor.venue.fill(name, 10, tells=False)
    await ask(floor, name)
    assert (await floor.order(name)).state is PENDING  # filled, it says, but no fill is known yet
    await floor.reconciler.run()
    assert (await floor.order(name)).state is OrderState.FILLED


async def test_a_strategy_cancels_its_own_orders_alone(floor: Floor) -> None:
    """Its signal reaches the engine without risk; another strategy's signal does nothing, nor does another intent."""
    mine, other = await floor.working(1), await floor.working(2, strategy="reversion")
    for event in (signal(other), signal("order-none"), signal(mine, intent=Intent.ENTER)):
        await floor.database.run(partial(floor.cancels.handle, events=[event]))
    await floor.cancels.cancel_all()
    assert floor.venue.canceled == []
    await floor.database.run(lambda c: floor.cancels.handle(c, [signal(mine), approved(3)]))
    await floor.cancels.cancel_all()
    assert floor.venue.canceled == [mine]


async def test_what_a_person_closes_is_not_the_strategy_s_to_cancel(floor: Floor) -> None:
    """A flatten's order has the strategy's name, and its cancel does nothing; a person may cancel it."""
    floor.venue.fill(await floor.working(1), 10)
    await floor.hear()
    close = await floor.working(2, side=Side.SELL, flatten=Flattening.ASKED)
    await floor.database.run(partial(floor.cancels.handle, events=[signal(close)]))
    await floor.cancels.cancel_all()
    assert floor.venue.canceled == []
    await ask(floor, close)
    assert floor.venue.canceled == [close]


async def test_an_ended_order_stays_as_it_is(floor: Floor) -> None:
    """Asking again for what is over changes and tells nothing."""
    name = await floor.working()
    floor.venue.fill(name, 10)
    await floor.hear()
    told = len(await floor.updates())
    await ask(floor, name)
    assert len(await floor.updates()) == told


@pytest.mark.parametrize("state", [OrderState.ACCEPTED, OrderState.PARTIALLY_FILLED])
async def test_late_news_does_not_undo_it(floor: Floor, state: OrderState) -> None:
    """The broker's word from before the cancellation leaves it PENDING_CANCEL."""
    name = await floor.working()
    order = await floor.order(name)
    await floor.database.run(lambda c: floor.cancels.ask(c, [order], "enough"))
    floor.venue.change(name, state)
    await floor.hear()
    assert (await floor.order(name)).state is PENDING
