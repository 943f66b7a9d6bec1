"""Column types that keep times and money exact on SQLite and on PostgreSQL. For every service's tables."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Dialect, Integer, Numeric, Text
from sqlalchemy.sql import operators
from sqlalchemy.types import DateTime, TypeDecorator, TypeEngine

from stockbot.events.numbers import check_countable

LongInteger = BigInteger().with_variant(Integer(), "sqlite")
"""64 bits on both; as a primary key it counts up by itself on both."""

MOST_PLACES = 40  # 28 digits, what Decimal computes with, down to the smallest countable number, 1E-12
EQUALITY = {operators.eq, operators.ne, operators.in_op, operators.not_in_op, operators.is_, operators.is_not}


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, exact to the microsecond: TIMESTAMP WITH TIME ZONE, or text of fixed width on SQLite.

    Both sort as time does. Takes any timezone-aware datetime and returns the same moment in UTC. A naive
    one is refused with ValueError, which SQLAlchemy wraps in StatementError.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.utcoffset() is None:
            raise ValueError(f"{value.isoformat()} has no timezone: give a datetime in UTC")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class ExactDecimal(TypeDecorator[Decimal]):
    """Money, price or quantity, never a float: NUMERIC, or on SQLite text in one canonical form.

    Both return the same Decimal, without an exponent and without trailing zeros. Text equals but has no
    order, so SQL may ask for equality only; sums and comparisons belong into Python. Raises ValueError for
    what `stockbot.events.numbers` does not count as a number or for more than 40 decimal places, and
    TypeError for anything but a Decimal; SQLAlchemy wraps both in StatementError.
    """

    impl = Numeric()
    cache_ok = True

    class Comparator(TypeDecorator.Comparator[Decimal]):
        """Lets equality through and refuses what needs an order."""

        def operate(self, op: Callable[..., Any], *other: Any, **keywords: Any) -> Any:
            if op not in EQUALITY:
                raise TypeError(f"{op.__name__} on an ExactDecimal: SQLite keeps it as text, so do this in Python")
            return super().operate(op, *other, **keywords)

    comparator_factory = Comparator

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else self.impl_instance)

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Decimal | str | None:
        if value is None:
            return None
        if not isinstance(value, Decimal):
            raise TypeError(f"{value!r} is {type(value).__name__}, not a Decimal")
        check_countable(value=value)
        return _storable(value) if dialect.name == "sqlite" else Decimal(_storable(value))

    def process_result_value(self, value: Decimal | str | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(canonical(Decimal(value)))


def canonical(value: Decimal) -> str:
    """Write a finite number without exponent, trailing zeros or negative zero; nothing is rounded."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _storable(value: Decimal) -> str:
    text = canonical(value)
    if len(text.partition(".")[2]) > MOST_PLACES:
        raise ValueError(f"{text[:60]} has more than {MOST_PLACES} decimal places: quantize it")
    return text
