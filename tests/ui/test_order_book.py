"""Orders as the bus and the engine tell of them."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec
from msgspec.structs import replace

from stockbot.events.trading import Execution, OrderReport, OrderState, OrderUpdate, Side
from stockbot.testing.clock import START
from stockbot.testing.desk_scenes import orders
from stockbot.testing.events import service_alert
from stockbot_console.engine_answers import Order
from stockbot_console.order_book import KEPT, OrderBook, Told, after_answer, after_updates

SECOND = timedelta(seconds=1)


def order(order_id: str = "o1", **changes: Any) -> Order:
    working = {"state": "ACCEPTED", "filled_quantity": "0", "average_price": None, "is_open": True}
    return msgspec.convert(orders(START)[0] | working | {"client_order_id": order_id} | changes, Order)


def update(state: OrderState, filled: str = "0", price: str = "", order_id: str = "o1", **changes: Any) -> OrderUpdate:
    quantity = Decimal(filled)
    fill = (
        Execution(execution_id=f"e-{filled}", quantity=quantity, price=Decimal(price), executed_at=START)
        if price
        else None
    )
    report = OrderReport(
        account="paper",
        client_order_id=order_id,
        strategy="trend",
        symbol="AAPL",
        side=Side.BUY,
        state=state,
        quantity=Decimal(10),
        filled_quantity=quantity,
        execution=fill,
    )
    return OrderUpdate(
        id=f"u-{order_id}-{state}-{filled}",
        source="execution-engine/0",
        time=START + SECOND,
        subject="paper",
        correlationid="chain",
        data=replace(report, **changes),
    )


def told(*answered: Order, asked_at: Any = START) -> Told:
    return Told(asked_at=asked_at, recent=answered, open=[one for one in answered if one.is_open])


def known(*some: Order) -> OrderBook:
    return OrderBook({one.client_order_id: one for one in some})


def test_an_update_moves_its_order() -> None:
    """State and quantity follow, and the average is that of all fills."""
    book = after_updates(known(order()), [update(OrderState.PARTIALLY_FILLED, "4", "10")], START)
    last = update(OrderState.FILLED, "10", "20")
    execution = replace(last.data.execution, quantity=Decimal(6))  # type: ignore[type-var] # the update has one
    after = after_updates(book, [replace(last, data=replace(last.data, execution=execution))], START).orders["o1"]
    assert (after.state, after.is_open, after.filled_quantity) == (OrderState.FILLED, False, Decimal(10))
    assert after.average_price == Decimal(16)


def test_an_order_that_is_not_known_yet_is_added() -> None:
    """The bus may be sooner than the next question; other events change nothing."""
    book = after_updates(OrderBook(), [update(OrderState.SENT)], START)
    assert book.orders["o1"].correlationid == "chain"
    assert after_updates(book, [service_alert()], START) is book


def test_a_late_report_changes_nothing() -> None:
    """Reports only go up: less filled, or open again after its end, is old."""
    filled = order(state="FILLED", filled_quantity="10", is_open=False)
    book = after_updates(known(filled), [update(OrderState.ACCEPTED), update(OrderState.PARTIALLY_FILLED, "4")], START)
    assert book.orders["o1"] == filled


def test_the_same_fill_twice_counts_once() -> None:
    """The average stays."""
    once = after_updates(known(order()), [update(OrderState.PARTIALLY_FILLED, "4", "10")], START)
    again = after_updates(once, [update(OrderState.PARTIALLY_FILLED, "4", "10")], START)
    assert again.orders["o1"].average_price == once.orders["o1"].average_price == Decimal(10)


def test_what_the_bus_told_after_the_question_stays() -> None:
    """The answer is older; the next one is taken."""
    book = after_updates(known(order()), [update(OrderState.FILLED, "10", "187")], START + SECOND)
    old = after_answer(book, told(order(), asked_at=START))
    assert old.orders["o1"].state is OrderState.FILLED
    ended = order(state="FILLED", filled_quantity="10", is_open=False, broker_order_id="b1")
    assert after_answer(book, told(ended, asked_at=START + 2 * SECOND)).orders["o1"].broker_order_id == "b1"


def test_what_the_engine_has_not_as_open_is_not_open_here() -> None:
    """Updates may have been missed; an order that ended long ago is not shown as working for ever."""
    assert after_answer(known(order("gone")), told(order("o1"))).orders.keys() == {"o1"}


def test_the_oldest_make_room_but_open_ones_stay() -> None:
    """However many come."""
    first = order("first", created_at=START - SECOND)
    ended = [
        order(f"o{number}", is_open=False, state="FILLED", created_at=START + number * SECOND)
        for number in range(KEPT + 20)
    ]
    book = after_answer(OrderBook(), told(first, *ended))
    assert len(book.orders) == KEPT + 1
    assert "first" in book.orders
    assert next(iter(book.orders)) == f"o{KEPT + 19}"


def test_orders_are_chosen() -> None:
    """Open or all, of a symbol, of a strategy."""
    book = known(order("a", symbol="MSFT"), order("b", is_open=False, strategy="x"))
    assert list(book.chosen(ended=False)) == ["a"]
    assert list(book.chosen(ended=True)) == ["a", "b"]
    assert list(book.chosen(ended=True, symbol="MSFT", strategy="trend")) == ["a"]
    assert list(book.chosen(ended=True, strategy="x")) == ["b"]
