"""Each intent leaves at most once, whatever the broker answers and whenever the process ends."""

import asyncio
from contextlib import suppress
from decimal import Decimal
from typing import NoReturn

import pytest
from msgspec.structs import replace
from tests.services.execution_engine.conftest import PATIENCE, Floor
from tests.services.execution_engine.venue import Fault

from stockbot.errors import Unavailable
from stockbot.events.trading import Flattening, OrderState, OrderTerms, OrderType, Side
from stockbot.execution_engine import dispatcher
from stockbot.model.risk.trading_state import TradingState

INTENT, SENT, UNKNOWN = OrderState.INTENT, OrderState.SENT, OrderState.UNKNOWN
ACCEPTED, FILLED, EXPIRED, REJECTED = OrderState.ACCEPTED, OrderState.FILLED, OrderState.EXPIRED, OrderState.REJECTED


async def test_from_intent_to_filled(floor: Floor) -> None:
    """SENT is told before ACCEPTED, each fill with its execution, and the end with the last of them."""
    name = await floor.working()
    floor.venue.fill(name, 4, "100.50")
    floor.venue.fill(name, 6, "100.60")
    await floor.hear()
    told = [(event.data.state, event.data.filled_quantity) for event in await floor.updates(name)]
    partial, whole = (OrderState.PARTIALLY_FILLED, Decimal(4)), (FILLED, Decimal(10))
    assert told == [(INTENT, 0), (SENT, 0), (ACCEPTED, 0), partial, whole]
    assert [event.sequence for event in await floor.updates()] == [1, 2, 3, 4, 5]
    order = await floor.order(name)
    assert (order.average_price, order.is_open) == (Decimal("100.56"), False)


async def test_many_leave_at_once_and_none_twice(floor: Floor) -> None:
    """Thirty orders, eight at a time: each is at the broker once."""
    names = [await floor.approve(number) for number in range(30)]
    await floor.send()
    assert sorted(floor.venue.submitted) == sorted(names)


