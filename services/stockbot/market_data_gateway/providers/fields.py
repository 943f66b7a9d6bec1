"""Reading single numbers and times out of a provider's answer. Used by the providers that parse JSON.

Every function raises FieldError, a ValueError, with words that fit behind the name of the field.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import cast
from zoneinfo import ZoneInfo

from stockbot.events.numbers import check_countable, check_price, is_countable

_NUMBER = re.compile(r"[+-]?\d{1,30}(\.\d{1,30})?([eE][+-]?\d{1,3})?", re.ASCII)
_LARGEST_TIME = 32_503_680_000  # the year 3000, in seconds since 1970
_YEARS = range(1800, 3000)
_LARGEST_EXPONENT = 15  # of any price, quantity or time
FINEST_PLACES = 8


class FieldError(ValueError):
    """A field does not hold what its documentation promises."""


def mapping(value: object, name: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise FieldError(f"{name} is {kind(value)}, not an object")
    return cast("Mapping[str, object]", value)


def sequence(value: object, name: str) -> list[object]:
    if not isinstance(value, list):
        raise FieldError(f"{name} is {kind(value)}, not a list")
    return cast("list[object]", value)


def decimal(value: object, name: str) -> Decimal:
    """Return a finite Decimal from a JSON number or a string of digits."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise FieldError(f"{name} is {kind(value)}, not a number")
    if isinstance(value, str) and not _NUMBER.fullmatch(value.strip()):
        raise FieldError(f"{name} is the text {value[:40]!r}, not a number")
    number = Decimal(value.strip() if isinstance(value, str) else value)
    if not number.is_finite():
        raise FieldError(f"{name} is {number}, not a number")
    if number.adjusted() > _LARGEST_EXPONENT:
        raise FieldError(f"{name} is {number:.3E}, far too large")
    return number


def price(value: object, name: str, places: int, factor: Decimal = Decimal(1)) -> Decimal:
    """Return a price above zero, times `factor`, rounded half to even to so many decimal places."""
    exact = decimal(value, name) * factor
    rounded = exact.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_EVEN)
    check_price(**{name: rounded})
    return rounded


def quantity(value: object, name: str) -> Decimal:
    """Shares: a whole or fractional number, not negative."""
    number = decimal(value, name)
    check_countable(**{name: number})
    if number < 0:
        raise FieldError(f"{name} is {number}, below zero")
    return number


def optional_quantity(value: object) -> Decimal | None:
    """Volume is a courtesy: where it is missing or unreadable the quote stands without it."""
    try:
        return quantity(value, "volume")
    except ValueError:
        return None


def places(value: object, default: int) -> int:
    """Decimal places of a listing's prices; the default where the source gives none that makes sense."""
    sensible = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= FINEST_PLACES
    return cast("int", value) if sensible else default


def epoch(value: object, name: str) -> datetime:
    """UTC from seconds since 1970."""
    seconds = decimal(value, name)
    if not is_countable(seconds) or not 0 < seconds < _LARGEST_TIME:
        raise FieldError(f"{name} is {seconds}, not a time in seconds since 1970")
    return datetime.fromtimestamp(float(seconds), UTC)


def local_time(value: object, name: str, zone: ZoneInfo) -> datetime:
    """UTC from a date, or a date and time, in ISO form and in the time of `zone`."""
    if not isinstance(value, str):
        raise FieldError(f"{name} is {kind(value)}, not a time")
    moment = datetime.fromisoformat(value)
    if moment.year not in _YEARS:
        raise FieldError(f"{name} is {value}, which no price has")
    return moment.replace(tzinfo=zone).astimezone(UTC)


def kind(value: object) -> str:
    if value is None:
        return "missing"
    return {bool: "true or false", str: "text", dict: "an object", list: "a list"}.get(type(value), "a number")
