"""How much cash an order has to keep: its price bound x its quantity + the highest fee. Used when one is proposed."""

from decimal import Decimal

from msgspec import Struct

from stockbot.events.trading import OrderTerms, OrderType, Side
from stockbot.model.risk.book import GAP_ALLOWANCE, SHORT_MARGIN
from stockbot.model.risk.inputs import Costs


class PriceBounds(Struct, frozen=True, kw_only=True):
    """Between which prices per share an order is taken to fill. For a buy only the upper one can hurt."""

    low: Decimal
    high: Decimal


def price_bounds(terms: OrderTerms, side: Side, reference: Decimal) -> PriceBounds:
    """A limit is a bound. Without one, the price may gap through its trigger by GAP_ALLOWANCE."""
    trigger = _trigger(terms, side, reference)
    gap = 1 + GAP_ALLOWANCE if side is Side.BUY else 1 - GAP_ALLOWANCE
    worst = trigger * gap if terms.limit_price is None else terms.limit_price
    if side is Side.BUY:
        return PriceBounds(low=min(worst, reference), high=worst)
    return PriceBounds(low=worst, high=max(worst, trigger, reference))


def cash_per_share(bounds: PriceBounds, side: Side) -> Decimal:
    """The cash that one share which opens a position keeps: its price, or what a short keeps beyond its proceeds."""
    return bounds.high if side is Side.BUY else (1 + SHORT_MARGIN) * bounds.high - bounds.low


def highest_fee(quantity: Decimal, costs: Costs) -> Decimal:
    """The broker's largest fee for one order of that many shares, in the account's currency."""
    return max(quantity * costs.fee_per_share, costs.minimum_fee)


def _trigger(terms: OrderTerms, side: Side, reference: Decimal) -> Decimal:
    """The price at which the order starts to trade, as far from the reference as it may come to lie."""
    if terms.order_type is OrderType.TRAILING_STOP and terms.trail is not None:
        return reference + terms.trail if side is Side.BUY else max(reference - terms.trail, Decimal(0))
    if terms.stop_price is None:
        return reference
    return max(terms.stop_price, reference) if side is Side.BUY else min(terms.stop_price, reference)
