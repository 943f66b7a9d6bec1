"""Balanced entries: one for each thing that happened, with an id that follows from it. Used by the books.

Debits are above zero, credits below; the money of an entry's lines adds up to zero. Positions stand at the account's
average cost. A dividend or an interest that is paid, by a short for example, has its signs turned.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from stockbot.events.envelope import Time
from stockbot.events.identity import id_of
from stockbot.model.ledger.holding import Traded
from stockbot.model.ledger.money import NOTHING, money
from stockbot.model.ledger.movements import Book, Fill, Split, Transfer


class LedgerAccount(StrEnum):
    CASH = "cash"
    POSITIONS = "positions"  # at cost, by symbol
    DEPOSITS = "deposits"  # what the owner paid in, less what was paid out
    REALISED = "realised"
    FEES = "fees"
    DIVIDENDS = "dividends"
    INTEREST = "interest"


class Kind(StrEnum):
    OPENING = "opening"
    FILL = "fill"
    DEPOSIT = "deposit"
    WITHDRAWAL = "withdrawal"
    DIVIDEND = "dividend"
    SPLIT = "split"
    FEE = "fee"
    INTEREST = "interest"
    BUST = "bust"
    TRANSFER = "transfer"


class Line(Struct, frozen=True, kw_only=True):
    """Money on one ledger account, and for positions the shares that came (negative: went)."""

    ledger_account: LedgerAccount
    amount: Decimal
    symbol: str | None = None
    strategy: str | None = None
    quantity: Decimal | None = None


class Entry(Struct, frozen=True, kw_only=True):
    """What happened `at`, as lines. ValueError where they do not balance: nothing of it is booked then."""

    entry_id: str
    kind: Kind
    account: str
    at: Time
    memo: str
    correlationid: str | None = None
    lines: tuple[Line, ...]

    def __post_init__(self) -> None:
        off = sum((line.amount for line in self.lines), NOTHING)
        if off:
            raise ValueError(f"the {self.kind} entry {self.entry_id} is off balance by {off}")


CASH_KINDS: Mapping[Kind, LedgerAccount] = {
    Kind.DEPOSIT: LedgerAccount.DEPOSITS,
    Kind.WITHDRAWAL: LedgerAccount.DEPOSITS,
    Kind.DIVIDEND: LedgerAccount.DIVIDENDS,
    Kind.INTEREST: LedgerAccount.INTEREST,
    Kind.FEE: LedgerAccount.FEES,
}
"""The ledger account that stands against cash."""


def entry_id(kind: Kind, account: str, source_id: str) -> str:
    return id_of("entry", kind, account, source_id)


def opening(account: str, cash: Decimal, positions: Sequence[tuple[str, Transfer]], at: Time) -> Entry:
    """What the account had at the beginning, as one deposit."""
    held = [_position(symbol, row.strategy, money(row.change * row.price), row.change) for symbol, row in positions]
    total = cash + sum((line.amount for line in held), NOTHING)
    lines = (_cash(cash), *held, Line(ledger_account=LedgerAccount.DEPOSITS, amount=-total))
    return Entry(
        entry_id=entry_id(Kind.OPENING, account, "balance"),
        kind=Kind.OPENING,
        account=account,
        at=at,
        memo=f"opening balance: cash {cash:f} and {len(held)} positions",
        lines=lines,
    )


def fill(account: str, symbol: str, made: Fill, traded: Traded) -> Entry:
    """An execution at the account's average cost; the fee has lines of its own."""
    verb = "bought" if made.change > 0 else "sold"
    return Entry(
        entry_id=entry_id(Kind.FILL, account, made.movement_id),
        kind=Kind.FILL,
        account=account,
        at=made.at,
        memo=f"{made.strategy} {verb} {abs(made.change):f} {symbol} at {made.price:f}",
        correlationid=made.correlationid,
        lines=tuple(_of_trade(symbol, made, traded)),
    )


def cash_entry(
    kind: Kind,
    account: str,
    source_id: str,
    amount: Decimal,
    *,
    at: Time,
    memo: str,
    symbol: str | None = None,
    shares: Mapping[str, Decimal] | None = None,
) -> Entry:
    """Money that came (below zero: went) against one ledger account, by strategy where `shares` tells who holds."""
    against = CASH_KINDS[kind]
    parts = allotted(amount, shares or {})
    lines = [
        Line(ledger_account=against, symbol=symbol, strategy=strategy, amount=-part) for strategy, part in parts.items()
    ]
    return Entry(
        entry_id=entry_id(kind, account, source_id),
        kind=kind,
        account=account,
        at=at,
        memo=memo,
        lines=(_cash(amount), *lines),
    )


