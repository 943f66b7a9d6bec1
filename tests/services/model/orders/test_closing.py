"""What a cancel-all ends and a flatten closes."""

from decimal import Decimal

from tests.services.model.orders.conftest import order

from stockbot.events.trading import OrderState, Side
from stockbot.model.orders.closing import to_cancel, to_close


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
    positions = {"AAPL": Decimal("2.5"), "MSFT": Decimal(-3), "TSLA": Decimal(0)}
    closes = [(one.symbol, one.side, one.quantity) for one in to_close(positions)]
    assert closes == [("AAPL", Side.SELL, Decimal("2.5")), ("MSFT", Side.BUY, Decimal(3))]
    assert [one.symbol for one in to_close(positions, symbol="MSFT")] == ["MSFT"]
