"""An independent book-keeper for the tests: exact fractions, lot by lot, nothing shared with the program.

A position is a list of lots. Average cost means that a reduction takes the same part of every lot. A bust is left out
of the history, and everything is counted again from the beginning.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction


@dataclass
class Lots:
    """Open lots of one sign as [shares, price], what closed ones brought, and the fees paid."""

    lots: list[list[Fraction]] = field(default_factory=list)
    realised: Fraction = Fraction(0)
    fees: Fraction = Fraction(0)

    @property
    def quantity(self) -> Fraction:
        return sum((shares for shares, _ in self.lots), Fraction(0))

    @property
    def cost(self) -> Fraction:
        return sum((shares * price for shares, price in self.lots), Fraction(0))

    def trade(self, change: Fraction, price: Fraction, fee: Fraction) -> None:
        self.fees += fee
        held = self.quantity
        if held * change < 0:
            closed = min(abs(change), abs(held))
            part = closed / abs(held)
            for lot in self.lots:
                self.realised += lot[0] * part * (price - lot[1])
                lot[0] -= lot[0] * part
            self.lots = [lot for lot in self.lots if lot[0]]
            change = change + closed if change < 0 else change - closed
        if change:
            self.lots.append([change, price])

    def split(self, new: Fraction, old: Fraction) -> None:
        for lot in self.lots:
            lot[0], lot[1] = lot[0] * new / old, lot[1] * old / new


@dataclass(frozen=True)
class Trade:
    execution_id: str
    symbol: str
    strategy: str
    change: Decimal
    price: Decimal
    fee: Decimal


@dataclass(frozen=True)
class Split:
    symbol: str
    new: Decimal
    old: Decimal


@dataclass(frozen=True)
class Cash:
    """A dividend, an interest or a deposit: what it brought."""

    kind: str
    amount: Decimal


@dataclass(frozen=True)
class Moved:
    """Shares that came or went without a trade, at what one was worth."""

    symbol: str
    change: Decimal
    price: Decimal


Happening = Trade | Split | Cash | Moved


@dataclass
class Books:
    """All positions of an account: under strategy None by the account's own lots."""

    cash: Fraction
    positions: dict[tuple[str, str | None], Lots] = field(default_factory=dict)

    @classmethod
    def of(cls, cash: Decimal, history: Iterable[Happening], busted: Sequence[str] = ()) -> "Books":
        books = cls(Fraction(cash))
        for one in history:
            if isinstance(one, Cash):
                books.cash += Fraction(one.amount)
            elif isinstance(one, Split):
                books.split(one)
            elif isinstance(one, Moved):
                books.take(one.symbol, "external", (one.change, one.price, Decimal(0)))
            elif one.execution_id not in busted:
                books.trade(one)
        return books

    def trade(self, one: Trade) -> None:
        self.take(one.symbol, one.strategy, (one.change, one.price, one.fee))
        self.cash -= Fraction(one.change) * Fraction(one.price) + Fraction(one.fee)

    def take(self, symbol: str, strategy: str, what: tuple[Decimal, Decimal, Decimal]) -> None:
        change, price, fee = map(Fraction, what)
        for owner in (None, strategy):
            self.positions.setdefault((symbol, owner), Lots()).trade(change, price, fee)

    def split(self, one: Split) -> None:
        for (symbol, _), lots in self.positions.items():
            if symbol == one.symbol:
                lots.split(Fraction(one.new), Fraction(one.old))
