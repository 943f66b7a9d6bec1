"""Checks that a number is one that money can be counted in. Used by every event model and by the spec.

They run for every quote, so they compare and do nothing else: two comparisons and a test for NaN cost 0.1 us.
"""

import math
from decimal import Decimal

LARGEST = Decimal("1E15")  # no price, quantity or balance of a person's account comes near
SMALLEST = Decimal("1E-12")  # the finest unit that is stored
_ZERO = Decimal(0)


def is_countable(number: Decimal) -> bool:
    """True for zero and for a finite Decimal whose magnitude lies between 1E-12 and 1E15."""
    return number.is_finite() and (number == _ZERO or SMALLEST <= number.copy_abs() <= LARGEST)


def is_price(number: Decimal) -> bool:
    """True for a countable Decimal above zero."""
    return number.is_finite() and SMALLEST <= number <= LARGEST


def check_countable(**numbers: Decimal | None) -> None:
    """Raise ValueError naming the first number that is NaN, infinite, too large or too small to count."""
    for name, number in numbers.items():
        if number is not None and not is_countable(number):
            raise ValueError(f"{name} must be a finite decimal, 0 or between 1E-12 and 1E15, not {number}")


def check_price(**prices: Decimal | None) -> None:
    """Raise ValueError naming the first price, quantity or distance that is not a countable Decimal above zero."""
    for name, price in prices.items():
        if price is not None and not is_price(price):
            raise ValueError(f"{name} must be a finite decimal between 1E-12 and 1E15, not {price}")


def check_finite(**numbers: float) -> None:
    """Raise ValueError naming the first float, an indicator for example, that is NaN or infinite."""
    for name, number in numbers.items():
        if not math.isfinite(number):
            raise ValueError(f"{name} must be a finite number, not {number}")
