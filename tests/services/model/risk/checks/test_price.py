"""Prices: every one of an order, the quotes in a signal, and clocks that run ahead."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from stockbot.events.market import Quote
from stockbot.events.trading import OrderTerms, OrderType
from stockbot.model.risk.decide import Approved, Denied, decide
from stockbot.model.risk.inputs import DecisionInputs
from stockbot.testing.clock import START as NOW

Make = Callable[..., DecisionInputs]
QUOTE = Quote(symbol="AAPL", last=Decimal(100), source_time=NOW, receive_time=NOW, provider="demo")


def ago(seconds: float) -> Any:
    return NOW - timedelta(seconds=seconds)


@pytest.mark.parametrize(("stop", "limit"), [("94.99", "100"), ("100", "94.99"), ("105.01", "100"), ("100", "105.01")])
def test_every_price_of_an_order_is_judged(make: Make, stop: str, limit: str) -> None:
    """Of a stop-limit order neither price may be outside the band, nor below one tick."""
    terms = OrderTerms(order_type=OrderType.STOP_LIMIT, stop_price=Decimal(stop), limit_price=Decimal(limit))
    far = decide(make({"signal": {"terms": terms}}))
    assert isinstance(far, Denied)
    assert [reason.code for reason in far.denial.reasons] == ["PRICE_OUTSIDE_BAND"]
    coarse = decide(make({"signal": {"terms": terms}, "instrument": {"tick": Decimal(100)}}))
    below = min(Decimal(stop), Decimal(limit)) < 100
    assert isinstance(coarse, Denied)
    assert ("PRICE_BELOW_TICK" in [reason.code for reason in coarse.denial.reasons]) is below


@pytest.mark.parametrize(("age", "passes"), [(9, True), (10, True), (11, False)])
def test_a_quote_is_compared_with_the_one_the_signal_was_made_from(make: Make, age: int, passes: bool) -> None:
    """The newest embedded quote of the symbol counts, not other symbols' and not the reference time."""
    embedded = (
        replace(QUOTE, source_time=ago(10)),
        replace(QUOTE, source_time=ago(20)),
        replace(QUOTE, symbol="MSFT", source_time=ago(1)),
    )
    answer = decide(make({"signal": {"quotes": embedded}, "quote": {"source_time": ago(age)}}))
    assert isinstance(answer, Approved) is passes


@pytest.mark.parametrize("field", ["source_time", "receive_time"])
def test_another_clock_may_run_a_little_ahead(make: Make, field: str) -> None:
    """Five seconds into the future are a clock's error, more are not."""
    assert isinstance(decide(make({"quote": {field: ago(-5)}})), Approved)
    assert isinstance(decide(make({"quote": {field: ago(-5.001)}})), Denied)
