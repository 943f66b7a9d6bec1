"""An account as one order sees it: its own symbol apart, all others summed, and groups."""

from decimal import Decimal

from msgspec.structs import replace

from stockbot.events.portfolio import Portfolio, Position
from stockbot.events.trading import Execution, OrderReport, OrderState, Side
from stockbot.model.risk.account import Account, Hold, apply_order_update, apply_portfolio, hold
from stockbot.model.risk.limits import Group
from stockbot.model.risk.standing import Standing, standing
from stockbot.model.risk.valuation import lines
from stockbot.testing.clock import START as NOW

MARKS = {"AAPL": Decimal(100), "MSFT": Decimal(50), "KO": Decimal(60)}
GROUPS = (
    Group(name="technology", symbols=("AAPL", "MSFT")),
    Group(name="drinks", symbols=("KO",)),
    Group(name="all", symbols=("AAPL", "MSFT", "KO")),
)


def position(symbol: str, quantity: int, mark: int | None = None) -> Position:
    price = None if mark is None else Decimal(mark)
    return Position(symbol=symbol, quantity=Decimal(quantity), average_price=Decimal(1), mark=price)


def account(*positions: Position) -> Account:
    portfolio = Portfolio(
        account="paper", version=1, through_sequence=0, cash=Decimal(10_000), positions=tuple(positions)
    )
    return apply_portfolio(Account(name="paper"), portfolio)


def order(symbol: str, side: Side, quantity: int) -> Hold:
    return Hold(
        strategy="trend", symbol=symbol, side=side, quantity=Decimal(quantity), per_share=Decimal(70), fee=Decimal(1)
    )


def seen(of: Account, symbol: str = "AAPL") -> Standing:
    return standing(of, lines(of, MARKS), symbol=symbol, strategy="trend", mark=MARKS[symbol], groups=GROUPS)


HELD = account(position("AAPL", 10), position("MSFT", 20), position("KO", -5))
WORKING = hold(hold(HELD, "d1", order("KO", Side.BUY, 30)), "d2", order("AAPL", Side.BUY, 2))


def test_the_order_s_own_symbol_is_apart_from_the_others() -> None:
    """The book is the symbol's own; sums and the cash committed are the others' alone; equity is the whole."""
    found = seen(WORKING)
    assert (found.book.position, found.book.working) == (Decimal(10), (order("AAPL", Side.BUY, 2),))
    assert found.equity == 10_000 + 1000 + 1000 - 300
    assert found.gross == 1000 + 1500  # KO can come to 25 bought, which is more than 5 sold
    assert found.highest == 1000 + 1500
    assert found.lowest == 1000 - 300
    assert found.cash_here == 10_000 - (5 * 60 * Decimal("1.5")) - (25 * 70 + 1)
    assert (found.own, found.open_orders, found.known) == (Decimal(2), 2, True)


def test_groups_are_those_of_the_symbol_and_count_the_others() -> None:
    """A group that the symbol is not in does not matter; in the others only their other members are summed."""
    assert seen(WORKING).groups == {"technology": 1000, "all": 2500}
    assert seen(WORKING, "KO").groups == {"drinks": 0, "all": 1000 + 1200}


def test_a_symbol_that_is_new_has_an_empty_book_at_its_price() -> None:
    """Nothing held and nothing working is a flat book with the last price."""
    found = seen(account(), "KO")
    assert [found.book.position, found.book.mark, found.gross, found.cash_here] == [0, 60, 0, 10_000]


def test_one_price_that_is_missing_leaves_the_sums_unknown() -> None:
    """A position without a price anywhere makes equity and exposure unknown; the portfolio's own mark will do."""
    blind = seen(account(position("GE", 1)))
    assert (blind.equity, blind.gross, blind.highest, blind.lowest) == (None, None, None, None)
    assert seen(account(position("GE", 1, mark=7))).gross == 7


def test_an_account_without_a_portfolio_is_unknown() -> None:
    """Until the first portfolio nothing is known, whatever is held for orders."""
    found = seen(hold(Account(name="paper"), "d1", order("AAPL", Side.BUY, 1)))
    assert not found.known
    assert (found.equity, found.cash_here, found.gross) == (None, None, None)


def test_a_short_keeps_the_dearest_of_average_mark_and_unbooked_fills() -> None:
    """A short is locked at the highest price known of it, so that a fill above the average frees nothing."""
    short = account(replace(position("KO", -5), average_price=Decimal(58)))
    execution = Execution(execution_id="e", quantity=Decimal(5), price=Decimal(64), executed_at=NOW)
    report = OrderReport(
        account="paper",
        client_order_id="o",
        strategy="trend",
        symbol="KO",
        side=Side.SELL,
        state=OrderState.FILLED,
        quantity=Decimal(5),
        filled_quantity=Decimal(5),
        execution=execution,
    )
    both = apply_order_update(short, report, 1)
    assert lines(short, {"KO": Decimal(50)})["KO"].committed == 5 * 58 * Decimal("1.5")
    assert lines(both, {"KO": Decimal(50)})["KO"].committed == 10 * 64 * Decimal("1.5")
