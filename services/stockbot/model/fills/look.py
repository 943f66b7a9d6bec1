"""One look of one order at its market: what happens, if anything. The heart of the paper broker and of a backtest.

A look happens with each quote, and once when the latency of a new order is over. Until then, while its session does
not trade, and on a stale quote an order waits; an `ioc` or `fok` ends instead.
"""

from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from stockbot.events.market import Quote
from stockbot.events.trading import OrderState
from stockbot.model.fills.fees import fee_of
from stockbot.model.fills.hours import MarketHours
from stockbot.model.fills.lifetime import IMMEDIATE, clocked, has_ended, is_ripe, may_trade
from stockbot.model.fills.order import PaperFill, WorkingOrder, canceled
from stockbot.model.fills.prices import price_of
from stockbot.model.fills.rules import FeeSchedule, FillRules
from stockbot.model.fills.triggers import followed, triggered, triggers
from stockbot.model.fills.volume import quantity_of, traded_since


class Market(Struct, frozen=True, kw_only=True):
    """What one symbol's market shows. `traded`: shares between this quote and the one before, None if not known."""

    quote: Quote
    hours: MarketHours
    fresh: bool
    traded: Decimal | None = None


class Step(Struct, frozen=True):
    """One thing that happened, and the order after it."""

    order: WorkingOrder
    fill: PaperFill | None = None


class Outcome(Struct, frozen=True):
    """The order afterwards, which may have changed without anything to tell, and what there is to tell, in order."""

    order: WorkingOrder
    steps: tuple[Step, ...] = ()


def look(
    order: WorkingOrder, market: Market, rules: FillRules, fees: FeeSchedule, held: Decimal | None = None
) -> Outcome:
    """Decide about an open order. `held` bounds what it may trade: the shares that there are to close."""
    order = clocked(order, market.hours)
    if has_ended(order, market.hours.at):
        return _ended(order, OrderState.EXPIRED, f"its time in force, {order.terms.time_in_force}, is over")
    if not is_ripe(order, market.hours.at, rules):
        return Outcome(order)
    if not (market.fresh and may_trade(order, market.hours)):
        return _unable(order, market)
    if held is not None and held <= 0:
        return _ended(order, OrderState.CANCELED, "there are no shares left that it could close")
    return _worked(order, market, rules, fees, held)


def _unable(order: WorkingOrder, market: Market) -> Outcome:
    if order.terms.time_in_force not in IMMEDIATE:
        return Outcome(order)
    why = f"the market is {market.hours.phase}" if market.fresh else "the quote is stale"
    return _ended(order, OrderState.CANCELED, f"{order.terms.time_in_force} and {why}")


def _worked(order: WorkingOrder, market: Market, rules: FillRules, fees: FeeSchedule, held: Decimal | None) -> Outcome:
    """The order has reached an open market with a fresh quote."""
    steps: list[Step] = []
    traded, since = _traded(order, market), order.volume if order.looked else market.quote.volume
    order = followed(_looked(order, market.quote), market.quote.mark)
    if triggers(order, market.quote.mark):
        order = triggered(order)
        steps.append(Step(order))
    if order.triggered or not order.is_stop:
        outcome = _traded_out(order, market, quantity_of(order, traded, held, rules), since, rules, fees)
        order, steps = outcome.order, [*steps, *outcome.steps]
    return Outcome(order, tuple(steps))


def _traded(order: WorkingOrder, market: Market) -> Decimal | None:
    """The volume that this look can share: since the last look, or of the interval that was there when it came."""
    if not order.looked and market.quote.receive_time <= order.received_at:
        return market.traded
    return traded_since(order.volume, market.quote.volume)


def _looked(order: WorkingOrder, quote: Quote) -> WorkingOrder:
    volume = order.volume if quote.volume is None else quote.volume
    if order.looked and volume == order.volume:
        return order
    return replace(order, looked=True, volume=volume)


def _traded_out(
    order: WorkingOrder, market: Market, quantity: Decimal, since: Decimal | None, rules: FillRules, fees: FeeSchedule
) -> Outcome:
    """Fill what can be filled; what is then left of an order that does not wait ends.

    `since` is the volume before this look: where too little traded for one share, it adds up until there is enough.
    """
    price = price_of(order, market.quote, rules)
    steps: tuple[Step, ...] = ()
    if price is None:
        order = order if order.rested else replace(order, rested=True)
    elif quantity:
        step = _filled(order, market, quantity, price, fees)
        order, steps = step.order, (step,)
    elif order.volume != since:
        order = replace(order, volume=since)
    if order.is_open and order.terms.time_in_force in IMMEDIATE:
        order = canceled(order, _rest(order, price))
        steps = (*steps, Step(order))
    return Outcome(order, steps)


def _filled(order: WorkingOrder, market: Market, quantity: Decimal, price: Decimal, fees: FeeSchedule) -> Step:
    filled, value = order.filled + quantity, order.value + quantity * price
    charged = fee_of(filled, value, fees)
    number, at = order.fills + 1, market.hours.at
    fill = PaperFill(number=number, quantity=quantity, price=price, fee=charged - order.fees, at=at)
    state = OrderState.FILLED if filled == order.quantity else OrderState.PARTIALLY_FILLED
    return Step(replace(order, filled=filled, value=value, fees=charged, fills=number, state=state), fill)


def _rest(order: WorkingOrder, price: Decimal | None) -> str:
    why = "no price was within the limit" if price is None else "the volume was too small"
    return f"{order.terms.time_in_force}: {why} for the rest of {order.leaves} shares"


def _ended(order: WorkingOrder, state: OrderState, reason: str) -> Outcome:
    ended = replace(order, state=state, reason=reason)
    return Outcome(ended, (Step(ended),))
