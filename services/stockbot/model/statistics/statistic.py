"""One figure of the report: a value in its unit, or a sentence that says why there is none."""

import math
from decimal import Decimal

from msgspec import Struct

FRACTION, MONEY, RATIO, COUNT, DAYS = "fraction", "money", "ratio", "count", "days"
_FINEST = Decimal("0.000001")
_LARGEST = 1e15


class Statistic(Struct, frozen=True, kw_only=True):
    """A value in its unit; without one the sentence says why."""

    value: Decimal | None
    unit: str
    sentence: str


def stated(value: float | None, unit: str, sentence: str, otherwise: str = "") -> Statistic:
    if value is None:
        return without(unit, otherwise)
    if not math.isfinite(value) or abs(value) > _LARGEST:
        return without(unit, "the time is too short to tell: the figure would be absurd")
    return Statistic(value=Decimal(repr(float(value))).quantize(_FINEST), unit=unit, sentence=sentence)


def without(unit: str, why: str) -> Statistic:
    return Statistic(value=None, unit=unit, sentence=why)
