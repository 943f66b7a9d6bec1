"""At which price an order would trade now, if at all.

- A buy pays the ask, a sale gets the bid. Where a quote has only a last price, half of the assumed spread is added to
  or taken from it. Of a crossed quote (bid above ask) the worse side counts: no profit from a feed's mistake.
- Slippage makes it worse by a part of the price: others trade first, and the touch shows only the first shares.
- It is rounded against us to the venue's tick.
- A limit is never passed. An order that comes and finds a better price gets the better price; one that has rested in
  the book is hit at its own limit, because that is where it stands. A pessimist's choice: gaps in its favour are lost.
"""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from stockbot.events.market import Quote
from stockbot.events.trading import Side
from stockbot.model.fills.order import WorkingOrder
from stockbot.model.fills.rules import FillRules
from stockbot.model.fills.terms import tick_of


def price_of(order: WorkingOrder, quote: Quote, rules: FillRules) -> Decimal | None:
    """The price per share of a fill now; None where the market is not as good as the order's limit."""
    touch, limit = touch_of(quote, order.side, rules), order.limit
    if limit is not None and _is_worse(touch, limit, order.side):
        return None
    if limit is not None and order.rested:
        return limit
    slipped = slipped_price(touch, order.side, rules)
    return limit if limit is not None and _is_worse(slipped, limit, order.side) else slipped


def touch_of(quote: Quote, side: Side, rules: FillRules) -> Decimal:
    """The price on the other side of the book, before slippage; not rounded where it had to be assumed."""
    if side is Side.BUY:
        assumed = quote.mark * (1 + rules.spread / 2)
        return assumed if quote.ask is None else max(quote.ask, quote.bid or quote.ask)
    assumed = quote.mark * (1 - rules.spread / 2)
    return assumed if quote.bid is None else min(quote.bid, quote.ask or quote.bid)


def slipped_price(touch: Decimal, side: Side, rules: FillRules) -> Decimal:
    """The touch made worse by slippage and rounded against us; a sale brings at least one tick."""
    if side is Side.BUY:
        return _rounded(touch * (1 + rules.slippage), ROUND_CEILING)
    worse = _rounded(touch * (1 - rules.slippage), ROUND_FLOOR)
    return worse or tick_of(worse)


def _rounded(price: Decimal, rounding: str) -> Decimal:
    return price.quantize(tick_of(price), rounding)


def _is_worse(price: Decimal, than: Decimal, side: Side) -> bool:
    return price > than if side is Side.BUY else price < than
