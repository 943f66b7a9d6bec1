"""How large a position is, in shares and exact decimals. One kind for each choice in the document.

A size is a budget divided by the price and rounded toward zero to the lot, so it never costs more than its budget.
What is missing leads to no size with a reason, never to a guess.
"""

from decimal import ROUND_DOWN, Context, Decimal, localcontext

from msgspec import Struct

from stockbot.events.numbers import check_price, is_countable, is_price

_TOWARD_ZERO = Context(prec=60, rounding=ROUND_DOWN)  # room for the largest budget over the smallest price and lot
_ZERO = Decimal(0)


class FixedQuantity(Struct, frozen=True):
    """A number of shares."""

    quantity: Decimal

    def __post_init__(self) -> None:
        check_price(quantity=self.quantity)


class Notional(Struct, frozen=True):
    """A value in the account's currency."""

    value: Decimal

    def __post_init__(self) -> None:
        check_price(value=self.value)


class PercentOfEquity(Struct, frozen=True):
    """A part of equity: 5 is 5 %."""

    percent: Decimal

    def __post_init__(self) -> None:
        check_price(percent=self.percent)


class VolatilityTarget(Struct, frozen=True):
    """As much as moves equity by `annual` a year (0.1 is 10 %), at most all of equity.

    Moskowitz, Ooi and Pedersen (2012) scale by target over realised volatility in this way; the limit is ours, for a
    symbol that hardly moves would ask for any multiple. `lookback` counts the returns that are measured.
    """

    annual: Decimal
    lookback: int = 20

    def __post_init__(self) -> None:
        check_price(annual=self.annual)
        if self.lookback < 2:  # noqa: PLR2004 - a deviation needs two returns
            raise ValueError(f"lookback must be 2 or more, not {self.lookback}")


Sizing = FixedQuantity | Notional | PercentOfEquity | VolatilityTarget


class Unsized(Struct, frozen=True):
    """No size, and why, in words."""

    reason: str


def quantity(
    sizing: Sizing, *, price: Decimal, equity: Decimal | None, volatility: Decimal | None, lot: Decimal = Decimal(1)
) -> Decimal | Unsized:
    """The shares of a whole position, above zero and a multiple of `lot`; Unsized where there is none.

    `price` per share and `equity` in the account's currency, `volatility` a year's, 0.2 for 20 %.
    """
    if not is_price(price):
        return Unsized(f"the price is {price}: nothing can be sized by it")
    if isinstance(sizing, FixedQuantity):
        return _whole(to_lot(sizing.quantity, lot), f"{sizing.quantity:f} shares")
    allowed = budget(sizing, equity=equity, volatility=volatility)
    if isinstance(allowed, Unsized):
        return allowed
    return _whole(_affordable(allowed, price, lot), f"{allowed:.2f} at a price of {price:f}")


def budget(
    sizing: Notional | PercentOfEquity | VolatilityTarget, *, equity: Decimal | None, volatility: Decimal | None
) -> Decimal | Unsized:
    """What a whole position may cost, in the account's currency, rounded toward zero."""
    if isinstance(sizing, Notional):
        return sizing.value
    if equity is None or not is_price(equity):
        return Unsized("the account's equity is not known" if equity is None else f"the account's equity is {equity}")
    with localcontext(_TOWARD_ZERO):
        if isinstance(sizing, PercentOfEquity):
            return equity * sizing.percent / 100
        return _volatility_budget(sizing, equity, volatility)


def to_lot(shares: Decimal, lot: Decimal) -> Decimal:
    """`shares` rounded toward zero to a multiple of `lot`."""
    with localcontext(_TOWARD_ZERO):
        return shares // lot * lot


def _volatility_budget(sizing: VolatilityTarget, equity: Decimal, volatility: Decimal | None) -> Decimal | Unsized:
    if volatility is None or volatility == _ZERO:
        return Unsized("the volatility is not known" if volatility is None else "the price has not moved")
    return min(equity, equity * sizing.annual / volatility)


def _affordable(allowed: Decimal, price: Decimal, lot: Decimal) -> Decimal:
    with localcontext(_TOWARD_ZERO):
        return allowed // (price * lot) * lot


def _whole(shares: Decimal, of: str) -> Decimal | Unsized:
    if shares == _ZERO:
        return Unsized(f"{of} is less than one lot")
    return shares if is_countable(shares) else Unsized(f"{shares:E} shares cannot be counted")
