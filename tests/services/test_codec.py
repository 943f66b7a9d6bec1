"""The codec: what goes in comes out, and nothing else comes in."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from stockbot.codec import decode, decode_entry, decode_quote, encode, encode_quote, type_of
from stockbot.errors import MalformedEvent
from stockbot.events import EVENT_TYPES, AnyEvent
from stockbot.events.market import Quote
from stockbot.testing.samples import every_event

PRICES = st.decimals(min_value="0.000000000001", max_value="1E15", places=12, allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize("event", every_event(), ids=type_of)
def test_every_type_survives_the_wire(event: AnyEvent) -> None:
    """Encoding and decoding gives an equal event of the same class."""
    assert decode(encode(event)) == event


def test_the_samples_cover_every_type() -> None:
    """No event type is left out of the tests above."""
    assert {type_of(event) for event in every_event()} == set(EVENT_TYPES)


@pytest.mark.parametrize("event", every_event(), ids=type_of)
def test_the_wire_is_a_cloudevent(event: AnyEvent) -> None:
    """The required attributes of CloudEvents 1.0 are there, and our chain of causes."""
    document = json.loads(encode(event))
    assert document["specversion"] == "1.0"
    assert {"id", "source", "type", "time", "subject", "correlationid", "causationid", "data"} <= document.keys()
    assert document["time"].endswith("Z")


@given(bid=PRICES, last=PRICES, volume=PRICES)
def test_decimals_are_exact_strings_on_the_wire(bid: Decimal, last: Decimal, volume: Decimal) -> None:
    """No price passes through a binary float."""
    now = datetime(2026, 3, 2, tzinfo=UTC)
    quote = Quote(symbol="A", bid=bid, last=last, volume=volume, source_time=now, receive_time=now, provider="demo")
    assert json.loads(encode_quote(quote))["last"] == str(last)
    assert decode_quote(encode_quote(quote)) == quote


@pytest.mark.parametrize("number", ["NaN", "-NaN", "sNaN", "Infinity", "-Infinity", "1E+16", "1E-13", "-1", "0", "x"])
@pytest.mark.parametrize("field", ["bid", "ask", "last"])
def test_numbers_that_are_no_price_are_refused(field: str, number: str) -> None:
    """NaN, infinities, magnitudes nobody trades at, zero and negative prices do not come in."""
    good = encode_quote(_quote())
    bad = json.dumps({**json.loads(good), field: number}).encode()
    with pytest.raises(MalformedEvent):
        decode_quote(bad)


@pytest.mark.parametrize("number", [Decimal("NaN"), Decimal("Infinity"), Decimal(0), Decimal(-1)])
def test_numbers_that_are_no_price_cannot_be_sent_either(number: Decimal) -> None:
    """A wrong number is noticed where it arises, not by whoever receives it."""
    with pytest.raises(ValueError, match="last"):
        replace(_quote(), last=number)


def test_an_indicator_that_is_not_a_number_cannot_be_sent() -> None:
    """JSON has no NaN: it would arrive as null and be refused there."""
    signal = next(event for event in every_event() if type_of(event) == "SIGNAL_GENERATED").data
    with pytest.raises(ValueError, match="rsi"):
        replace(signal, indicators={"rsi": float("nan")})


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"type": "ORDER_WISHED"}, "known types are MARKET_DATA"),
        ({"type": None}, "type"),
        ({"dataversion": 2}, "dataversion"),
        ({"specversion": "2.0"}, "specversion"),
        ({"time": "2026-03-02T10:00:00"}, "time"),
        ({"id": ""}, "id"),
        ({"data": None}, "data"),
    ],
)
@pytest.mark.parametrize("event", every_event(), ids=type_of)
def test_what_the_contract_does_not_allow_is_refused_with_its_place(
    event: AnyEvent, change: dict[str, object], reason: str
) -> None:
    """Unknown types and versions, local times and holes are refused, and the message says where."""
    document = {**json.loads(encode(event)), **change}
    with pytest.raises(MalformedEvent, match=reason):
        decode(json.dumps(document))


@given(st.binary(max_size=200))
def test_rubbish_is_malformed_and_nothing_worse(rubbish: bytes) -> None:
    """Any bytes are either an event or a MalformedEvent."""
    with pytest.raises(MalformedEvent):
        decode(rubbish)


def test_deeply_nested_rubbish_is_malformed_and_nothing_worse() -> None:
    """A bomb of brackets does not exhaust the stack."""
    with pytest.raises(MalformedEvent):
        decode(b"[" * 200_000)


def test_an_entry_without_the_field_is_malformed() -> None:
    """A stream entry carries its event in the field `event`."""
    with pytest.raises(MalformedEvent, match="no field"):
        decode_entry({b"data": b"{}"})


def test_unknown_attributes_are_passed_over() -> None:
    """CloudEvents allows extensions: a newer publisher may add one."""
    event = every_event()[0]
    document = {**json.loads(encode(event)), "newattribute": "x"}
    assert decode(json.dumps(document)) == event


def _quote() -> Quote:
    now = datetime(2026, 3, 2, tzinfo=UTC)
    return Quote(
        symbol="A",
        bid=Decimal("1.00"),
        ask=Decimal("1.02"),
        last=Decimal("1.01"),
        source_time=now,
        receive_time=now,
        provider="demo",
    )


def test_a_quote_needs_a_price() -> None:
    """Neither last nor both sides of the spread: there is nothing to value a position at."""
    document = json.loads(encode_quote(_quote()))
    for left in ({"last": None, "bid": None}, {"last": None, "ask": None}):
        with pytest.raises(MalformedEvent, match="needs last"):
            decode_quote(json.dumps({**document, **left}).encode())


def test_the_mark_is_last_else_the_middle() -> None:
    """DESIGN's rule for valuing a position."""
    assert _quote().mark == Decimal("1.01")
    assert msgspec.structs.replace(_quote(), last=None, ask=Decimal("1.04")).mark == Decimal("1.02")


def test_a_deeply_nested_quote_is_malformed_and_nothing_worse() -> None:
    """The cache is an edge as well."""
    with pytest.raises(MalformedEvent):
        decode_quote(b'{"x":' + b"[" * 100_000)
