"""A question without a good answer is Unavailable: never None, never an empty list, never flat."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.services.execution_engine.brokers.alpaca_venue import adapter
from tests.services.execution_engine.brokers.conformance import LIMIT_90, LONG_AGO, request

from stockbot.errors import Unavailable
from stockbot.events.trading import OrderState, Side
from stockbot.execution_engine.brokers.alpaca import questions
from stockbot.execution_engine.brokers.alpaca.broker import Alpaca
from stockbot.execution_engine.brokers.protocol import ActivityKind, Broker, Mode, OrderRefused
from stockbot.testing.alpaca import FakeAlpaca, running_alpaca
from stockbot.testing.alpaca.server import new_books

QUESTIONS: dict[str, Callable[[Broker], Awaitable[object]]] = {
    "account": lambda broker: broker.account(),
    "order": lambda broker: broker.order("order-1"),
    "open_orders": lambda broker: broker.open_orders(),
    "executions": lambda broker: broker.executions(LONG_AGO),
    "positions": lambda broker: broker.positions(),
    "activities": lambda broker: broker.activities(LONG_AGO),
}
FAULTS: list[dict[str, Any]] = [
    {"kind": "hang"},
    {"kind": "drop"},
    {"kind": "malformed"},
    {"kind": "html"},
    {"kind": "empty"},
    {"kind": "wrong_types"},
    {"kind": "nan"},
    {"kind": "status", "status": 500},
    {"kind": "status", "status": 404, "body": "<html>nothing here</html>"},
    {"kind": "status", "status": 404, "body": '{"message": "endpoint not found."}'},
    {"kind": "status", "status": 404, "body": '{"code": 40010001, "message": "no"}'},
    {"kind": "status", "status": 200, "body": "null"},
    {"kind": "status", "status": 403, "body": "<html>blocked</html>"},
]


def name(fault: dict[str, Any]) -> str:
    return f"{fault['kind']} {fault.get('status', '')} {fault.get('body', '')}".strip()


@pytest.mark.parametrize("fault", FAULTS, ids=name)
async def test_a_bad_answer_is_unavailable(fake: FakeAlpaca, broker: Alpaca, fault: dict[str, Any]) -> None:
    """To whichever question: Unavailable and a trouble in words, gone with the next good answer."""
    fake.control.hold()
    await broker.submit(request(1, terms=LIMIT_90))
    fake.control.fill("order-1", 4, "90")
    fake.control.move("CSD", 500)
    for question, ask in QUESTIONS.items():
        fake.control.misbehave(**fault, method="GET", path="/v2/", times=100)
        with pytest.raises(Unavailable):
            print(question, await ask(broker))  # noqa: T201 - shown where the test fails
        assert broker.trouble is not None
        fake.control.behave()
        assert await ask(broker), question
        assert broker.trouble is None


async def test_an_order_of_another_id_is_no_answer(fake: FakeAlpaca, broker: Alpaca) -> None:
    """A cache on the way that answers with another order is not believed."""
    await broker.submit(request(1))
    other = fake.control.order("order-1").id
    body = f'{{"id": "{other}", "client_order_id": "order-9", "status": "new", "time_in_force": "day",'
    body += ' "created_at": "2026-03-02T15:00:00Z"}'
    fake.control.misbehave("status", status=200, body=body, method="GET", path="/v2/orders:by")
    with pytest.raises(Unavailable, match="order-9"):
        await broker.order("order-1")


async def test_long_lists_are_read_to_the_end(
    fake: FakeAlpaca, broker: Alpaca, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More orders, fills and movements than one page holds all come, each once."""
    monkeypatch.setattr(questions, "PAGE_OF_ORDERS", 2)
    monkeypatch.setattr(questions, "PAGE_OF_ACTIVITIES", 2)
    for number in range(5):
        await broker.submit(request(number))
        await broker.submit(request(10 + number, terms=LIMIT_90))
        fake.control.move("CSD", 1 + number)
    assert [one.client_order_id for one in await broker.open_orders()] == [f"order-{10 + n}" for n in range(5)]
    assert [one.client_order_id for one in await broker.executions(LONG_AGO)] == [f"order-{n}" for n in range(5)]
    assert [one.amount for one in await broker.activities(LONG_AGO)] == [1, 2, 3, 4, 5]


async def test_orders_placed_by_hand_are_seen_like_ours(fake: FakeAlpaca, broker: Alpaca) -> None:
    """A person's own orders at Alpaca come with the id that Alpaca gave them, and so do their fills."""
    by_hand = fake.control.place(symbol="AAPL", qty="3", side="buy", type="market", time_in_force="day")
    order = await broker.order(by_hand["client_order_id"])
    assert order is not None
    assert order.state is OrderState.FILLED
    assert [one.client_order_id for one in await broker.executions(LONG_AGO)] == [by_hand["client_order_id"]]


async def test_a_short_position_is_negative(fake: FakeAlpaca, broker: Alpaca) -> None:
    """Alpaca says the side and a signed quantity; here the sign is all."""
    fake.control.place(symbol="AAPL", qty="3", side="sell", type="market", time_in_force="day")
    assert [(one.symbol, one.quantity) for one in await broker.positions()] == [("AAPL", Decimal(-3))]


async def test_movements_come_with_kind_amount_and_shares(fake: FakeAlpaca, broker: Alpaca) -> None:
    """What moved cash or shares and was no fill is told, each under the id that it keeps."""
    await broker.submit(request())
    ids = [
        fake.control.move("CSD", "500.25"),
        fake.control.move("DIV", "1.23", symbol="AAPL", qty="10"),
        fake.control.move("FEE", "-0.02", description="REG fee"),
        fake.control.move("SPLIT", symbol="AAPL", qty="10"),
    ]
    found = await broker.activities(LONG_AGO)
    assert [one.activity_id for one in found] == ids
    assert [(one.kind, one.amount, one.symbol, one.quantity) for one in found] == [
        (ActivityKind.DEPOSIT, Decimal("500.25"), None, None),
        (ActivityKind.DIVIDEND, Decimal("1.23"), "AAPL", None),
        (ActivityKind.FEE, Decimal("-0.02"), None, None),
        (ActivityKind.SPLIT, Decimal(0), "AAPL", Decimal(10)),
    ]
    assert found[2].note == "FEE: REG fee"
    assert await broker.activities(datetime.now(UTC) + timedelta(seconds=5)) == []


async def test_a_cash_account_settles_and_cannot_short() -> None:
    """The multiplier 1 says that it is one; Alpaca refuses what it may not do."""
    with running_alpaca(new_books(multiplier="1")) as fake:
        broker = adapter(fake.url)
        account = await broker.account()
        assert (account.settles, account.mode, account.broker) == (True, Mode.PAPER, "alpaca")
        with pytest.raises(OrderRefused, match="not allowed to short"):
            await broker.submit(request(side=Side.SELL))
        await broker.close()


async def test_a_blocked_account_is_trouble(fake: FakeAlpaca, broker: Alpaca) -> None:
    """The account is told all the same, and readiness says why nothing can be traded."""
    fake.control.account(blocked=True)
    await broker.account()
    assert "trading_blocked" in str(broker.trouble)
    fake.control.account(blocked=False)
    await broker.account()
    assert broker.trouble is None
