"""Sizes in shares: by hand, and as properties over all budgets, prices and lots."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockbot.model.strategies.sizing import (
    FixedQuantity,
    Notional,
    PercentOfEquity,
    Sizing,
    Unsized,
    VolatilityTarget,
    quantity,
    to_lot,
)

EQUITY = Decimal(100_000)
PRICE = Decimal("187.45")
AMOUNTS = st.decimals("0.01", "1000000000", places=2)
PRICES = st.decimals("0.0001", "1000000", places=4)
LOTS = st.sampled_from([Decimal(1), Decimal(100), Decimal("0.001"), Decimal("0.000001")])


def sized(
    sizing: Sizing,
    *,
    price: Decimal = PRICE,
    equity: Decimal | None = EQUITY,
    volatility: Decimal | None = None,
    lot: Decimal = Decimal(1),
) -> Decimal | str:
    size = quantity(sizing, price=price, equity=equity, volatility=volatility, lot=lot)
    return size.reason if isinstance(size, Unsized) else size


@pytest.mark.parametrize(
    ("sizing", "shares"),
    [
        (FixedQuantity(Decimal(10)), 10),
        (FixedQuantity(Decimal("10.9")), 10),
        (Notional(Decimal(10_000)), 53),  # 53.34
        (Notional(Decimal("187.45")), 1),
        (PercentOfEquity(Decimal(5)), 26),  # 5,000: 26.67
        (PercentOfEquity(Decimal(100)), 533),
        (VolatilityTarget(Decimal("0.1"), 20), 266),  # half of equity at a volatility of 20 %: 266.7
        (VolatilityTarget(Decimal("0.5"), 20), 533),  # two and a half times equity, limited to all of it
    ],
)
def test_each_kind_of_size(sizing: Sizing, shares: int) -> None:
    """The budget over the price, rounded toward zero to whole shares."""
    assert sized(sizing, volatility=Decimal("0.2")) == shares


def test_thirds_lose_no_share() -> None:
    """A third of 30,000 at a price of 10 is 1,000 shares, though a third has no last digit."""
    sizing = VolatilityTarget(Decimal("0.1"))
    assert sized(sizing, price=Decimal(10), equity=Decimal(30_000), volatility=Decimal("0.3")) == 1000


def test_fractions_of_shares_where_the_lot_allows() -> None:
    """A lot of a thousandth of a share keeps three places."""
    assert sized(Notional(Decimal(10_000)), lot=Decimal("0.001")) == Decimal("53.347")


@pytest.mark.parametrize(
    ("sizing", "given", "words"),
    [
        (Notional(Decimal(100)), {}, "100.00 at a price of 187.45 is less than one lot"),
        (FixedQuantity(Decimal("0.5")), {}, "0.5 shares is less than one lot"),
        (FixedQuantity(Decimal(1)), {"price": Decimal(0)}, "the price is 0"),
        (Notional(Decimal(1)), {"price": Decimal("NaN")}, "the price is NaN"),
        (Notional(Decimal(1)), {"price": Decimal(-3)}, "the price is -3"),
        (PercentOfEquity(Decimal(5)), {"equity": None}, "equity is not known"),
        (PercentOfEquity(Decimal(5)), {"equity": Decimal(0)}, "equity is 0"),
        (PercentOfEquity(Decimal(5)), {"equity": Decimal(-10)}, "equity is -10"),
        (VolatilityTarget(Decimal("0.1")), {"equity": None}, "equity is not known"),
        (VolatilityTarget(Decimal("0.1")), {}, "volatility is not known"),
        (VolatilityTarget(Decimal("0.1")), {"volatility": Decimal(0)}, "has not moved"),
        (Notional(Decimal("1E15")), {"price": Decimal("1E-12")}, "cannot be counted"),
    ],
)
def test_what_is_missing_gives_no_size(sizing: Sizing, given: dict[str, Decimal | None], words: str) -> None:
    """No guess is made, and the reason says what is missing."""
    assert words in str(sized(sizing, **given))  # type: ignore[arg-type]  # a table of keyword arguments


@pytest.mark.parametrize("wrong", [Decimal(0), Decimal(-1), Decimal("NaN"), Decimal("Infinity")])
def test_a_size_is_above_zero(wrong: Decimal) -> None:
    """No kind can be made of zero, a negative number, NaN or Infinity."""
    for kind in (FixedQuantity, Notional, PercentOfEquity, VolatilityTarget):
        with pytest.raises(ValueError, match="finite decimal"):
            kind(wrong)


def test_a_volatility_needs_two_returns() -> None:
    """A lookback of one has no deviation."""
    with pytest.raises(ValueError, match="2 or more"):
        VolatilityTarget(Decimal("0.1"), 1)


@given(value=AMOUNTS, price=PRICES, lot=LOTS)
def test_a_notional_is_never_exceeded(value: Decimal, price: Decimal, lot: Decimal) -> None:
    """Counted in exact fractions: within the notional, and one lot more would be beyond it."""
    shares = quantity(Notional(value), price=price, equity=None, volatility=None, lot=lot)
    if isinstance(shares, Unsized):
        assert Fraction(price) * Fraction(lot) > Fraction(value)
        return
    assert shares > 0
    assert shares % lot == 0
    assert Fraction(shares) * Fraction(price) <= Fraction(value)
    assert (Fraction(shares) + Fraction(lot)) * Fraction(price) > Fraction(value)


@given(equity=AMOUNTS, percent=st.decimals("0.01", "100", places=2), price=PRICES, lot=LOTS)
def test_a_part_of_equity_is_never_exceeded(equity: Decimal, percent: Decimal, price: Decimal, lot: Decimal) -> None:
    """Counted in exact fractions, whatever the digits of equity and price."""
    shares = quantity(PercentOfEquity(percent), price=price, equity=equity, volatility=None, lot=lot)
    if not isinstance(shares, Unsized):
        assert 0 < Fraction(shares) * Fraction(price) <= Fraction(equity) * Fraction(percent) / 100


@given(
    equity=AMOUNTS,
    annual=st.decimals("0.01", "5", places=2),
    volatility=st.decimals("0.0001", "10", places=4),
    price=PRICES,
)
def test_a_volatility_target_is_never_exceeded(
    equity: Decimal, annual: Decimal, volatility: Decimal, price: Decimal
) -> None:
    """Neither the volatility that the position adds to equity nor equity itself."""
    shares = quantity(VolatilityTarget(annual), price=price, equity=equity, volatility=volatility)
    if not isinstance(shares, Unsized):
        cost = Fraction(shares) * Fraction(price)
        assert 0 < cost <= Fraction(equity)
        assert cost * Fraction(volatility) <= Fraction(annual) * Fraction(equity)


@given(shares=st.decimals("-1E9", "1E9", places=6), lot=LOTS)
def test_lots_round_toward_zero(shares: Decimal, lot: Decimal) -> None:
    """On both sides of zero: never larger, never of another sign, off by less than a lot."""
    rounded = to_lot(shares, lot)
    assert rounded % lot == 0
    assert abs(rounded) <= abs(shares) < abs(rounded) + lot
    assert rounded == 0 or (rounded > 0) == (shares > 0)
