"""What the broker says is booked once, in order, with position and cash; what contradicts is recorded and told."""

from decimal import Decimal

import pytest
from msgspec.structs import replace
from sqlalchemy import select
from tests.services.execution_engine.conftest import Floor, approved, order_of

from stockbot.errors import Unavailable
from stockbot.events.identity import decision_id_of
from stockbot.events.trading import OrderState, Side
from stockbot.execution_engine import account_rows, execution_rows
from stockbot.execution_engine.bookings import parts_of
from stockbot.execution_engine.execution_rows import Wanted
from stockbot.execution_engine.tables import TROUBLES
from stockbot.model.orders.broker import OrderRequest
from stockbot.model.orders.order import EXTERNAL

BY_HAND = "placed-by-hand"


async def held(floor: Floor) -> dict[tuple[str, str], Decimal]:
    return await floor.database.read(lambda c: account_rows.positions(c, "paper"))


async def cash(floor: Floor) -> Decimal:
    books = await floor.database.read(lambda c: account_rows.books(c, "paper"))
    assert books is not None
    return books.cash


async def test_a_fill_moves_position_and_cash_with_its_event(floor: Floor) -> None:
    """Bought 4 at 100.50 and sold 1 at 102, a dollar each: what the strategy has and what is left."""
    bought = await floor.working(1)
    floor.venue.fill(bought, 4, "100.50")
    await floor.hear()
    sold = await floor.working(2, side=Side.SELL, quantity=Decimal(1))
    floor.venue.fill(sold, 1, "102")
    await floor.hear()
    assert await held(floor) == {("trend", "AAPL"): Decimal(3)}
    assert await cash(floor) == Decimal(100_000) - 402 - 1 + 102 - 1 == floor.venue.cash
    fills = await floor.database.read(lambda c: execution_rows.listed(c, Wanted(limit=10)))
    assert [(fill.execution_id, fill.strategy, fill.signal_id) for fill in fills] == [
        ("fill-2", "trend", "signal-2"),
        ("fill-1", "trend", "signal-1"),
    ]


async def test_whatever_comes_twice_is_booked_once(floor: Floor) -> None:
    """In one batch, in a later one, from the stream and from a question."""
    name = await floor.working()
    update = floor.venue.fill(name, 4)
    await floor.bookings.put(*parts_of(update), *parts_of(update))
    await floor.hear()
    await floor.reconciler.run()
    assert await held(floor) == {("trend", "AAPL"): Decimal(4)}
    assert len([event for event in await floor.updates(name) if event.data.execution]) == 1
    assert await floor.alerts() == []


async def test_a_fill_after_the_cancellation_is_booked_and_told(floor: Floor) -> None:
    """Money is real: a late fill moves position and cash, and a person hears of it."""
    name = await floor.working()
    floor.venue.change(name, OrderState.CANCELED)
    await floor.hear()
    floor.venue.fill(name, 3)
    await floor.hear()
    order = await floor.order(name)
    assert (order.state, order.filled_quantity) == (OrderState.CANCELED, Decimal(3))
    assert await held(floor) == {("trend", "AAPL"): Decimal(3)}
    assert await floor.alerts() == ["execution/late-fill"]


async def test_more_than_was_ordered_is_booked_and_told(floor: Floor) -> None:
    """12 of 10 shares: the report carries them all, and a person hears of it."""
    name = await floor.working()
    floor.venue.fill(name, 12)
    await floor.hear()
    last = (await floor.updates(name))[-1].data
    assert (last.state, last.quantity, last.filled_quantity) == (OrderState.FILLED, Decimal(12), Decimal(12))
    assert await floor.alerts() == ["execution/overfill"]


@pytest.mark.parametrize("what", ["another end", "another symbol", "another fill under its id"])
async def test_what_contradicts_is_recorded_and_never_applied(floor: Floor, what: str) -> None:
    """A row with the reason, an alert, and the order as it was."""
    name = await floor.working()
    update = floor.venue.fill(name, 10)
    await floor.hear()
    before = await floor.order(name)
    assert update.execution is not None
    if what == "another end":
        await floor.bookings.put(replace(update.order, state=OrderState.REJECTED))
    elif what == "another symbol":
        await floor.bookings.put(replace(update.order, symbol="MSFT"))
    else:
        await floor.bookings.put(replace(update.execution, quantity=Decimal(11)))
    await floor.bookings.flush()
    assert await floor.order(name) == before
    assert await floor.alerts() == ["execution/impossible"]
    kinds = await floor.database.read(lambda c: c.execute(select(TROUBLES.c.kind)).scalars().all())
    assert list(kinds) == ["impossible"]


