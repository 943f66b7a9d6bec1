"""An order is sent once, whatever comes back, and what is said afterwards is exactly what is known."""

import asyncio
import socket
from decimal import Decimal
from typing import Any

import pytest
from tests.services.execution_engine.brokers.alpaca_venue import adapter
from tests.services.execution_engine.brokers.conformance import LIMIT_90, request

from stockbot.errors import Unavailable
from stockbot.events.trading import OrderState, OrderTerms, OrderType, Side
from stockbot.execution_engine.brokers.alpaca.broker import Alpaca
from stockbot.execution_engine.brokers.alpaca.outcomes import AccessRefused, Throttled
from stockbot.execution_engine.brokers.protocol import OrderNotOpen, OrderRefused, OutcomeUnknown
from stockbot.testing.alpaca import FakeAlpaca

POST = ["POST /v2/orders"]
HTML = "<html>no</html>"
GARBLED: list[dict[str, Any]] = [
    {"kind": "hang"},
    {"kind": "drop"},
    {"kind": "malformed"},
    {"kind": "html"},
    {"kind": "empty"},
    {"kind": "wrong_types"},
    {"kind": "nan"},
    *({"kind": "status", "status": status} for status in (500, 502, 503, 504, 408, 302)),
    {"kind": "status", "status": 403, "body": HTML},
    {"kind": "status", "status": 404, "body": '{"message": "endpoint not found"}'},
    {"kind": "status", "status": 200, "body": '{"id": "of", "client_order_id": "another order"}'},
]


def name(fault: dict[str, Any]) -> str:
    return f"{fault['kind']} {fault.get('status', '')}".strip()


@pytest.mark.parametrize("fault", GARBLED, ids=name)
async def test_an_order_that_was_taken_with_a_bad_answer_is_unknown_and_found(
    fake: FakeAlpaca, broker: Alpaca, fault: dict[str, Any]
) -> None:
    """Whatever comes back after it was taken, it was sent once, and asking by our id finds the one order."""
    fake.control.misbehave(**fault, after=True)
    with pytest.raises(OutcomeUnknown):
        await broker.submit(request())
    assert fake.control.arrivals() == POST
    found = await broker.order("order-1")
    assert found is not None
    assert (found.state, found.filled_quantity) == (OrderState.FILLED, Decimal(10))


@pytest.mark.parametrize("fault", [f for f in GARBLED if f["kind"] in {"hang", "drop", "status"}], ids=name)
async def test_an_order_that_never_was_taken_is_unknown_and_then_known_as_absent(
    fake: FakeAlpaca, broker: Alpaca, fault: dict[str, Any]
) -> None:
    """The same answers before it was taken look the same from here; asking by our id says that there is none."""
    fake.control.misbehave(**fault)
    with pytest.raises(OutcomeUnknown):
        await broker.submit(request())
    assert fake.control.arrivals() == POST
    assert await broker.order("order-1") is None


@pytest.mark.parametrize("status", [429, 504])
async def test_one_submit_is_one_post(fake: FakeAlpaca, broker: Alpaca, status: int) -> None:
    """alpaca-py repeats a POST on 429 and 504 by itself, three times; not here."""
    fake.control.misbehave("status", status=status, times=10)
    with pytest.raises(Unavailable):
        await broker.submit(request())
    assert fake.control.arrivals() == POST


async def test_too_many_requests_is_a_pause_that_is_kept(fake: FakeAlpaca, broker: Alpaca) -> None:
    """429 says that nothing was taken; until Retry-After is over nothing but a cancellation is sent."""
    await broker.submit(request(1, terms=LIMIT_90))
    fake.control.misbehave("status", status=429, retry_after="30")
    with pytest.raises(Throttled) as first:
        await broker.submit(request(2))
    assert not isinstance(first.value, OutcomeUnknown)
    with pytest.raises(Unavailable, match=r"another (29|30)\.\d s"):
        await broker.submit(request(2))
    with pytest.raises(Unavailable, match="patience"):
        await broker.positions()
    await broker.cancel("order-1")
    assert fake.control.arrivals().count("POST /v2/orders") == 2
    assert fake.control.order("order-1").status == "canceled"


