"""What the broker says makes one order of an order, in whatever order and however often it is said."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.services.model.orders.conftest import fill, moment, order, said

from stockbot.events.trading import OrderState, Side
from stockbot.model.orders.broker import BrokerExecution, BrokerOrder
from stockbot.model.orders.order import Order, report_of
from stockbot.model.orders.transitions import Trouble, TroubleKind, take_execution, take_snapshot

S = OrderState
Message = BrokerOrder | BrokerExecution


def after(start: Order, messages: Iterable[Message]) -> tuple[Order, list[Trouble]]:
    """The order after all of it, with fills known by their ids."""
    booked: dict[str, BrokerExecution] = {}
    troubles: list[Trouble] = []
    for message in messages:
        if isinstance(message, BrokerOrder):
            step = take_snapshot(start, message, moment(60))
        else:
            step = take_execution(start, message, booked.get(message.execution_id), moment(60))
            booked.setdefault(message.execution_id, message)
        start, troubles = step.order, [*troubles, *step.troubles]
    return start, troubles


@pytest.mark.parametrize(
    ("messages", "state", "filled"),
    [
        ([], S.SENT, 0),
        ([said(S.SENT)], S.SENT, 0),
        ([said(S.ACCEPTED)], S.ACCEPTED, 0),
        ([said(S.TRIGGERED), said(S.ACCEPTED)], S.TRIGGERED, 0),
        ([said(S.PENDING_CANCEL)], S.ACCEPTED, 0),
        ([fill(1, 4)], S.PARTIALLY_FILLED, 4),
        ([fill(1, 4), fill(1, 4)], S.PARTIALLY_FILLED, 4),
        ([fill(1, 4), fill(2, 6)], S.FILLED, 10),
        ([said(S.FILLED, 10)], S.SENT, 0),  # nobody is richer before the fills are known
        ([said(S.FILLED, 10), fill(1, 10)], S.FILLED, 10),
        ([said(S.CANCELED)], S.CANCELED, 0),
        ([said(S.CANCELED, 4)], S.SENT, 0),
        ([said(S.CANCELED, 4), fill(1, 4)], S.CANCELED, 4),
        ([said(S.REJECTED)], S.REJECTED, 0),
        ([said(S.EXPIRED), said(S.ACCEPTED)], S.EXPIRED, 0),
    ],
)
def test_states_follow_from_what_is_known(messages: Sequence[Message], state: OrderState, filled: int) -> None:
    """A table of messages and the state that they lead to, without any trouble."""
    order_, troubles = after(order(), messages)
    assert (order_.state, order_.filled_quantity, troubles) == (state, Decimal(filled), [])


@pytest.mark.parametrize(
    ("messages", "kind", "state", "filled"),
    [
        ([said(S.CANCELED, at=1), said(S.ACCEPTED, at=2)], TroubleKind.IMPOSSIBLE, S.CANCELED, 0),
        ([said(S.CANCELED), said(S.EXPIRED)], TroubleKind.IMPOSSIBLE, S.CANCELED, 0),
        ([fill(1, 10), said(S.REJECTED)], TroubleKind.IMPOSSIBLE, S.FILLED, 10),
        ([said(S.ACCEPTED, symbol="MSFT")], TroubleKind.IMPOSSIBLE, S.SENT, 0),
        ([said(S.ACCEPTED, side=Side.SELL)], TroubleKind.IMPOSSIBLE, S.SENT, 0),
        ([said(S.ACCEPTED, quantity=Decimal(9))], TroubleKind.IMPOSSIBLE, S.ACCEPTED, 0),
        ([fill(1, 4), fill(1, 5)], TroubleKind.IMPOSSIBLE, S.PARTIALLY_FILLED, 4),
        ([fill(1, 4, side=Side.SELL)], TroubleKind.IMPOSSIBLE, S.SENT, 0),
        ([fill(1, 12)], TroubleKind.OVERFILL, S.FILLED, 12),
        ([said(S.CANCELED), fill(1, 4)], TroubleKind.LATE_FILL, S.CANCELED, 4),
        ([said(S.CANCELED), fill(1, 10)], TroubleKind.LATE_FILL, S.FILLED, 10),
    ],
)
def test_contradictions_are_named(
    messages: Sequence[Message], kind: TroubleKind, state: OrderState, filled: int
) -> None:
    """Impossible ones are not applied; fills that should not be are booked, because they are money."""
    order_, troubles = after(order(), messages)
    assert [trouble.kind for trouble in troubles] == [kind]
    assert (order_.state, order_.filled_quantity) == (state, Decimal(filled))


@pytest.mark.parametrize("own", [S.EXPIRED, S.REJECTED, S.CANCELED])
def test_an_order_taken_for_never_sent_is_adopted(own: OrderState) -> None:
    """The broker has it after all: it works, whatever we took it for."""
    order_, troubles = after(order(own=own), [said(S.ACCEPTED)])
    assert (order_.state, [trouble.kind for trouble in troubles]) == (S.ACCEPTED, [TroubleKind.ADOPTED])


def test_an_adopted_order_is_as_large_as_the_broker_says() -> None:
    """Somebody may change it by hand."""
    order_, troubles = after(order(adopted=True), [said(S.ACCEPTED, quantity=Decimal(25))])
    assert (order_.quantity, troubles) == (Decimal(25), [])


def test_what_we_never_sent_is_what_the_broker_has() -> None:
    """After a restore the same signal may be refused with another side and size than the broker filled long ago."""
    messages: list[Message] = [said(S.FILLED, 4, side=Side.SELL, quantity=Decimal(4)), fill(1, 4, side=Side.SELL)]
    for heard in (messages, messages[::-1]):
        order_, troubles = after(order(own=S.REJECTED), heard)
        assert (order_.state, order_.side, order_.quantity) == (S.FILLED, Side.SELL, Decimal(4))
        assert (order_.filled_quantity, order_.misses_fills) == (Decimal(4), False)
        assert [trouble.kind for trouble in troubles] == [TroubleKind.ADOPTED]


@st.composite
def histories(draw: st.DrawFn) -> list[Message]:
    """What an honest broker says of one order: accepted, perhaps triggered, fills that fit, and perhaps an end."""
    messages: list[Message] = [said(S.ACCEPTED)]
    if draw(st.booleans()):
        messages.append(said(S.TRIGGERED))
    filled = 0
    for number, part in enumerate(draw(st.lists(st.integers(1, 4), max_size=4)), start=1):
        if filled + part > 10:
            break
        filled += part
        messages += [fill(number, part, str(100 + number)), said(S.PARTIALLY_FILLED, filled, at=number)]
    if filled == 10:
        messages.append(said(S.FILLED, 10, at=9))
    elif draw(st.booleans()):
        messages.append(said(draw(st.sampled_from([S.CANCELED, S.EXPIRED])), filled, at=9))
    return messages


@given(histories(), st.data())
def test_any_order_and_any_repetition_ends_the_same(history: list[Message], data: st.DataObject) -> None:
    """Late, doubled and reordered messages lead to the same order as the broker's own sequence, without a trouble."""
    expected, _ = after(order(), history)
    heard = data.draw(st.permutations([*history, *data.draw(st.lists(st.sampled_from(history), max_size=5))]))
    found, troubles = after(order(), heard)
    assert (found, troubles) == (expected, [])
    assert report_of(found).filled_quantity == sum(
        (message.quantity for message in history if isinstance(message, BrokerExecution)), Decimal(0)
    )


@given(histories(), st.data())
def test_reports_only_go_up(history: list[Message], data: st.DataObject) -> None:
    """Whatever the order of the messages: filled never shrinks, and an end stays."""
    heard = data.draw(st.permutations(history))
    seen = [after(order(), heard[:count])[0] for count in range(len(heard) + 1)]
    for earlier, later in pairwise(seen):
        assert later.filled_quantity >= earlier.filled_quantity
        assert earlier.is_open or later.state is earlier.state