def split(account: str, symbol: str, made: Split, before: Book, after: Book) -> Entry:
    """New shares for old ones: shares change, money does not."""
    lines = [
        _position(symbol, strategy, NOTHING, holding.quantity - before.strategies[strategy].quantity)
        for strategy, holding in after.strategies.items()
        if holding.quantity != before.strategies[strategy].quantity
    ]
    return Entry(
        entry_id=made.movement_id,
        kind=Kind.SPLIT,
        account=account,
        at=made.at,
        memo=f"{symbol} split: {made.new:f} new for {made.old:f} old",
        lines=tuple(lines),
    )


def transfer(account: str, symbol: str, made: Transfer, traded: Traded, *, memo: str) -> Entry:
    """Shares that came or went without a trade: paid in or out, at what they were worth then."""
    worth = traded.released - traded.invested + traded.profit
    lines = [line for line in _of_shares(symbol, made.strategy, traded) if line.amount or line.quantity]
    return Entry(
        entry_id=made.movement_id,
        kind=Kind.TRANSFER,
        account=account,
        at=made.at,
        memo=memo,
        correlationid=made.correlationid,
        lines=(*lines, Line(ledger_account=LedgerAccount.DEPOSITS, symbol=symbol, amount=worth)),
    )


def bust(account: str, symbol: str, busted: Fill, before: Book, after: Book, *, at: Time, memo: str) -> Entry:
    """An execution taken back: its cash and fee returned, positions and profit as they are without it."""
    cost = after.account.cost - before.account.cost
    shares = after.account.quantity - before.account.quantity  # after a split more or fewer than were traded
    profit = after.account.realised - before.account.realised
    gross = money(busted.change * busted.price)
    lines = [
        _position(symbol, busted.strategy, cost, shares),
        _cash(gross, busted.strategy),
        _realised(symbol, busted.strategy, profit),
        *_of_fee(symbol, busted.strategy, -busted.fee),
    ]
    return Entry(
        entry_id=entry_id(Kind.BUST, account, busted.movement_id),
        kind=Kind.BUST,
        account=account,
        at=at,
        memo=memo,
        correlationid=busted.correlationid,
        lines=tuple(line for line in lines if line.amount or line.quantity),
    )


def allotted(amount: Decimal, shares: Mapping[str, Decimal]) -> dict[str | None, Decimal]:
    """The amount by strategy, in the proportion of their shares; the last one takes what rounding left.

    Where nobody holds anything, or longs and shorts cancel out, it is the account's alone.
    """
    holders = {strategy: held for strategy, held in sorted(shares.items()) if held}
    total = sum(holders.values(), NOTHING)
    if not total:
        return {None: amount}
    parts: dict[str | None, Decimal] = {name: money(amount * held / total) for name, held in holders.items()}
    last = next(reversed(parts))
    parts[last] += amount - sum(parts.values(), NOTHING)
    return parts


def _of_trade(symbol: str, made: Fill, traded: Traded) -> list[Line]:
    cash = _cash(traded.released - traded.invested + traded.profit, made.strategy)
    return [*_of_shares(symbol, made.strategy, traded), cash, *_of_fee(symbol, made.strategy, made.fee)]


def _of_shares(symbol: str, strategy: str, traded: Traded) -> list[Line]:
    """What closes and what opens, at cost, and the profit: what it brought or took stands against them."""
    lines = []
    if traded.closing:
        lines.append(_position(symbol, strategy, -traded.released, traded.closing))
    if traded.opening:
        lines.append(_position(symbol, strategy, traded.invested, traded.opening))
    if traded.profit:
        lines.append(_realised(symbol, strategy, traded.profit))
    return lines


def _position(symbol: str, strategy: str, amount: Decimal, quantity: Decimal) -> Line:
    return Line(
        ledger_account=LedgerAccount.POSITIONS, symbol=symbol, strategy=strategy, amount=amount, quantity=quantity
    )


def _realised(symbol: str, strategy: str, profit: Decimal) -> Line:
    return Line(ledger_account=LedgerAccount.REALISED, symbol=symbol, strategy=strategy, amount=-profit)


def _of_fee(symbol: str, strategy: str, fee: Decimal) -> list[Line]:
    if not fee:
        return []
    return [
        Line(ledger_account=LedgerAccount.FEES, symbol=symbol, strategy=strategy, amount=fee),
        _cash(-fee, strategy),
    ]


def _cash(amount: Decimal, strategy: str | None = None) -> Line:
    return Line(ledger_account=LedgerAccount.CASH, strategy=strategy, amount=amount)
