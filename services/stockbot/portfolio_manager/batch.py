"""One transaction's bookings, in memory: the accounts and books it read, and the rows that it will write.

Everything is decided by `stockbot.model.ledger`; here results are collected, so that hundreds of fills cost one read
and a few bulk inserts. Used by `bookings`; read and written by `store`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from msgspec.structs import replace

from stockbot.model.ledger import entries
from stockbot.model.ledger.balances import post
from stockbot.model.ledger.days import Days
from stockbot.model.ledger.entries import Entry
from stockbot.model.ledger.holding import Holding
from stockbot.model.ledger.money import NOTHING, money
from stockbot.model.ledger.movements import Book, Fill, Moved, Movement, Split, Transfer, fold, move
from stockbot.model.ledger.round_trips import Trade
from stockbot.model.ledger.settlement import settles_on
from stockbot.portfolio_manager.account_state import AccountState

Key = tuple[str, str]  # account and symbol


@dataclass(frozen=True)
class NewMovement:
    account: str
    symbol: str
    movement: Movement
    settles_on: str | None = None


@dataclass(frozen=True)
class OldMovement:
    """A movement as it is stored."""

    movement: Movement
    settles_on: str | None
    busted: bool


@dataclass(frozen=True)
class Terms:
    """What a booking needs to know of its surroundings."""

    now: datetime
    days: Days
    settlement_days: int


@dataclass
class Batch:
    """`digest` goes with an entry that a person asked for. `rebuilt` are all trades of a symbol, made anew."""

    terms: Terms
    accounts: dict[str, AccountState] = field(default_factory=dict)
    books: dict[Key, Book] = field(default_factory=dict)
    entries: list[tuple[Entry, str | None]] = field(default_factory=list)
    movements: list[NewMovement] = field(default_factory=list)
    trades: list[tuple[str, Trade]] = field(default_factory=list)
    due: dict[tuple[str, str], Decimal] = field(default_factory=dict)
    busted: list[Key] = field(default_factory=list)  # account and execution id
    rebuilt: dict[Key, list[Trade]] = field(default_factory=dict)
    touched: dict[Key, set[str]] = field(default_factory=dict)  # the strategies whose holdings changed

    def book(self, account: str, symbol: str) -> Book:
        return self.books.get((account, symbol)) or Book(symbol=symbol)

    def post(self, entry: Entry, digest: str | None = None) -> None:
        """Book a balanced entry: the account's totals follow from its lines."""
        state = self.accounts[entry.account]
        self.accounts[entry.account] = replace(state, balances=post(state.balances, entry))
        self.entries.append((entry, digest))

    def fill(self, account: str, symbol: str, made: Fill) -> None:
        """Book an execution."""
        moved = move(self.book(account, symbol), made)
        assert moved.traded is not None  # noqa: S101 - a fill always trades
        self.post(entries.fill(account, symbol, made, moved.traded))
        gross = money(made.change * made.price)
        settles = self._settle(account, made, -gross) if made.change < 0 else None
        self._turn_over(account, gross)
        self._moved(account, symbol, moved, NewMovement(account, symbol, made, settles))

    def open(self, state: AccountState, cash: Decimal, held: Sequence[tuple[str, Transfer]]) -> None:
        """Open an account with what it has."""
        self.accounts[state.account] = state
        self.post(entries.opening(state.account, cash, held, state.opened_at))
        for symbol, position in held:
            moved = move(self.book(state.account, symbol), position)
            self._moved(state.account, symbol, moved, NewMovement(state.account, symbol, position))

    def transfer(self, account: str, symbol: str, made: Transfer, memo: str, digest: str | None = None) -> None:
        """Book shares that came or went without a trade."""
        moved = move(self.book(account, symbol), made)
        assert moved.traded is not None  # noqa: S101 - what changes shares trades
        self.post(entries.transfer(account, symbol, made, moved.traded, memo=memo), digest)
        self._moved(account, symbol, moved, NewMovement(account, symbol, made))

    def split(self, account: str, symbol: str, made: Split, digest: str | None = None) -> None:
        before = self.book(account, symbol)
        moved = move(before, made)
        self.post(entries.split(account, symbol, made, before, moved.book), digest)
        self._moved(account, symbol, moved, NewMovement(account, symbol, made))

    def bust(
        self, account: str, symbol: str, execution_id: str, known: Sequence[OldMovement], memo: str, digest: str | None
    ) -> None:
        """Take an execution back: the symbol's book is folded again without it, and its trades are made anew."""
        before = self.book(account, symbol)
        kept = [old.movement for old in known if not old.busted and old.movement.movement_id != execution_id]
        old = next(old for old in known if old.movement.movement_id == execution_id)
        busted = old.movement
        assert isinstance(busted, Fill)  # noqa: S101 - only executions are looked up by an execution id
        after, trades = fold(symbol, kept)
        self.post(entries.bust(account, symbol, busted, before, after, at=self.terms.now, memo=memo), digest)
        gross = money(busted.change * busted.price)
        self._turn_over(account, gross, sign=-1)
        if old.settles_on is not None:
            self._add_due(account, old.settles_on, gross)
        self._replace(account, symbol, before, after)
        self.busted.append((account, execution_id))
        self.rebuilt[account, symbol] = trades

    def advance(self, account: str, through_sequence: int) -> None:
        state = self.accounts[account]
        if through_sequence > state.through_sequence:
            self.accounts[account] = replace(state, through_sequence=through_sequence)

    def _moved(self, account: str, symbol: str, moved: Moved, row: NewMovement) -> None:
        changed = row.movement.strategy if not isinstance(row.movement, Split) else None
        self.books[account, symbol] = moved.book
        names = {changed} if changed is not None else set(moved.book.strategies)
        self.touched.setdefault((account, symbol), set()).update(names)
        self.movements.append(row)
        if moved.ended is not None:
            self.trades.append((account, moved.ended))

    def _replace(self, account: str, symbol: str, before: Book, after: Book) -> None:
        """A strategy that only the busted fill had traded keeps an empty row."""
        empty = dict.fromkeys(before.strategies, Holding())
        self.books[account, symbol] = replace(after, strategies={**empty, **after.strategies})
        self.touched.setdefault((account, symbol), set()).update(self.books[account, symbol].strategies)

    def _settle(self, account: str, made: Fill, proceeds: Decimal) -> str | None:
        if not self.accounts[account].settles:
            return None
        days = self.terms.days
        day = settles_on(days, days.today(made.at), self.terms.settlement_days).isoformat()
        self._add_due(account, day, proceeds)
        return day

    def _add_due(self, account: str, day: str, amount: Decimal) -> None:
        self.due[account, day] = self.due.get((account, day), NOTHING) + amount

    def _turn_over(self, account: str, gross: Decimal, sign: int = 1) -> None:
        state = self.accounts[account]
        if gross > 0:
            self.accounts[account] = replace(state, bought=state.bought + sign * gross)
        else:
            self.accounts[account] = replace(state, sold=state.sold - sign * gross)


def shares_of(book: Book) -> Mapping[str, Decimal]:
    """How many shares each strategy holds."""
    return {strategy: holding.quantity for strategy, holding in book.strategies.items()}
