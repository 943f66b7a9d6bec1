"""An account as one order sees it: free cash and exposure elsewhere, and the book of its own symbol.

Made by the Risk Guardian for each signal, and part of the recorded inputs of the decision.
"""

from decimal import Decimal

from msgspec import Struct

from stockbot.events.portfolio import Portfolio
from stockbot.events.trading import Side
from stockbot.model.risk.account import NOTHING, Account
from stockbot.model.risk.book import Book, total
from stockbot.model.risk.finite import check_numbers
from stockbot.model.risk.limits import Group
from stockbot.model.risk.lines import Lines
from stockbot.model.risk.reduction import closable
from stockbot.model.risk.valuation import cash_beside, equity


class Standing(Struct, frozen=True, kw_only=True):
    """Money in the account's currency; None where a price is missing to tell.

    `cash_here` is the cash that no other symbol has committed. `gross`, `highest` and `lowest` value the other
    symbols with their working orders: at their largest, with all buys filled, with all sells filled. `groups` has the
    largest value of the other symbols in each group of this symbol. `own` is the strategy's position plus its
    working orders; `own_closable` are the shares that it holds (below zero: is short of) and that none
    of its working orders closes.
    """

    book: Book
    known: bool = False
    equity: Decimal | None = None
    cash_here: Decimal | None = None
    own: Decimal = NOTHING
    own_closable: Decimal = NOTHING
    open_orders: int = 0
    gross: Decimal | None = None
    highest: Decimal | None = None
    lowest: Decimal | None = None
    groups: dict[str, Decimal | None] = {}

    def __post_init__(self) -> None:
        check_numbers(equity=self.equity, cash_here=self.cash_here, own=self.own, own_closable=self.own_closable)
        check_numbers(gross=self.gross, highest=self.highest, lowest=self.lowest, **self.groups)


def standing(
    account: Account,
    of_lines: Lines,
    *,
    symbol: str,
    strategy: str,
    mark: Decimal | None = None,
    groups: tuple[Group, ...] = (),
) -> Standing:
    """The account, valued as `of_lines`, for an order of `strategy` in `symbol`, whose last price is `mark`."""
    if account.portfolio is None:
        return Standing(book=Book(symbol=symbol))
    here = of_lines.get(symbol)
    book, elsewhere = Book(symbol=symbol, mark=mark) if here is None else here.book, of_lines.sums.minus(here)
    return Standing(
        book=book,
        known=True,
        equity=equity(account, of_lines),
        cash_here=cash_beside(account, elsewhere),
        own=_own(account, account.portfolio, book, strategy),
        own_closable=_own_closable(account, account.portfolio, book, strategy),
        open_orders=of_lines.sums.orders,
        gross=elsewhere.largest,
        highest=elsewhere.highest,
        lowest=elsewhere.lowest,
        groups={group.name: _value_of(group, of_lines, symbol) for group in groups if symbol in group.symbols},
    )


def _own(account: Account, portfolio: Portfolio, book: Book, strategy: str) -> Decimal:
    """What the strategy itself will have: its booked position, its unbooked fills and its working orders.

    Of alternatives one counts; a bracket's leg only guards what is there.
    """
    working: dict[object, Decimal] = {}
    for number, kept in enumerate(book.working):
        if kept.strategy == strategy and not kept.protects:
            name = kept.group or number
            coming = kept.leaves if kept.side is Side.BUY else -kept.leaves
            working[name] = max(working.get(name, NOTHING), coming, key=abs)
    return sum(working.values(), _held(account, portfolio, book.symbol, strategy))


def _own_closable(account: Account, portfolio: Portfolio, book: Book, strategy: str) -> Decimal:
    """As if the strategy were alone in the symbol."""
    held = _held(account, portfolio, book.symbol, strategy)
    own = tuple(kept for kept in book.working if kept.strategy == strategy)
    return closable(Book(symbol=book.symbol, position=held, working=own)).copy_sign(held)


def _held(account: Account, portfolio: Portfolio, symbol: str, strategy: str) -> Decimal:
    """The strategy's booked position and its unbooked fills."""
    booked = (row.quantity for row in portfolio.positions if (row.symbol, row.strategy) == (symbol, strategy))
    filled = (fill.change for fill in account.fills if (fill.symbol, fill.strategy) == (symbol, strategy))
    return sum((*booked, *filled), NOTHING)


def _value_of(group: Group, of_lines: Lines, here: str) -> Decimal | None:
    """The largest value that the group's other symbols can come to."""
    return total(of_lines[symbol].largest for symbol in group.symbols if symbol != here and symbol in of_lines)
