"""What an account is worth and what of its cash is free. Used for every decision and by the timer that watches losses.

Each symbol is one line: a book of its position and its working orders, with the fills that the portfolio has not
booked, and its values. Lines are made once for many decisions; an approved order changes its own line only.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal

from msgspec.structs import replace

from stockbot.events.portfolio import Portfolio, Position
from stockbot.events.trading import Side
from stockbot.model.risk.account import NOTHING, Account, Fill, Hold
from stockbot.model.risk.book import Book, line, with_order
from stockbot.model.risk.lines import Lines, Sums


def lines(account: Account, marks: Mapping[str, Decimal]) -> Lines:
    """The line of every symbol with a position, a working order or an unbooked fill.

    `marks` are the last prices by symbol; where one is missing, the portfolio's counts.
    """
    positions = () if account.portfolio is None else account.portfolio.positions
    rows = {row.symbol: row for row in positions if row.strategy is None}
    fills: dict[str, list[Fill]] = defaultdict(list)
    for fill in account.fills:
        fills[fill.symbol].append(fill)
    working: dict[str, list[Hold]] = defaultdict(list)
    for kept in account.holds.values():
        working[kept.symbol].append(kept)
    made = {
        symbol: line(_book(rows.get(symbol) or _flat(symbol), fills.get(symbol, []), working.get(symbol, []), marks))
        for symbol in sorted({*rows, *fills, *working})
    }
    return Lines(made)


def with_hold(before: Lines, kept: Hold, mark: Decimal | None) -> Lines:
    """The lines with one more order working; `mark` is the symbol's last price, for a line that is new."""
    known = before.get(kept.symbol) or line(Book(symbol=kept.symbol, mark=mark))
    return before.with_line(with_order(known, kept))


def with_holds(before: Lines, symbol: str, holds: Iterable[Hold]) -> Lines:
    """The lines with these orders of a symbol instead of those that were working; the symbol has a line already."""
    working = tuple(kept for kept in holds if kept.symbol == symbol)
    return before.with_line(line(replace(before[symbol].book, working=working)))


def free_cash(account: Account, of_lines: Lines) -> Decimal | None:
    """Cash as of `through_sequence` - open holds - cost of fills with a later sequence; None if unknown.

    What a short keeps counts as held. In an account with settled cash, proceeds count once they are settled.
    """
    return cash_beside(account, of_lines.sums)


def cash_beside(account: Account, held: Sums) -> Decimal | None:
    """The cash that these lines leave; None if unknown."""
    if account.portfolio is None or held.committed is None:
        return None
    return spendable(account, account.portfolio) - held.committed


def equity(account: Account, of_lines: Lines) -> Decimal | None:
    """Cash + sum(quantity x mark), unbooked fills included; None before the first portfolio or without a price."""
    worth = of_lines.sums.worth
    if account.portfolio is None or worth is None:
        return None
    return account.portfolio.cash - _cost(account.fills) + worth


def spendable(account: Account, portfolio: Portfolio) -> Decimal:
    """The cash after all known fills, before anything is held."""
    if portfolio.settled_cash is None:
        return portfolio.cash - _cost(account.fills)
    unsettled = (fill.fee if fill.side is Side.SELL else fill.cost for fill in account.fills)
    return min(portfolio.cash, portfolio.settled_cash) - sum(unsettled, NOTHING)


def _book(row: Position, fills: list[Fill], working: list[Hold], marks: Mapping[str, Decimal]) -> Book:
    return Book(
        symbol=row.symbol,
        position=row.quantity + sum((fill.change for fill in fills), NOTHING),
        mark=marks.get(row.symbol, row.mark),
        cost=max((price for price in (row.average_price, *(fill.price for fill in fills)) if price), default=None),
        working=tuple(working),
    )


def _flat(symbol: str) -> Position:
    return Position(symbol=symbol, quantity=NOTHING, average_price=NOTHING)


def _cost(fills: Iterable[Fill]) -> Decimal:
    return sum((fill.cost for fill in fills), NOTHING)
