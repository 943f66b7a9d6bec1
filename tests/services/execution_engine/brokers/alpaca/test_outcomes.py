"""Whatever bytes Alpaca answers with, they end in a value or in an error that we raise on purpose."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.services.execution_engine.brokers.alpaca.test_activities import FILL
from tests.services.execution_engine.brokers.alpaca.test_orders import ORDER

from stockbot.errors import StockbotError, Unavailable
from stockbot.execution_engine.brokers.alpaca import activities as moves
from stockbot.execution_engine.brokers.alpaca.account import (
    AlpacaAccount,
    AlpacaPosition,
    block_of,
    broker_account,
    broker_position,
)
from stockbot.execution_engine.brokers.alpaca.activities import AlpacaFill, AlpacaMovement
from stockbot.execution_engine.brokers.alpaca.connection import Reply
from stockbot.execution_engine.brokers.alpaca.fill_names import TradeUpdate
from stockbot.execution_engine.brokers.alpaca.orders import AlpacaOrder, broker_order
from stockbot.execution_engine.brokers.alpaca.outcomes import (
    check_canceled,
    check_sent,
    decoded,
    is_unknown_order,
    value_of,
)
from stockbot.execution_engine.brokers.alpaca.patience import LONGEST, USUAL, seconds_of
from stockbot.execution_engine.brokers.protocol import Mode

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
MOVEMENT = {"id": "20260302000000000::uuid", "activity_type": "CSD", "net_amount": "1", "qty": "1", "symbol": "A"}
ACCOUNT = {"account_number": "PA1", "status": "ACTIVE", "cash": "1", "multiplier": "4"}
POSITION = {"symbol": "A", "qty": "1", "side": "long", "avg_entry_price": "1"}
UPDATE = {"event": "fill", "order": ORDER, "price": "1", "qty": "1", "execution_id": "x", "timestamp": None}

odd = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.sampled_from(["NaN", "1E999", "-0", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z", "99991231235959999::x"]),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)


def read(kind: type[Any], body: dict[str, Any]) -> object:
    """All that the adapter does with such an answer."""
    value = decoded(msgspec.json.encode(body), kind)
    match value:
        case AlpacaOrder():
            return broker_order(value)
        case AlpacaFill():
            return moves.execution(value, "order-1"), (taken := moves.taken_back(value)) and moves.bust(taken, {})
        case AlpacaMovement():
            return moves.activity(value), moves.is_since(value, NOW)
        case AlpacaAccount():
            return broker_account(value, Mode.PAPER, ""), block_of(value)
        case AlpacaPosition():
            return broker_position(value)
        case TradeUpdate():
            return value.at, broker_order(value.order)
        case _:
            raise AssertionError(kind)


@given(st.data())
@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (AlpacaOrder, ORDER),
        (AlpacaFill, FILL),
        (AlpacaMovement, MOVEMENT),
        (AlpacaAccount, ACCOUNT),
        (AlpacaPosition, POSITION),
        (TradeUpdate, UPDATE),
    ],
)
def test_odd_fields_are_refused_or_read(kind: type[Any], body: dict[str, Any], data: st.DataObject) -> None:
    """Any field may be anything: what comes of it is a value, or an error of ours that names it."""
    changes = data.draw(st.dictionaries(st.sampled_from(sorted(body)), odd, min_size=1, max_size=3))
    try:
        read(kind, body | changes)
    except StockbotError as error:
        assert str(error)  # noqa: PT017 - most odd answers are refused, and some are not


@given(st.integers(100, 599), st.binary(max_size=40))
@example(200, b"")
@example(404, b'{"code": 40410000, "message": 1}')
@example(422, b'{"code": "42210000", "message": "no"}')
@example(403, b'["forbidden"]')
def test_an_order_is_there_refused_or_unknown(status: int, body: bytes) -> None:
    """No status and no bytes end otherwise, and none of these bytes is believed as "no such order"."""
    reply = Reply(status, body)
    for ask in (check_sent, lambda r: check_canceled(r, "order-1"), lambda r: value_of(r, AlpacaOrder)):
        try:
            ask(reply)
        except StockbotError as error:
            assert isinstance(error, Unavailable)  # noqa: PT017 - as above
    assert not is_unknown_order(reply)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, USUAL),
        ("5", 5),
        (" 5 ", 5),
        ("100000", LONGEST),
        ("-5", USUAL),
        ("soon", USUAL),
        ("Mon, 02 Mar 2026 15:00:30 GMT", 30),
        ("Mon, 02 Mar 2026 14:00:00 GMT", 0),
        ("٣", USUAL),
    ],
)
def test_retry_after(header: str | None, seconds: float) -> None:
    """A number or a date, within bounds; what is neither is a usual pause."""
    assert seconds_of(header, NOW) == seconds