async def test_who_waits_for_a_free_task_leaves_as_soon_as_one_is(
    floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Thirty orders, and nobody looks by the clock: each send that ends lets the next begin."""
    monkeypatch.setattr(dispatcher, "LOOK_SECONDS", 3600)
    names = [await floor.approve(number) for number in range(30)]
    await _turn_until_submitted(floor, names)


async def test_who_waits_behind_many_that_are_over_leaves_at_once(
    floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two are looked at each time; four approvals have run out, and the fifth does not wait for a look by the clock."""
    monkeypatch.setattr(dispatcher, "LOOK_SECONDS", 3600)
    monkeypatch.setattr(dispatcher, "LOOKED_AT", 2)
    for number in range(4):
        await floor.approve(number)
    floor.clock.advance(11)
    await _turn_until_submitted(floor, [await floor.approve(4)])


async def _turn_until_submitted(floor: Floor, names: list[str]) -> None:
    floor.dispatcher.intended()
    turning = asyncio.create_task(_turn(floor))
    async with asyncio.timeout(20):
        while len(floor.venue.submitted) < len(names):  # noqa: ASYNC110 - the venue tells nobody
            await asyncio.sleep(0.01)
    turning.cancel()
    with suppress(asyncio.CancelledError):
        await turning
    await floor.dispatcher.finish()
    assert sorted(floor.venue.submitted) == sorted(names)


async def _turn(floor: Floor) -> None:
    while True:
        await floor.dispatcher.step()


async def test_sent_is_committed_before_it_leaves(floor: Floor) -> None:
    """What the broker has is SENT in SQL by then: a process that ends here never sends it again."""
    seen: list[OrderState] = []
    submit = floor.venue.submit

    async def submitting(request):  # type: ignore[no-untyped-def]
        seen.append((await floor.order(request.client_order_id)).state)
        return await submit(request)

    floor.venue.submit = submitting  # type: ignore[method-assign]
    await floor.working()
    assert seen == [SENT]


async def test_a_lost_answer_is_asked_for_and_not_sent_again(floor: Floor) -> None:
    """It arrived: UNKNOWN, then what the broker says; one order there."""
    floor.venue.faults = [Fault.ANSWER_LOST]
    name = await floor.working()
    assert (await floor.order(name)).state is UNKNOWN
    await floor.inquiries.ask()
    await floor.bookings.flush()
    assert await floor.states(name) == [INTENT, SENT, UNKNOWN, ACCEPTED]
    await floor.send()
    assert floor.venue.submitted == [name]


async def test_not_found_is_believed_late_and_twice(floor: Floor) -> None:
    """It did not arrive: only after lease and send time, at a second look, does it end; it is never sent again."""
    floor.venue.faults = [Fault.LOST]
    name = await floor.working()
    for _ in range(3):
        await _ask(floor)
        assert (await floor.order(name)).state is UNKNOWN
    floor.clock.advance(PATIENCE.total_seconds() + 1)
    await _ask(floor)
    await floor.send()
    assert await floor.states(name) == [INTENT, SENT, UNKNOWN, EXPIRED]
    assert floor.venue.submitted == []


async def test_one_late_look_is_not_enough(floor: Floor) -> None:
    """The first "not found" is never believed, however late it comes."""
    floor.venue.faults = [Fault.LOST]
    name = await floor.working()
    floor.clock.advance(PATIENCE.total_seconds() + 1)
    await _ask(floor)
    assert (await floor.order(name)).state is UNKNOWN
    await _ask(floor)
    assert (await floor.order(name)).state is EXPIRED


async def test_an_order_that_shows_up_after_all_is_adopted(floor: Floor) -> None:
    """It was taken for never sent, and the broker has it: it works again, and a person hears of it."""
    floor.venue.faults = [Fault.LOST]
    name = await floor.working()
    request = (await floor.order(name)).request()
    floor.clock.advance(PATIENCE.total_seconds() + 1)
    await _ask(floor)
    await _ask(floor)
    floor.venue.take_by_hand(request)
    await floor.reconciler.run()
    assert (await floor.states(name))[-2:] == [EXPIRED, ACCEPTED]
    assert "execution/adopted" in await floor.alerts()


async def test_a_process_that_ended_between_sent_and_the_answer(floor: Floor) -> None:
    """The next one finds SENT in SQL and asks: whether it had arrived or not, nothing is sent a second time."""
    arrived, lost = await floor.approve(1), await floor.approve(2)
    free = 8
    marked, _ = await floor.database.run(lambda c: floor.dispatcher._mark(free, c))
    floor.venue.take_by_hand(marked[0].request())
    await floor.send()
    await _ask(floor)
    assert [(await floor.order(name)).state for name in (arrived, lost)] == [ACCEPTED, UNKNOWN]
    floor.clock.advance(PATIENCE.total_seconds() + 1)
    await _ask(floor)
    assert (await floor.order(lost)).state is EXPIRED
    assert floor.venue.submitted == [arrived]


async def test_what_certainly_did_not_leave_is_tried_again(floor: Floor) -> None:
    """While its approval lives it goes out at the next try; after that it ends unsent."""
    floor.venue.faults = [Fault.NOT_SENT]
    name = await floor.working()
    assert (await floor.order(name)).state is INTENT
    floor.clock.advance(1)
    await floor.send()
    assert floor.venue.submitted == [name]
    floor.venue.faults = [Fault.NOT_SENT]
    late = await floor.working(2)
    floor.clock.advance(11)
    await floor.send()
    assert (await floor.order(late)).state is EXPIRED
    assert floor.venue.submitted == [name]


async def test_a_refusal_ends_it(floor: Floor) -> None:
    """The broker's reason is the order's."""
    floor.venue.faults = [Fault.REFUSED]
    name = await floor.working()
    order = await floor.order(name)
    assert (order.state, order.reason) == (REJECTED, "not enough buying power")


async def test_a_refusal_of_an_id_that_is_there_is_no_refusal(floor: Floor) -> None:
    """Our database was restored from before the send: the order at the broker is the order."""
    name = await floor.approve()
    floor.venue.take_by_hand((await floor.order(name)).request())
    await floor.send()
    assert (await floor.order(name)).state is ACCEPTED
    assert floor.venue.submitted == [name]


async def test_an_adapter_that_fails_leaves_it_unknown(floor: Floor) -> None:
    """Whatever it raises, nobody knows whether the order arrived."""
    floor.venue.faults = [Fault.BROKEN]
    name = await floor.working()
    assert (await floor.order(name)).state is UNKNOWN


@pytest.mark.parametrize("what", ["halted", "expired", "risk", "reducing"])
async def test_everything_is_checked_again_right_before_the_send(floor: Floor, what: str) -> None:
    """Between intent and send the world changed: it ends unsent."""
    name = await floor.approve()
    if what == "halted":
        await floor.halt()
    elif what == "reducing":
        await floor.halt(TradingState.REDUCING)
    elif what == "expired":
        floor.clock.advance(10)
    else:
        floor.gates = ("risk-guardian/0 has shown no sign of life for 15 s",)
    await floor.send()
    assert (await floor.order(name)).state is (EXPIRED if what == "expired" else REJECTED)
    assert floor.venue.submitted == []


async def test_a_lease_that_ran_out_sends_nothing(floor: Floor) -> None:
    """Marked as SENT, then the process was stopped: past its deadline it does not send, and asks instead."""
    name = await floor.approve()
    ((order,), _) = await floor.database.run(lambda c: floor.dispatcher._mark(8, c))
    floor.lease._elapsed = lambda: float("inf")
    with pytest.raises(Unavailable, match="the lease ran out"):
        await floor.dispatcher._outcome(order, floor.clock.monotonic())
    assert await floor.dispatcher.send_some() is False
    assert (floor.venue.submitted, (await floor.order(name)).state) == ([], SENT)


@pytest.mark.parametrize("seconds", [6, 11])
async def test_a_process_that_was_stopped_between_check_and_send_checks_again(floor: Floor, seconds: int) -> None:
    """Halted meanwhile, or the approval is over: it is taken back instead of being sent, and ends at the next check."""
    name, checked_at = await floor.approve(), floor.clock.monotonic()
    ((order,), _) = await floor.database.run(lambda c: floor.dispatcher._mark(8, c))
    floor.clock.advance(seconds)
    await floor.halt()
    await floor.dispatcher._send(order, checked_at)
    await floor.bookings.flush()
    floor.clock.advance(1)
    await floor.send()
    assert floor.venue.submitted == []
    assert (await floor.order(name)).state is (REJECTED if seconds == 6 else EXPIRED)


async def test_another_process_with_the_lease_stops_this_one(floor: Floor) -> None:
    """Nothing commits under an old fencing token: neither an intent nor a send."""
    await floor.approve()
    held = floor.lease._grant
    await floor.lease.release(floor.database)
    assert await type(floor.lease)(floor.lease._table, "accounts", "other").acquire(floor.database)
    floor.lease._grant = held
    with pytest.raises(Unavailable, match="the newest is 2"):
        await floor.dispatcher.send_some()
    with pytest.raises(Unavailable, match="the newest is 2"):
        await floor.approve(2)
    assert floor.venue.submitted == []


async def test_a_broker_that_is_too_slow_leaves_it_unknown(floor: Floor) -> None:
    """A send that takes longer than it may is lost sight of."""
    floor.dispatcher._send_seconds = 0.01
    floor.venue.submit = _never  # type: ignore[method-assign,assignment] # it never answers
    name = await floor.working()
    assert (await floor.order(name)).state is UNKNOWN


async def test_a_replace_takes_the_place_of_its_order(floor: Floor) -> None:
    """Revision 1 works, the one before is CANCELED and names it; both are told."""
    name = await floor.working()
    terms = OrderTerms(order_type=OrderType.LIMIT, limit_price=Decimal(102))
    await floor.approve(2, terms=terms, replaces=name)
    await floor.send()
    old = await floor.order(name)
    new = await floor.order(old.replaced_by or "")
    assert (old.state, new.state, new.revision, new.leg) == (OrderState.CANCELED, ACCEPTED, 1, 0)
    assert (new.quantity, new.terms.limit_price) == (Decimal(10), Decimal(102))
    assert await floor.states(name) == [INTENT, SENT, ACCEPTED, OrderState.PENDING_REPLACE, OrderState.CANCELED]
    assert (await floor.updates(name))[-1].data.replaced_by == new.client_order_id


async def test_a_replacement_trades_only_what_its_order_has_not(floor: Floor) -> None:
    """Four shares were filled after risk had approved ten: six are sent, and told so that risk holds no more."""
    name = await floor.working()
    await floor.approve(2, replaces=name)
    floor.venue.fill(name, 4)
    await floor.hear()
    await floor.send()
    new = await floor.order((await floor.order(name)).replaced_by or "")
    assert (new.quantity, floor.venue.orders[new.client_order_id].quantity) == (Decimal(6), Decimal(6))
    assert (await floor.updates(new.client_order_id))[-1].data.quantity == Decimal(6)


async def test_what_replaces_the_entry_of_a_bracket_is_protected_as_well(floor: Floor) -> None:
    """A replace names a new price, and risk takes none with exits: they go with the order that takes its place."""
    terms = OrderTerms(order_type=OrderType.LIMIT, limit_price=Decimal(101), stop_loss=Decimal(90))
    name = await floor.working(terms=terms)
    await floor.approve(2, replaces=name)
    await floor.send()
    new = (await floor.order(name)).replaced_by or ""
    floor.venue.fill(new, 10)
    await floor.hear()
    await floor.brackets.look()
    await floor.send()
    stop = floor.venue.orders[floor.venue.submitted[-1]]
    assert (stop.side, stop.quantity, stop.terms.stop_price) == (Side.SELL, Decimal(10), Decimal(90))
    assert not floor.venue.orders[new].terms.is_bracket


async def test_an_order_that_is_all_filled_by_the_brokers_word_is_not_replaced(floor: Floor) -> None:
    """Its fills are not known yet: what would take its place has nothing to trade."""
    name = await floor.working()
    await floor.approve(2, replaces=name)
    floor.venue.orders[name] = replace(floor.venue.orders[name], filled_quantity=Decimal(10))
    floor.venue.change(name, OrderState.PARTIALLY_FILLED)
    await floor.hear()
    await floor.send()
    assert [event.data.state for event in await floor.updates() if event.data.signal_id == "signal-2"][-1] is REJECTED


async def test_a_reduction_leaves_though_an_order_that_came_later_waits_too(floor: Floor) -> None:
    """Only what was there before it counts: in Reducing the first one closes, and the second would open."""
    floor.venue.fill(await floor.working(1), 10)
    await floor.hear()
    closing = await floor.approve(2, side=Side.SELL)
    opening = await floor.approve(3, side=Side.SELL)
    await floor.halt(TradingState.REDUCING)
    await floor.send()
    assert [(await floor.order(name)).state for name in (closing, opening)] == [ACCEPTED, REJECTED]


async def test_a_reduction_that_is_none_any_more_does_not_leave(floor: Floor) -> None:
    """It was excused from every limit; meanwhile the position was closed by hand: it would open a short."""
    floor.venue.fill(await floor.working(1), 10)
    await floor.hear()
    name = await floor.approve(2, side=Side.SELL, reduction=True)
    sale = replace((await floor.order(name)).request(), client_order_id="by-hand")
    floor.venue.take_by_hand(sale)
    floor.venue.fill("by-hand", 10)
    await floor.hear()
    await floor.send()
    late = await floor.approve(3, side=Side.SELL, reduction=True)
    assert [(await floor.order(one)).state for one in (name, late)] == [REJECTED, REJECTED]
    assert floor.venue.shares["AAPL"] == 0


async def test_a_replace_that_fails_leaves_the_order_as_it_was(floor: Floor) -> None:
    """Refused, or not open any more: the new one is REJECTED, the old one works on or has ended by itself."""
    name = await floor.working()
    floor.venue.faults = [Fault.REFUSED]
    await floor.approve(2, replaces=name)
    await floor.send()
    assert (await floor.order(name)).state is ACCEPTED
    floor.venue.fill(name, 10, tells=False)
    await floor.approve(3, replaces=name)
    await floor.send()
    await floor.reconciler.run()
    assert (await floor.order(name)).state is FILLED
    ended = [event.data.state for event in await floor.updates() if event.data.signal_id in ("signal-2", "signal-3")]
    assert ended == [INTENT, SENT, REJECTED, INTENT, SENT, REJECTED]


async def test_a_replace_with_a_lost_answer_is_asked_for(floor: Floor) -> None:
    """The old one waits until it is known that the new one has its place."""
    name = await floor.working()
    floor.venue.faults = [Fault.ANSWER_LOST]
    await floor.approve(2, replaces=name)
    await floor.send()
    assert (await floor.order(name)).state is OrderState.PENDING_REPLACE
    await _ask(floor)
    await floor.reconciler.run()
    old = await floor.order(name)
    assert old.state is OrderState.CANCELED
    assert (await floor.order(old.replaced_by or "")).state is ACCEPTED


async def test_a_replace_of_nothing_is_refused(floor: Floor) -> None:
    """An order that nobody knows, or that has ended, is not replaced."""
    await floor.approve(1, replaces="order-none")
    name = await floor.working(2)
    floor.venue.fill(name, 10)
    await floor.hear()
    await floor.approve(3, replaces=name, side=Side.SELL)
    told = [event.data for event in await floor.updates() if event.data.signal_id in ("signal-1", "signal-3")]
    assert [(report.state, report.reason.endswith("is not open")) for report in told] == [(REJECTED, True)] * 2


async def test_a_person_s_flatten_is_not_replaced(floor: Floor) -> None:
    """It has a strategy's name, and the strategy may not move its price away."""
    floor.venue.fill(await floor.working(1), 10)
    await floor.hear()
    close = await floor.working(2, side=Side.SELL, flatten=Flattening.ASKED)
    await floor.approve(3, replaces=close, side=Side.SELL)
    (told,) = [event.data for event in await floor.updates() if event.data.signal_id == "signal-3"]
    assert (told.state, told.reason.endswith("is a person's flatten")) == (REJECTED, True)
    assert (await floor.order(close)).state is ACCEPTED


async def _ask(floor: Floor) -> None:
    await floor.inquiries.ask()
    await floor.bookings.flush()


async def _never(request: object) -> NoReturn:
    await asyncio.sleep(3600)
    raise AssertionError(request)
