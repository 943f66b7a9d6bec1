"""One symbol in an account: its position and its working orders, and the cash that both keep from other uses.

Working orders may fill in any order. So the shares that only close a position need no cash of their own, the others
do, and the dearest ones are taken to be those that open. A short keeps its proceeds and half of its value besides:
the initial margin of Regulation T, 12 CFR 220.12.
"""

from collections.abc import Iterable
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from stockbot.events.trading import Side
from stockbot.model.risk.account import NOTHING, Hold
from stockbot.model.risk.finite import check_numbers

SHORT_MARGIN = Decimal("0.5")
GAP_ALLOWANCE = Decimal("0.10")  # how much worse than its trigger an order without a price bound may fill


class Book(Struct, frozen=True, kw_only=True):
    """Shares (negative when short), the last price, the highest of the costs per share, and what is working."""

    symbol: str
    position: Decimal = NOTHING
    mark: Decimal | None = None
    cost: Decimal | None = None
    working: tuple[Hold, ...] = ()

    def __post_init__(self) -> None:
        check_numbers(position=self.position, mark=self.mark, cost=self.cost)

    def leaves(self, side: Side) -> Decimal:
        return sum((kept.leaves for kept in self.working if kept.side is side), NOTHING)


class Line(Struct, frozen=True, kw_only=True):
    """A book with its values, in the account's currency; None where a price is missing to tell.

    `worth` is the position's value, below zero when short; `highest` and `lowest` are that with all working buys
    filled and no sell, and the reverse; `largest` is the greater size of the two. `committed` is the cash kept.
    """

    book: Book
    worth: Decimal | None
    highest: Decimal | None
    lowest: Decimal | None
    largest: Decimal | None
    committed: Decimal | None


def with_order(book: Book, order: Hold) -> Book:
    return replace(book, working=(*book.working, order))


def line(book: Book) -> Line:
    """The book with its values at the mark."""
    if book.mark is None and (book.position or book.working):
        return Line(book=book, worth=None, highest=None, lowest=None, largest=None, committed=committed(book))
    mark = book.mark or NOTHING
    highest = (book.position + book.leaves(Side.BUY)) * mark
    lowest = (book.position - book.leaves(Side.SELL)) * mark
    return Line(
        book=book,
        worth=book.position * mark,
        highest=highest,
        lowest=lowest,
        largest=max(abs(highest), abs(lowest)),
        committed=committed(book),
    )


def committed(book: Book) -> Decimal | None:
    """The cash that position and working orders keep; None where a price is missing to tell."""
    if not book.working and book.position >= 0:
        return NOTHING
    parts = (_short(book), _opening(book, Side.BUY, -book.position), _opening(book, Side.SELL, book.position))
    return total(parts)


def total(parts: Iterable[Decimal | None]) -> Decimal | None:
    """The sum; None where a part is unknown."""
    added = NOTHING
    for part in parts:
        if part is None:
            return None
        added += part
    return added


def _short(book: Book) -> Decimal | None:
    price = _dearest(book)
    if book.position >= 0:
        return NOTHING
    return None if price is None else -book.position * price * (1 + SHORT_MARGIN)


def _opening(book: Book, side: Side, closable: Decimal) -> Decimal | None:
    """The cash and fees for the shares on one side that more than close the position, the dearest first."""
    opening = book.leaves(side) - max(NOTHING, closable)
    if opening <= 0:
        return NOTHING
    orders = [kept for kept in book.working if kept.side is side]
    prices = [(_per_share(kept, book), kept.leaves) for kept in orders]
    known = [(price, leaves) for price, leaves in prices if price is not None]
    if len(known) < len(prices):
        return None
    return _dearest_first(known, opening) + sum((kept.fee for kept in orders), NOTHING)


def _dearest_first(priced: list[tuple[Decimal, Decimal]], shares: Decimal) -> Decimal:
    cash = NOTHING
    for price, leaves in sorted(priced, reverse=True):
        taken = min(shares, leaves)
        cash, shares = cash + price * taken, shares - taken
    return cash


def _per_share(kept: Hold, book: Book) -> Decimal | None:
    if kept.per_share is not None:
        return kept.per_share
    price = _dearest(book)
    return None if price is None else price * (1 + GAP_ALLOWANCE)


def _dearest(book: Book) -> Decimal | None:
    return max((price for price in (book.mark, book.cost) if price is not None), default=None)
