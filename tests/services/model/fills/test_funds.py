"""The account at the venue: averages through flips, exact cash, and what has settled."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockbot.events.trading import Side
from stockbot.model.fills.funds import Funds, booked
from stockbot.model.fills.order import PaperFill
from stockbot.testing.clock import START

CASH = Decimal(100_000)
Trade = tuple[int, str]


def traded(funds: Funds, *trades: Trade, fee: str = "0", date: str | None = "2026-03-02") -> Funds:
    """The account after signed quantities at a price."""
    for number, (signed, price) in enumerate(trades, 1):
        fill = PaperFill(number=number, quantity=Decimal(abs(signed)), price=Decimal(price), fee=Decimal(fee), at=START)
        funds = booked(funds, "AAPL", Side.BUY if signed > 0 else Side.SELL, fill, date)
    return funds


@pytest.mark.parametrize(
    ("trades", "quantity", "average"),
    [
        ([(100, "10"), (-50, "12"), (50, "14")], 100, "12"),
        ([(100, "10"), (-150, "12")], -50, "12"),  # a flip opens at the fill's price
        ([(-100, "10"), (-100, "20"), (50, "1")], -150, "15"),
        ([(-100, "10"), (150, "9")], 50, "9"),
        ([(100, "10"), (-100, "12")], 0, "0"),
    ],
)
def test_the_average_price(trades: list[Trade], quantity: int, average: str) -> None:
    """More of the same moves it, less keeps it, and a flip begins anew."""
    holding = traded(Funds(cash=CASH), *trades).holdings["AAPL"]
    assert (holding.quantity, holding.average_price) == (Decimal(quantity), Decimal(average))


def test_proceeds_settle_in_the_next_session() -> None:
    """What a sale brought is not settled on its own day, and is on the next; on an unknown day nothing new is."""
    bought = traded(Funds(cash=CASH), (10, "100"), date="2026-03-02")
    sold = traded(bought, (-4, "100"), (-6, "110"), fee="1", date="2026-03-02")
    assert sold.cash == CASH + 60 - 2
    assert [sold.settled(date) for date in ("2026-03-02", "2026-03-03", None)] == [CASH - 1000, sold.cash, CASH - 1000]
    later = traded(sold, (5, "100"), (-5, "100"), date="2026-03-03")
    assert later.settled("2026-03-03") == later.cash - 500
    assert later.settled("2026-03-04") == later.cash


@given(
    trades=st.lists(
        st.tuples(st.integers(-500, 500).filter(bool), st.decimals("0.01", 900, places=2)), min_size=1, max_size=30
    )
)
def test_cash_and_positions_are_what_was_traded(trades: list[tuple[int, Decimal]]) -> None:
    """Against a list of all trades: no share and no cent comes or goes, and the cost of what is held is right."""
    after = traded(Funds(cash=CASH), *((signed, str(price)) for signed, price in trades))
    assert after.cash == CASH - sum(signed * price for signed, price in trades)
    lots = _open_lots(trades)
    quantity = sum(lots.values(), Decimal(0))
    assert after.position("AAPL") == quantity
    assert (after.holdings["AAPL"].average_price == 0) is (quantity == 0)


@given(prices=st.lists(st.decimals("0.01", 900, places=2), min_size=1, max_size=20), side=st.sampled_from([1, -1]))
def test_the_average_of_one_direction_is_the_mean_of_its_lots(prices: list[Decimal], side: int) -> None:
    """Bought or sold short share by share, the average cost is that of all lots together."""
    holding = traded(Funds(cash=CASH), *((side, str(price)) for price in prices)).holdings["AAPL"]
    assert abs(holding.average_price - sum(prices, Decimal(0)) / len(prices)) < Decimal("1E-8")


def _open_lots(trades: list[tuple[int, Decimal]]) -> dict[int, Decimal]:
    """The shares that are left of each trade when a trade the other way takes the oldest lots first."""
    lots: dict[int, Decimal] = {}
    for number, (signed, _) in enumerate(trades):
        rest = Decimal(signed)
        for opened in [key for key, lot in lots.items() if lot * rest < 0]:
            taken = min(abs(lots[opened]), abs(rest)) * (1 if rest > 0 else -1)
            lots[opened], rest = lots[opened] + taken, rest - taken
        lots = {key: lot for key, lot in (lots | {number: rest}).items() if lot}
    return lots
