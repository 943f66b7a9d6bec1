"""What a check finds: whether the order passes, and the numbers that say so."""

import math
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from msgspec import Struct

Number = Decimal | float | str | datetime | None
Measure = TypeVar("Measure", Decimal, float)


class Finding(Struct, frozen=True, gc=False):
    passed: bool
    numbers: dict[str, Number]

    @property
    def detail(self) -> str:
        return in_words(**self.numbers)


def at_most(measured: Measure | None, limit: Measure | None, /, **numbers: Number) -> Finding:
    """Pass where both are known and the measure is not above its limit; `numbers` are what a person reads."""
    if measured is None or limit is None or not (math.isfinite(measured) and math.isfinite(limit)):
        return Finding(False, numbers)
    return Finding(measured <= limit, numbers)


def part_of(equity: Decimal | None, part: Decimal) -> Decimal | None:
    """That part of the equity; None where equity is unknown or used up, so that nothing can be within it."""
    return equity * part if equity is not None and equity > 0 else None


def in_words(**numbers: Number) -> str:
    """The numbers as `key=value` pairs."""
    return " ".join(f"{name}={_text(number)}" for name, number in numbers.items())


def _text(number: Number) -> str:
    if number is None:
        return "unknown"
    if isinstance(number, Decimal):
        return format(number, "f")
    return number.isoformat() if isinstance(number, datetime) else str(number)