async def test_patience_ends_however_often_it_is_asked_for(fake: FakeAlpaca, broker: Alpaca) -> None:
    """Who asks meanwhile is told to wait, and does not make the wait longer for everybody."""
    fake.control.misbehave("status", status=429, retry_after="1", method="GET", path="/v2/positions")
    with pytest.raises(Throttled):
        await broker.positions()
    async with asyncio.timeout(5):
        while True:
            try:
                await broker.positions()
                break
            except Unavailable:
                await asyncio.sleep(0.05)


async def test_a_restarted_adapter_cancels_while_patience_is_wanted(fake: FakeAlpaca, broker: Alpaca) -> None:
    """Nothing stands between a person and a cancellation, not even an order whose Alpaca id is not known yet."""
    await broker.submit(request(1, terms=LIMIT_90))
    again = adapter(fake.url)
    fake.control.misbehave("status", status=429, retry_after="30")
    with pytest.raises(Throttled):
        await again.submit(request(2))
    await again.cancel("order-1")
    assert fake.control.order("order-1").status == "canceled"
    await again.close()


async def test_a_closed_port_is_certainly_not_sent() -> None:
    """Nobody listens: the order did not leave, and may be sent again."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    broker = adapter(f"http://127.0.0.1:{port}")
    with pytest.raises(Unavailable, match="was not sent") as raised:
        await broker.submit(request())
    assert not isinstance(raised.value, OutcomeUnknown)
    assert broker.trouble is not None
    await broker.close()


@pytest.mark.parametrize(
    ("status", "body"),
    [(401, '{"code": 40110000, "message": "request is not authorized"}'), (403, '{"message": "forbidden."}')],
)
async def test_a_refused_key_is_trouble_and_no_refusal_of_the_order(
    fake: FakeAlpaca, broker: Alpaca, status: int, body: str
) -> None:
    """A person must mend it; the order itself was not judged, and all is well when the key is accepted again."""
    fake.control.misbehave("status", status=status, body=body)
    with pytest.raises(AccessRefused, match="check keyId"):
        await broker.submit(request())
    assert "does not accept the key" in str(broker.trouble)
    await broker.submit(request())
    assert broker.trouble is None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"quantity": Decimal(100_000_000)}, "insufficient buying power"),
        ({"side": Side.SELL, "quantity": Decimal("0.5")}, "cannot be sold short"),
        ({"terms": OrderTerms(order_type=OrderType.LIMIT, limit_price=Decimal("90.001"))}, "sub-penny"),
        ({"client_order_id": "before"}, "client_order_id must be unique"),
    ],
    ids=["buying power", "fractional short", "tick", "repeated id"],
)
async def test_a_refusal_has_the_words_of_the_broker(
    fake: FakeAlpaca, broker: Alpaca, changes: dict[str, Any], words: str
) -> None:
    """403 and 422 in Alpaca's own form are final, say why, and are no trouble of the connection."""
    await broker.submit(request(client_order_id="before", terms=LIMIT_90))
    with pytest.raises(OrderRefused, match=words):
        await broker.submit(request(**changes))
    assert broker.trouble is None


async def test_a_fraction_arrives_to_the_last_digit(fake: FakeAlpaca, broker: Alpaca) -> None:
    """Numbers travel as strings: no binary float comes near them, there or back."""
    quantity, price = Decimal("0.123456789"), Decimal("99.99")
    terms = OrderTerms(order_type=OrderType.LIMIT, limit_price=price)
    answer = await broker.submit(request(quantity=quantity, terms=terms))
    assert (answer.quantity, answer.terms.limit_price) == (quantity, price)
    sent = fake.control.order("order-1")
    assert (sent.qty, sent.limit_price) == (quantity, price)


