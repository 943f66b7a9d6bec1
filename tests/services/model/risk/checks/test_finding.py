"""Comparisons that fail closed, and numbers as a person reads them."""

from decimal import Decimal

import pytest

from stockbot.model.risk.checks.finding import at_most, in_words, part_of
from stockbot.testing.clock import START

NAN, INFINITE = Decimal("NaN"), Decimal("Infinity")


@pytest.mark.parametrize(
    ("measured", "limit", "passed"),
    [
        (Decimal(1), Decimal(1), True),
        (Decimal(2), Decimal(1), False),
        (None, Decimal(1), False),
        (Decimal(1), None, False),
        (NAN, Decimal(1), False),
        (Decimal(1), NAN, False),
        (-INFINITE, Decimal(1), False),
        (Decimal(1), INFINITE, False),
    ],
)
def test_only_known_numbers_pass(measured: Decimal | None, limit: Decimal | None, passed: bool) -> None:
    """A measure passes up to its limit; what is missing, NaN or infinite on either side does not."""
    assert at_most(measured, limit).passed is passed


@pytest.mark.parametrize(("equity", "part"), [("200", "50"), ("0", None), ("-1", None), (None, None)])
def test_a_part_of_nothing_is_unknown(equity: str | None, part: str | None) -> None:
    """Of an account that is worth nothing, or one whose worth is unknown, nothing is a part."""
    found = part_of(None if equity is None else Decimal(equity), Decimal("0.25"))
    assert found == (None if part is None else Decimal(part))


def test_numbers_are_written_as_pairs() -> None:
    """Decimals have no exponent, times are ISO 8601, and what is not known says so."""
    words = in_words(notional=Decimal("1E+3"), orders=3, at=START, price=None, session="open")
    assert words == "notional=1000 orders=3 at=2026-03-02T15:00:00+00:00 price=unknown session=open"
