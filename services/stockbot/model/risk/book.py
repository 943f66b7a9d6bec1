"""One symbol in an account: its position and its working orders, and the cash that both keep from other uses.

Working orders may fill in any order. So the shares that only close a position need no cash of their own, the others
do, and the dearest ones are taken to be those that open. A short keeps its proceeds and half of its value besides:
the initial margin of Regulation T, 12 CFR 220.12. Of orders that are alternatives the greatest counts.
"""

from collections.abc import Iterable
from decimal import Decimal
from functools import reduce
from typing import NamedTuple

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
        """The shares that may still trade on that side; of alternatives the greatest counts."""
        return _added(_claims(self, side)).leaves


class Line(Struct, frozen=True, kw_only=True):
    """A book with its values, in the account's currency; None where a price is missing to tell.

    `worth` is the position's value, below zero when short; `highest` and `lowest` are that with all working buys
    filled and no sell, and the reverse; `largest` is the greater size of the two. `committed` is the cash kept.
    """

    book: Book
    buys: "Working"
    sells: "Working"
    worth: Decimal | None
    highest: Decimal | None
    lowest: Decimal | None
    largest: Decimal | None
    committed: Decimal | None

    @property
    def position(self) -> Decimal:
        return self.book.position

    @property
    def orders(self) -> int:
        """How many orders may still trade; alternatives count as one."""
        return self.buys.orders + self.sells.orders

    def leaves(self, side: Side) -> Decimal:
        """The shares that may still trade on that side."""
        return (self.buys if side is Side.BUY else self.sells).leaves


class Working(Struct, frozen=True):
    """All that is working on one side: shares, the cash if all of them open (None without a price), and the fees."""

    orders: int = 0
    leaves: Decimal = NOTHING
    cash: Decimal | None = NOTHING
    fees: Decimal = NOTHING


class _Claim(NamedTuple):
    """What one order may still trade, the cash for each share that opens (None without a price), and its fee."""

    leaves: Decimal
    per_share: Decimal | None
    fee: Decimal


def line(book: Book) -> Line:
    """The book with its values at the mark."""
    return _valued(book, _added(_claims(book, Side.BUY)), _added(_claims(book, Side.SELL)))


def with_order(before: Line, order: Hold) -> Line:
    """The line with one more order working, which is no alternative to any other."""
    book = replace(before.book, working=(*before.book.working, order))
    more = _and(before.buys if order.side is Side.BUY else before.sells, _claim(order, book))
    buys, sells = (more, before.sells) if order.side is Side.BUY else (before.buys, more)
    return _valued(book, buys, sells)


def committed(book: Book) -> Decimal | None:
    """The cash that position and working orders keep; None where a price is missing to tell."""
    return line(book).committed


def _valued(book: Book, buys: Working, sells: Working) -> Line:
    cash = _committed(book, buys, sells)
    if book.mark is None and (book.position or book.working):
        unknown = dict.fromkeys(("worth", "highest", "lowest", "largest"))
        return Line(book=book, buys=buys, sells=sells, committed=cash, **unknown)
    mark = book.mark or NOTHING
    highest, lowest = (book.position + buys.leaves) * mark, (book.position - sells.leaves) * mark
    return Line(
        book=book,
        buys=buys,
        sells=sells,
        worth=book.position * mark,
        highest=highest,
        lowest=lowest,
        largest=max(abs(highest), abs(lowest)),
        committed=cash,
    )


def total(parts: Iterable[Decimal | None]) -> Decimal | None:
    """The sum; None where a part is unknown."""
    added = NOTHING
    for part in parts:
        if part is None:
            return None
        added += part
    return added


def _committed(book: Book, buys: Working, sells: Working) -> Decimal | None:
    if not book.working and book.position >= NOTHING:
        return NOTHING
    return total((_short(book), _opening(book, Side.BUY, buys), _opening(book, Side.SELL, sells)))


def _added(claims: Iterable[_Claim]) -> Working:
    return reduce(_and, claims, Working())


def _and(working: Working, claim: _Claim) -> Working:
    known = working.cash is not None and claim.per_share is not None
    return Working(
        working.orders + 1,
        working.leaves + claim.leaves,
        (working.cash or NOTHING) + (claim.per_share or NOTHING) * claim.leaves if known else None,
        working.fees + claim.fee,
    )


def _claims(book: Book, side: Side) -> list[_Claim]:
    """One for each order of that side, and one for all alternatives of a group together."""
    alone: list[_Claim] = []
    groups: dict[str, _Claim] = {}
    for kept in book.working:
        if kept.side is side:
            claim = _claim(kept, book)
            if kept.group is None:
                alone.append(claim)
            else:
                groups[kept.group] = _greater(groups.get(kept.group, claim), claim)
    return [*alone, *groups.values()] if groups else alone


def _claim(kept: Hold, book: Book) -> _Claim:
    return _Claim(kept.leaves, _per_share(kept, book), kept.fee)


def _greater(one: _Claim, other: _Claim) -> _Claim:
    """What is enough for either of the two, whichever trades."""
    known = one.per_share is not None and other.per_share is not None
    price = max(one.per_share or NOTHING, other.per_share or NOTHING) if known else None
    return _Claim(max(one.leaves, other.leaves), price, max(one.fee, other.fee))


def _short(book: Book) -> Decimal | None:
    if book.position >= NOTHING:
        return NOTHING
    price = _dearest(book)
    return None if price is None else -book.position * price * (1 + SHORT_MARGIN)


def _opening(book: Book, side: Side, working: Working) -> Decimal | None:
    """The cash and fees for the shares on one side that more than close the position, the dearest first."""
    closable = max(NOTHING, -book.position if side is Side.BUY else book.position)
    if working.leaves <= closable:
        return NOTHING
    if working.cash is None:
        return None
    if not closable:
        return working.cash + working.fees
    priced = [(claim.per_share or NOTHING, claim.leaves) for claim in _claims(book, side)]
    return _dearest_first(priced, working.leaves - closable) + working.fees


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
