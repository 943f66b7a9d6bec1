"""The cash that positions and working orders keep, and the values they can come to."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from stockbot.events.trading import Side
from stockbot.model.risk.account import Hold
from stockbot.model.risk.book import Book, committed, line, total, with_order


def order(side: str, quantity: int, per_share: str | None = "10", fee: int = 1) -> Hold:
    return Hold(
        strategy="trend",
        symbol="AAPL",
        side=Side(side),
        quantity=Decimal(quantity),
        per_share=None if per_share is None else Decimal(per_share),
        fee=Decimal(fee),
    )


@pytest.mark.parametrize(
    ("position", "orders", "cash"),
    [
        (0, [], "0"),
        (100, [], "0"),
        (0, [order("buy", 10)], "101"),
        (100, [order("buy", 10)], "101"),
        (0, [order("buy", 10), order("buy", 10, "12")], "222"),
        (100, [order("sell", 100)], "0"),  # closes: the shares are there
        (100, [order("sell", 60), order("sell", 40)], "0"),
        (100, [order("sell", 60, "5"), order("sell", 60, "7")], "142"),  # 20 open, taken at the dearest
        (0, [order("sell", 10, "5")], "51"),
        (0, [order("buy", 10), order("sell", 10, "5")], "152"),  # either may fill first
        (-100, [], "1500"),  # the proceeds and half of the value besides
        (-100, [order("buy", 100)], "1500"),  # covering is paid out of what the short keeps
        (-100, [order("buy", 130, "12")], "1861"),
        (0, [order("buy", 10, None)], "111"),  # not approved: the mark and the gap allowance
    ],
)
def test_cash_kept(position: int, orders: list[Hold], cash: str) -> None:
    """Shares that open keep their cash and their fees, shares that close keep none."""
    book = Book(symbol="AAPL", position=Decimal(position), mark=Decimal(10), cost=Decimal(9), working=tuple(orders))
    assert committed(book) == Decimal(cash)


def test_a_short_is_kept_at_the_dearer_of_mark_and_cost() -> None:
    """A falling price frees none of a short's proceeds, a rising one takes more."""
    assert committed(Book(symbol="AAPL", position=Decimal(-10), mark=Decimal(8), cost=Decimal(10))) == 150
    assert committed(Book(symbol="AAPL", position=Decimal(-10), mark=Decimal(12), cost=Decimal(10))) == 180


def test_without_a_price_it_is_unknown() -> None:
    """A short and an order that nobody approved cannot be counted without a price; a bounded order can."""
    assert committed(Book(symbol="AAPL", position=Decimal(-10))) is None
    assert committed(Book(symbol="AAPL", working=(order("buy", 1, None),))) is None
    assert committed(Book(symbol="AAPL", working=(order("buy", 1),))) == 11


def test_a_line_has_the_values_that_the_position_can_come_to() -> None:
    """Working buys and working sells are each taken to fill alone; the larger size counts."""
    bought = with_order(line(Book(symbol="AAPL", position=Decimal(10), mark=Decimal(2))), order("buy", 5))
    valued = with_order(bought, order("sell", 40))
    assert (valued.worth, valued.highest, valued.lowest, valued.largest) == (
        Decimal(20),
        Decimal(30),
        Decimal(-60),
        Decimal(60),
    )


def test_a_line_without_a_price_is_worth_nothing_only_when_empty() -> None:
    """An empty book needs no price, and any other one has unknown values."""
    assert line(Book(symbol="AAPL")).largest == 0
    assert line(Book(symbol="AAPL", position=Decimal(1))).worth is None
    assert with_order(line(Book(symbol="AAPL")), order("buy", 1)).largest is None


PRICES = st.sampled_from([None, Decimal(5), Decimal("7.31"), Decimal(12)])
ORDERS = st.builds(
    Hold,
    strategy=st.just("trend"),
    symbol=st.just("AAPL"),
    side=st.sampled_from(Side),
    quantity=st.integers(1, 90).map(Decimal),
    filled=st.integers(0, 3).map(Decimal),
    per_share=PRICES,
    fee=st.integers(0, 2).map(Decimal),
    group=st.sampled_from([None, None, "a", "b"]),
)


@settings(max_examples=300)
@given(working=st.lists(ORDERS, max_size=6), more=ORDERS, position=st.integers(-100, 100), mark=PRICES, cost=PRICES)
def test_an_order_added_is_as_if_it_had_been_there(
    working: list[Hold], more: Hold, position: int, mark: Decimal | None, cost: Decimal | None
) -> None:
    """One more order changes a line to what making it anew gives, alternatives and unknown prices among the rest."""
    book = Book(symbol="AAPL", position=Decimal(position), mark=mark, cost=cost, working=tuple(working))
    alone = replace(more, group=None)
    added = with_order(line(book), alone)
    assert added == line(replace(book, working=(*working, alone)))
    assert added.leaves(Side.BUY) == added.book.leaves(Side.BUY)


def test_a_sum_with_an_unknown_part_is_unknown() -> None:
    """One missing number is enough to know nothing of the total."""
    assert total([Decimal(1), Decimal(2)]) == 3
    assert total([Decimal(1), None]) is None
    assert total([]) == 0


@pytest.mark.parametrize("bad", ["NaN", "Infinity", "-Infinity"])
def test_a_book_takes_no_number_that_cannot_be_compared(bad: str) -> None:
    """NaN and infinities are refused where a book is made."""
    with pytest.raises(ValueError, match="position must be a finite decimal"):
        Book(symbol="AAPL", position=Decimal(bad))
    with pytest.raises(ValueError, match="per_share must be a finite decimal"):
        order("buy", 1, bad)
