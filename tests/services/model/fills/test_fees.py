"""Fees: by the share, at least something, never more than a part of the value, however the fills fall."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.services.model.fills.scenes import EXACT, market, order, seen

from stockbot.model.fills.fees import fee_of
from stockbot.model.fills.rules import FeeSchedule

SCHEDULE = FeeSchedule()


@pytest.mark.parametrize(
    ("quantity", "value", "fee"),
    [
        ("0", "0", "0"),
        ("1000", "100000", "5"),
        ("10", "1000", "1"),  # the minimum
        ("1", "50", "0.5"),  # but never more than one percent
        ("333", "33300", "1.665"),  # exact
    ],
)
def test_the_schedule(quantity: str, value: str, fee: str) -> None:
    """A half cent for each share, a dollar at least, one percent at most."""
    assert fee_of(Decimal(quantity), Decimal(value), SCHEDULE) == Decimal(fee)


@given(parts=st.lists(st.tuples(st.integers(1, 400), st.integers(1, 20_000)), min_size=1, max_size=8))
def test_the_fees_of_the_fills_are_the_fee_of_the_order(parts: list[tuple[int, int]]) -> None:
    """Into whatever fills an order falls, each fee is at least zero and their sum is what the whole order costs."""
    whole = order(quantity=sum(quantity for quantity, _ in parts), volume=Decimal(0))
    markets, volume = [], 0
    for quantity, cents in parts:
        volume += 10 * quantity
        price = str(Decimal(cents) / 100 + 1)
        markets.append(market(price, volume=str(volume), bid=price, ask=price))
    outcome = seen(whole, *markets, rules=EXACT, fees=SCHEDULE)
    fees = [step.fill.fee for step in outcome.steps if step.fill]
    assert min(fees) >= 0
    assert sum(fees) == outcome.order.fees == fee_of(whole.quantity, outcome.order.value, SCHEDULE)
