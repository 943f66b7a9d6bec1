"""All symbols of an account with their values, and the sums over them. Used for every decision and by the timer.

The sums move with each line that changes, so an account of many symbols is judged as fast as one of few.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import reduce
from types import MappingProxyType

from msgspec import Struct

from stockbot.model.risk.account import NOTHING
from stockbot.model.risk.book import Line

_Values = tuple[Decimal | None, ...]


class Sums(Struct, frozen=True):
    """What many lines come to together; None where a price is missing to tell."""

    orders: int = 0
    _known: tuple[Decimal, ...] = (NOTHING,) * 5
    _unknown: tuple[int, ...] = (0,) * 5

    @property
    def worth(self) -> Decimal | None:
        return self._sum(0)

    @property
    def committed(self) -> Decimal | None:
        return self._sum(1)

    @property
    def largest(self) -> Decimal | None:
        return self._sum(2)

    @property
    def highest(self) -> Decimal | None:
        return self._sum(3)

    @property
    def lowest(self) -> Decimal | None:
        return self._sum(4)

    def plus(self, one: Line) -> "Sums":
        values = _values(one)
        known = [sum_ if value is None else sum_ + value for sum_, value in zip(self._known, values, strict=True)]
        unknown = [count + (value is None) for count, value in zip(self._unknown, values, strict=True)]
        return Sums(self.orders + one.orders, tuple(known), tuple(unknown))

    def minus(self, one: Line | None) -> "Sums":
        """Without a line that is part of the sums; all of them where there is none."""
        if one is None:
            return self
        values = _values(one)
        known = [sum_ if value is None else sum_ - value for sum_, value in zip(self._known, values, strict=True)]
        unknown = [count - (value is None) for count, value in zip(self._unknown, values, strict=True)]
        return Sums(self.orders - one.orders, tuple(known), tuple(unknown))

    def _sum(self, place: int) -> Decimal | None:
        return None if self._unknown[place] else self._known[place]


class Lines(Mapping[str, Line]):
    """The lines by symbol; never changed, but followed by others."""

    def __init__(self, by_symbol: Mapping[str, Line] = MappingProxyType({}), sums: Sums | None = None) -> None:
        self._by_symbol = by_symbol
        self.sums = reduce(Sums.plus, by_symbol.values(), Sums()) if sums is None else sums

    def with_line(self, one: Line) -> "Lines":
        """The lines with this one, in the place of the one that its symbol had."""
        symbol = one.book.symbol
        sums = self.sums.minus(self._by_symbol.get(symbol)).plus(one)
        return Lines({**self._by_symbol, symbol: one}, sums)

    def __getitem__(self, symbol: str) -> Line:
        return self._by_symbol[symbol]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_symbol)

    def __len__(self) -> int:
        return len(self._by_symbol)


def _values(one: Line) -> _Values:
    return one.worth, one.committed, one.largest, one.highest, one.lowest
