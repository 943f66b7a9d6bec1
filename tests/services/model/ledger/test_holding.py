"""Average cost through adding, reducing and flipping, by hand-made figures."""

from decimal import Decimal

import pytest

from stockbot.model.ledger.holding import Holding, trade


def after(*trades: tuple[str, str]) -> Holding:
    holding = Holding()
    for change, price in trades:
        holding = trade(holding, Decimal(change), Decimal(price)).after
    return holding


@pytest.mark.parametrize(
    ("trades", "quantity", "average", "realised"),
    [
        ([("100", "10"), ("-50", "12"), ("50", "14")], "100", "12", "100"),
        ([("-100", "10"), ("50", "8"), ("-50", "6")], "-100", "8", "100"),
        ([("10", "100"), ("-15", "110")], "-5", "110", "100"),
        ([("-10", "100"), ("15", "110")], "5", "110", "-100"),
        ([("10", "100"), ("-10", "90")], "0", "0", "-100"),
        ([("0.5", "100"), ("0.25", "130")], "0.75", "110", "0"),
        ([("3", "10"), ("-1", "10"), ("-1", "10"), ("-1", "10")], "0", "0", "0"),
    ],
)
def test_average_cost(trades: list[tuple[str, str]], quantity: str, average: str, realised: str) -> None:
    """A reduce keeps the average, a flip opens at the fill's price, both signs alike."""
    holding = after(*trades)
    assert holding.quantity == Decimal(quantity)
    assert holding.average_price == Decimal(average)
    assert holding.realised == Decimal(realised)


def test_nothing_is_left_behind_by_rounding() -> None:
    """A third of a cost cannot be written down: the last share takes what is left, and the cost is zero."""
    holding = after(("3", "33.335"), ("-1", "40"), ("-1", "40"), ("-1", "40"))
    assert (holding.cost, holding.quantity) == (Decimal(0), Decimal(0))
    assert holding.realised == Decimal("19.995")


def test_a_flip_splits_at_zero() -> None:
    """Its two parts add up to what was traded, in shares and in money."""
    traded = trade(Holding(quantity=Decimal(4), cost=Decimal(400)), Decimal(-10), Decimal(120))
    assert [traded.closing, traded.opening] == [-4, -6]
    assert [traded.released, traded.invested, traded.profit] == [400, -720, 80]


def test_what_nobody_can_count_is_refused() -> None:
    """The product of two countable numbers may be none: it is a ValueError, never a silent rounding."""
    with pytest.raises(ValueError, match="no amount of money"):
        trade(Holding(), Decimal("1E14"), Decimal("1E14"))