async def test_an_order_placed_by_hand_is_adopted(floor: Floor) -> None:
    """It belongs to nobody's strategy and to no decision, and its fills are money all the same."""
    known = await floor.working()
    terms = (await floor.order(known)).terms
    floor.venue.take_by_hand(
        OrderRequest(client_order_id=BY_HAND, symbol="MSFT", side=Side.BUY, quantity=Decimal(5), terms=terms)
    )
    floor.venue.fill(BY_HAND, 5, tells=False)
    await floor.reconciler.run()
    assert await held(floor) == {(EXTERNAL, "MSFT"): Decimal(5)}
    (filled,) = [event.data for event in await floor.updates(BY_HAND) if event.data.execution]
    assert (filled.strategy, filled.decision_id, filled.signal_id) == (EXTERNAL, None, None)
    assert floor.reconciler.trouble() is None


async def test_an_order_that_only_the_broker_remembers_is_its_strategys(floor: Floor) -> None:
    """Sent before a restore: its fill is the strategy's, and risk's second approval ends at once, without an order."""
    event = approved(7)
    terms = event.data.terms
    floor.venue.take_by_hand(
        OrderRequest(client_order_id=order_of(7), symbol="AAPL", side=Side.BUY, quantity=Decimal(10), terms=terms)
    )
    floor.venue.fill(order_of(7), 10, tells=False)
    await floor.reconciler.run()
    assert await held(floor) == {("trend", "AAPL"): Decimal(10)}
    await floor.decide(event)
    await floor.take(event)
    await floor.take(event)
    await floor.send()
    *_, filled, claimed = [told.data for told in await floor.updates(order_of(7))]
    assert filled.execution is not None
    assert (claimed.state, claimed.execution, claimed.adopted) == (OrderState.FILLED, None, True)
    assert claimed.decision_id == decision_id_of("signal-7")
    assert floor.venue.submitted == [order_of(7)]


async def test_an_order_that_was_refused_before_the_broker_told_it(floor: Floor) -> None:
    """After a restore risk's second approval may come first, for another size, and be refused: the fill counts."""
    event = approved(7)
    await floor.decide(event)
    floor.clock.advance(60)
    await floor.take(event)
    terms = event.data.terms
    floor.venue.take_by_hand(
        OrderRequest(client_order_id=order_of(7), symbol="AAPL", side=Side.BUY, quantity=Decimal(4), terms=terms)
    )
    floor.venue.fill(order_of(7), 4, tells=False)
    await floor.reconciler.run()
    assert await floor.states(order_of(7)) == [OrderState.EXPIRED, OrderState.SENT, OrderState.FILLED]
    assert await held(floor) == {("trend", "AAPL"): Decimal(4)}
    assert floor.reconciler.trouble() is None


async def test_a_batch_that_cannot_be_committed_is_kept(floor: Floor) -> None:
    """The database is away for a moment: nothing that was heard is lost."""
    name = await floor.working()
    run, failures = floor.desk.storage.run, [Unavailable("away"), Unavailable("away")]

    async def failing(fn):  # type: ignore[no-untyped-def]
        if failures:
            raise failures.pop()
        return await run(fn)

    object.__setattr__(floor.desk, "storage", type("Away", (), {"run": staticmethod(failing)})())
    update = floor.venue.fill(name, 4)
    await floor.bookings.put(*parts_of(update))
    for _ in range(2):
        with pytest.raises(Unavailable):
            await floor.bookings.step()
    await floor.bookings.step()
    assert await held(floor) == {("trend", "AAPL"): Decimal(4)}


async def test_nothing_is_booked_for_an_account_that_is_not_ours(floor: Floor) -> None:
    """Without the lease, or at another account, what was heard is dropped: its owner asks for itself."""
    name = await floor.working()
    floor.is_right_account = False
    await floor.bookings.put(*parts_of(floor.venue.fill(name, 4)))
    await floor.bookings.step()
    assert floor.bookings.is_empty
    assert await held(floor) == {}
