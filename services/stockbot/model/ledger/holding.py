"""Shares of one symbol at an average cost, and what a trade does to them. For the account and for each strategy.

The cost is kept as a total, so that no average is rounded into it: adding raises it by what was paid, reducing takes
the same part of it as of the shares, and a trade through zero closes at the old average and opens at its own price.
"""

from decimal import Decimal

from msgspec import Struct

from stockbot.model.ledger.money import NOTHING, fine, money


class Holding(Struct, frozen=True, kw_only=True):
    """Shares and their cost, both negative when short; profit of what was closed, before fees; the fees paid."""

    quantity: Decimal = NOTHING
    cost: Decimal = NOTHING
    realised: Decimal = NOTHING
    fees: Decimal = NOTHING

    @property
    def average_price(self) -> Decimal:
        return fine(self.cost / self.quantity) if self.quantity else NOTHING


class Traded(Struct, frozen=True, kw_only=True):
    """A holding after a trade, and its two parts: shares that closed, and shares that opened.

    `released` is the cost that left with the closed shares, `invested` the cost that came with the opened ones.
    """

    after: Holding
    closing: Decimal
    opening: Decimal
    released: Decimal
    invested: Decimal
    profit: Decimal


def trade(before: Holding, change: Decimal, price: Decimal, fee: Decimal = NOTHING) -> Traded:
    """The holding after `change` shares (negative: sold) at `price` a share.

    Profit less the growth of cost is always the money that the trade brought, to the last place, however it is
    split at zero: so account and strategies, which split differently, still add up.
    """
    closing = closing_part(before.quantity, change)
    released = _released(before, closing)
    closed_for = money(closing * price)
    invested = money(change * price) - closed_for
    profit = -closed_for - released
    after = Holding(
        quantity=before.quantity + change,
        cost=before.cost - released + invested,
        realised=before.realised + profit,
        fees=before.fees + fee,
    )
    return Traded(
        after=after, closing=closing, opening=change - closing, released=released, invested=invested, profit=profit
    )


def closing_part(position: Decimal, change: Decimal) -> Decimal:
    """The part of a change that makes the position smaller, with the sign of the change."""
    if position * change >= 0:
        return NOTHING
    return min(abs(position), abs(change)).copy_sign(change)


def _released(before: Holding, closing: Decimal) -> Decimal:
    """The last share takes all cost that is left, so nothing is left behind by rounding."""
    if not closing or closing == -before.quantity:
        return before.cost if closing else NOTHING
    return money(before.cost * -closing / before.quantity)
