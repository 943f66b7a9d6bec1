"""What a cancel-all ends and a flatten closes."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from tests.services.model.orders.conftest import order

from stockbot.events.trading import OrderState, Side
from stockbot.model.orders.closing import to_cancel, to_close
from stockbot.model.risk.reduction import closing_side


def test_open_orders_are_canceled_once() -> None:
    """Not those that ended or are being canceled; of a symbol or a strategy where one is named."""
    orders = [
        order(client_order_id="a"),
        order(client_order_id="b", symbol="MSFT", strategy="reversion"),
        order(client_order_id="c", cancel_because="enough"),
        order(client_order_id="d", own=OrderState.REJECTED),
    ]
    assert [one.client_order_id for one in to_cancel(orders)] == ["a", "b"]
    assert [one.client_order_id for one in to_cancel(orders, symbol="MSFT")] == ["b"]
    assert [one.client_order_id for one in to_cancel(orders, strategy="trend")] == ["a"]


def test_every_position_is_closed_against_its_side() -> None:
    """Long is sold, short is bought back, flat is left alone."""
    held = {("a", "AAPL"): Decimal("2.5"), ("a", "MSFT"): Decimal(-3), ("b", "AAPL"): Decimal(4)}
    closes = [(one.symbol, one.strategy, one.side, one.quantity) for one in to_close(held)]
    assert closes == [
        ("AAPL", "a", Side.SELL, Decimal("2.5")),
        ("AAPL", "b", Side.SELL, Decimal(4)),
        ("MSFT", "a", Side.BUY, Decimal(3)),
    ]
    assert [one.symbol for one in to_close(held, symbol="MSFT")] == ["MSFT"]


SHARES = st.decimals(-100, 100, places=1)
HELD = st.dictionaries(st.tuples(st.sampled_from("abcd"), st.sampled_from(["AAPL", "MSFT"])), SHARES)


@given(held=HELD)
def test_a_flatten_reduces_until_the_account_is_flat(held: dict[tuple[str, str], Decimal]) -> None:
    """In whatever order they are filled: each close makes the account's position smaller, and no strategy flips."""
    closes = to_close(held)
    for symbol in ("AAPL", "MSFT"):
        own = [one for one in closes if one.symbol == symbol]
        net = sum((quantity for (_, name), quantity in held.items() if name == symbol), Decimal(0))
        assert sum((one.quantity for one in own), Decimal(0)) == abs(net)
        assert {one.side for one in own} <= {closing_side(net)}
        assert all(Decimal(0) < one.quantity <= abs(held[one.strategy, symbol]) for one in own)
        assert all(held[one.strategy, symbol] * net > 0 for one in own)
    if all(quantity >= 0 for quantity in held.values()):
        assert {(one.strategy, one.symbol): one.quantity for one in closes} == {at: by for at, by in held.items() if by}
