"""Random histories of an account against an independent book-keeper, who counts lot by lot in exact fractions."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.services.model.ledger.oracle import Books, Cash, Happening, Moved, Split, Trade

from stockbot.model.ledger import entries, movements
from stockbot.model.ledger.balances import Balances, post
from stockbot.model.ledger.days import Days
from stockbot.model.ledger.entries import Entry, Kind, LedgerAccount
from stockbot.model.ledger.movements import Fill
from stockbot.portfolio_manager.account_state import AccountState
from stockbot.portfolio_manager.batch import Batch, OldMovement, Terms, shares_of
from stockbot.testing.clock import START

CASH = Decimal(1_000_000)
CENT = Fraction(1, 100)
FINE = Fraction(1, 10**6)
SYMBOLS, STRATEGIES = ("AAPL", "KO"), ("trend", "fade")
RATIOS = ((2, 1), (3, 2), (1, 3), (1, 10), (7, 5))

shares = st.one_of(
    st.integers(1, 500).map(Decimal), st.decimals("0.0001", "500", places=4, allow_nan=False, allow_infinity=False)
)
prices = st.decimals("0.01", "900", places=2)
fees = st.one_of(st.just(Decimal(0)), st.decimals("0.01", "9.99", places=2))


@st.composite
def histories(draw: st.DrawFn, *, splits: bool = True) -> tuple[list[Happening], list[str]]:
    """What happens to an account, and which of its executions are taken back at the end."""
    kinds = ["trade"] * 6 + ["cash", "moved"] + (["split"] if splits else [])
    history: list[Happening] = []
    for number in range(draw(st.integers(1, 25))):
        kind, symbol = draw(st.sampled_from(kinds)), draw(st.sampled_from(SYMBOLS))
        if kind == "trade":
            change = draw(shares) * draw(st.sampled_from((1, -1)))
            strategy = draw(st.sampled_from(STRATEGIES))
            history.append(Trade(f"fill-{number}", symbol, strategy, change, draw(prices), draw(fees)))
        elif kind == "moved":
            history.append(Moved(symbol, draw(shares) * draw(st.sampled_from((1, -1))), draw(prices)))
        elif kind == "split":
            new, old = draw(st.sampled_from(RATIOS))
            history.append(Split(symbol, Decimal(new), Decimal(old)))
        else:
            amount = draw(st.decimals("-500", "500", places=2).filter(bool))
            history.append(Cash(draw(st.sampled_from(("dividend", "interest", "deposit"))), amount))
    ids = [one.execution_id for one in history if isinstance(one, Trade)]
    return history, draw(st.lists(st.sampled_from(ids), max_size=3, unique=True)) if ids else []


def booked(history: Sequence[Happening], busted: Sequence[str] = ()) -> Batch:
    """The same history, booked by the program."""
    batch = Batch(Terms(now=START, days=Days(), settlement_days=1))
    state = AccountState(account="paper", broker="paper", mode="paper", settles=True, currency="USD", opened_at=START)
    batch.open(state, CASH, [])
    for number, one in enumerate(history):
        book_one(batch, number, one)
    for execution_id in busted:
        bust(batch, execution_id)
    return batch


def book_one(batch: Batch, number: int, one: Happening) -> None:
    match one:
        case Trade():
            made = Fill(
                movement_id=one.execution_id,
                strategy=one.strategy,
                change=one.change,
                price=one.price,
                fee=one.fee,
                at=START,
                correlationid=f"chain-of-{one.execution_id}",
            )
            batch.fill("paper", one.symbol, made)
        case Split():
            made_split = movements.Split(movement_id=f"split-{number}", new=one.new, old=one.old, at=START)
            batch.split("paper", one.symbol, made_split)
        case Moved():
            came = movements.Transfer(
                movement_id=f"moved-{number}", change=one.change, price=one.price, at=START, correlationid="a test"
            )
            batch.transfer("paper", one.symbol, came, "a test")
        case Cash():
            held = shares_of(batch.book("paper", "AAPL")) if one.kind == "dividend" else {}
            entry = entries.cash_entry(
                Kind(one.kind), "paper", str(number), one.amount, at=START, memo="", symbol="AAPL", shares=held
            )
            batch.post(entry)


def bust(batch: Batch, execution_id: str) -> None:
    """Take one execution back, out of the movements that were booked so far."""
    new = next(new for new in batch.movements if new.movement.movement_id == execution_id)
    gone = {name for _, name in batch.busted}
    known = [
        OldMovement(other.movement, other.settles_on, other.movement.movement_id in gone)
        for other in batch.movements
        if other.symbol == new.symbol
    ]
    batch.bust("paper", new.symbol, execution_id, known, "a test", None)


def balances(batch: Batch) -> Balances:
    return batch.accounts["paper"].balances


@given(histories())
@settings(max_examples=200)
def test_the_same_as_lot_by_lot(made: tuple[list[Happening], list[str]]) -> None:
    """Shares, cost, average and profit of account and strategies, and cash: as the independent book-keeper has them."""
    history, busted = made
    batch, oracle = booked(history, busted), Books.of(CASH, history, busted)
    assert Fraction(balances(batch).cash) == oracle.cash
    for (symbol, strategy), lots in oracle.positions.items():
        book = batch.book("paper", symbol)
        holding = book.account if strategy is None else book.strategies[strategy]
        assert abs(Fraction(holding.quantity) - lots.quantity) < FINE
        assert abs(Fraction(holding.cost) - lots.cost) < CENT
        assert abs(Fraction(holding.realised) - lots.realised) < CENT
        assert Fraction(holding.fees) == lots.fees
        if abs(lots.quantity) > 1:
            assert abs(Fraction(holding.average_price) - lots.cost / lots.quantity) < CENT
    own = sum(lots.realised for (_, strategy), lots in oracle.positions.items() if strategy is None)
    assert abs(Fraction(balances(batch).realised) - own) < CENT


@given(histories(splits=False))
@settings(max_examples=100)
def test_without_splits_shares_are_exact(made: tuple[list[Happening], list[str]]) -> None:
    """Nothing is rounded but cost: shares are the same to the last digit."""
    history, busted = made
    batch, oracle = booked(history, busted), Books.of(CASH, history, busted)
    for (symbol, strategy), lots in oracle.positions.items():
        book = batch.book("paper", symbol)
        holding = book.account if strategy is None else book.strategies[strategy]
        assert Fraction(holding.quantity) == lots.quantity


@given(histories())
@settings(max_examples=200)
def test_debits_are_credits(made: tuple[list[Happening], list[str]]) -> None:
    """Every entry adds up to zero, the totals are those of the lines, and the lines' shares are the positions'."""
    batch = booked(*made)
    totals: dict[LedgerAccount, Decimal] = defaultdict(Decimal)
    held: dict[str, Decimal] = defaultdict(Decimal)
    again = Balances()
    for entry, _ in batch.entries:
        assert sum(line.amount for line in entry.lines) == 0
        again = post(again, entry)
        for line in entry.lines:
            totals[line.ledger_account] += line.amount
            held[line.symbol or ""] += line.quantity or Decimal(0)
    assert again == balances(batch)
    books = [batch.book("paper", symbol) for symbol in SYMBOLS]
    assert totals[LedgerAccount.POSITIONS] == sum(book.account.cost for book in books)
    assert {book.symbol: book.account.quantity for book in books} == {symbol: held[symbol] for symbol in SYMBOLS}
    assert sum(totals.values()) == 0


@given(histories(), prices, prices)
@settings(max_examples=200)
def test_equity_is_what_was_paid_in_and_what_came_of_it(
    made: tuple[list[Happening], list[str]], one: Decimal, other: Decimal
) -> None:
    """Equity - deposits = realised + unrealised + dividends + interest - fees; and strategies sum up to the account."""
    batch, marks = booked(*made), dict(zip(SYMBOLS, (one, other), strict=True))
    total, unrealised, virtual = balances(batch).cash, Decimal(0), Decimal(0)
    for symbol, mark in marks.items():
        book = batch.book("paper", symbol)
        total += book.account.quantity * mark
        unrealised += book.account.quantity * mark - book.account.cost
        assert book.account.quantity == sum(holding.quantity for holding in book.strategies.values())
        virtual += sum(h.realised + h.quantity * mark - h.cost for h in book.strategies.values())
    has = balances(batch)
    assert total - has.net_deposits == has.realised + unrealised + has.dividends + has.interest - has.fees
    assert virtual == has.realised + unrealised


@given(histories(splits=False))
@settings(max_examples=150)
def test_a_bust_is_as_if_it_had_never_happened(made: tuple[list[Happening], list[str]]) -> None:
    """Positions, totals and finished trades are those of the history without the execution."""
    history, busted = made
    rest = [one for one in history if not isinstance(one, Trade) or one.execution_id not in busted]
    after, never = booked(history, busted), booked(rest)
    for symbol in SYMBOLS:
        mine, theirs = after.book("paper", symbol), never.book("paper", symbol)
        assert mine.account == theirs.account
        assert mine.trips == theirs.trips
        assert {name: h for name, h in mine.strategies.items() if name in theirs.strategies} == theirs.strategies
    assert balances(after).cash == balances(never).cash
    assert balances(after).fees == balances(never).fees
    assert balances(after).realised == balances(never).realised


@given(st.lists(st.tuples(shares, st.sampled_from((1, -1)), prices, fees), min_size=1, max_size=30))
@settings(max_examples=200)
def test_trades_and_the_open_one_are_all_of_the_profit(fills: list[tuple[Decimal, int, Decimal, Decimal]]) -> None:
    """Profits of ended trades, and the open trade's cash and cost, add up to the strategy's realised less its fees."""
    history = [
        Trade(f"fill-{number}", "AAPL", "trend", quantity * sign, price, fee)
        for number, (quantity, sign, price, fee) in enumerate(fills)
    ]
    batch = booked(history)
    book, ended = batch.book("paper", "AAPL"), [trade for _, trade in batch.trades]
    holding, trip = book.strategies["trend"], book.trips.get("trend")
    assert (trip is None) == (holding.quantity == 0)
    brought = sum((trade.profit for trade in ended), Decimal(0))
    if trip is not None:
        assert trip.quantity == holding.quantity
        sign = 1 if trip.quantity > 0 else -1
        brought += sign * (trip.exit_value - trip.entry_value) + holding.cost - trip.fees
    assert abs(brought - (holding.realised - holding.fees)) < Decimal("0.000001")
    for trade in ended:
        assert trade.adverse <= 0 <= trade.favourable
        assert trade.opened_at <= trade.closed_at


def test_an_entry_off_balance_is_never_made() -> None:
    """The constructor refuses it, so no transaction can hold one."""
    line = entries.Line(ledger_account=LedgerAccount.CASH, amount=Decimal(1))
    with pytest.raises(ValueError, match="off balance by 1"):
        Entry(entry_id="e", kind=Kind.FEE, account="paper", at=START, memo="", lines=(line,))
