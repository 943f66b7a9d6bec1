"""How finely money and shares are counted: twelve places, the finest unit that is stored. Used by the whole ledger.

A price with six places times a quantity with six is exact; nothing a broker reports is rounded but by its own hand.
"""

from decimal import ROUND_HALF_EVEN, Decimal

from stockbot.events.numbers import SMALLEST, is_countable

NOTHING = Decimal(0)
PLACES = 12


def money(amount: Decimal) -> Decimal:
    """The amount to twelve places, half to even; ValueError where it is too large to count."""
    rounded = fine(amount)
    if not is_countable(rounded):
        raise ValueError(f"{amount} is no amount of money: it must be 0 or at most 1E15")
    return rounded


def fine(number: Decimal) -> Decimal:
    """The number to twelve places; one that has no more stays as it is written."""
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int):
        raise ValueError(f"{number} is not a finite number")  # noqa: TRY004 - a wrong value of the right type
    return number if exponent >= -PLACES else number.quantize(SMALLEST, ROUND_HALF_EVEN)