@pytest.mark.parametrize("fault", [{"kind": "status", "status": 500}, {"kind": "hang"}, {"kind": "html"}], ids=name)
async def test_a_cancellation_without_an_answer_is_not_known(
    fake: FakeAlpaca, broker: Alpaca, fault: dict[str, Any]
) -> None:
    """It is asked once; whether it arrived, the order's state tells."""
    await broker.submit(request(terms=LIMIT_90))
    fake.control.misbehave(**fault, method="DELETE", after=True)
    if fault["kind"] == "html":
        await broker.cancel("order-1")  # 204 has no body that could be wrong
    else:
        with pytest.raises(Unavailable):
            await broker.cancel("order-1")
    found = await broker.order("order-1")
    assert found is not None
    assert found.state is OrderState.CANCELED
    assert len(fake.control.arrivals()) == 2


async def test_a_replacement_without_an_answer_is_unknown_and_found(fake: FakeAlpaca, broker: Alpaca) -> None:
    """It was sent once; the old order names the new one, which is there under our id."""
    await broker.submit(request(1, terms=LIMIT_90))
    fake.control.misbehave("drop", method="PATCH", after=True)
    with pytest.raises(OutcomeUnknown):
        await broker.replace("order-1", request(2, quantity=Decimal(7), terms=LIMIT_90))
    old, new = await broker.order("order-1"), await broker.order("order-2")
    assert old is not None
    assert new is not None
    assert (old.state, old.replaced_by, new.quantity) == (OrderState.CANCELED, "order-2", Decimal(7))
    assert len(fake.control.posts()) == 2


async def test_a_replacement_counts_its_own_shares(fake: FakeAlpaca, broker: Alpaca) -> None:
    """What the old order had filled stays its own: the new one begins at nothing with the whole quantity."""
    fake.control.hold()
    await broker.submit(request(1, terms=LIMIT_90))
    fake.control.fill("order-1", 4, "90")
    new = await broker.replace("order-1", request(2, quantity=Decimal(6), terms=LIMIT_90))
    assert (new.quantity, new.filled_quantity) == (Decimal(6), Decimal(0))
    old = await broker.order("order-1")
    assert old is not None
    assert (old.state, old.filled_quantity) == (OrderState.CANCELED, Decimal(4))


async def test_an_order_that_fills_before_it_is_replaced_is_not_open(fake: FakeAlpaca, broker: Alpaca) -> None:
    """Alpaca's refusal is explained by asking the old order again: it has ended meanwhile."""
    await broker.submit(request(1, terms=LIMIT_90))
    body = '{"code": 42210000, "message": "order is not open"}'
    fake.control.misbehave("status", status=422, body=body, method="PATCH", after=True)
    with pytest.raises(OrderNotOpen, match="CANCELED"):
        await broker.replace("order-1", request(2, terms=LIMIT_90))


@pytest.mark.parametrize(
    "changes",
    [
        {"symbol": "MSFT"},
        {"side": Side.SELL},
        {"terms": OrderTerms()},
        {"terms": OrderTerms(order_type=OrderType.LIMIT, limit_price=Decimal(90), extended_hours=True)},
        {"terms": OrderTerms(order_type=OrderType.LIMIT, limit_price=Decimal(90), stop_loss=Decimal(80))},
    ],
    ids=["symbol", "side", "type", "extended hours", "bracket"],
)
async def test_what_alpaca_cannot_change_is_refused_unsent(
    fake: FakeAlpaca, broker: Alpaca, changes: dict[str, Any]
) -> None:
    """A replacement that PATCH has no words for would silently be another order: it is never sent."""
    await broker.submit(request(1, terms=LIMIT_90))
    with pytest.raises(OrderRefused, match="cancel it and send a new one"):
        await broker.replace("order-1", request(2, **({"terms": LIMIT_90} | changes)))
    assert fake.control.arrivals() == POST
