"""A signal turned into the order that it would become: side, quantity, terms, and the book with and without it.

Quantities are rounded toward zero to the lot, prices to the safe side of the tick. An order that closes the whole
rest of a position keeps its odd shares, so that none is left behind.
"""

from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from stockbot.events.numbers import LARGEST, SMALLEST
from stockbot.events.trading import Intent, OrderTerms, OrderType, Side
from stockbot.model.risk.account import NOTHING, Hold
from stockbot.model.risk.book import Line, line, with_order
from stockbot.model.risk.inputs import DecisionInputs
from stockbot.model.risk.reduction import closable, closing_side, is_reduction, other_side
from stockbot.model.risk.reservation import PriceBounds, cash_per_share, highest_fee, price_bounds


class Proposal(Struct, frozen=True, kw_only=True):
    """The order that is judged; `before` and `after` are the symbol's line without it and with it working."""

    inputs: DecisionInputs
    side: Side
    wanted: Decimal  # before rounding; zero where a target is reached already
    quantity: Decimal
    terms: OrderTerms
    bounds: PriceBounds
    hold: Hold
    before: Line
    after: Line
    reduction: bool


def propose(inputs: DecisionInputs, known: Line | None = None) -> Proposal:
    """The order for a signal; with quantity zero where there is nothing to trade.

    `known` may be the line of the inputs' book, where somebody has it: it says nothing new, and saves making it.
    """
    before = _before(inputs, known)
    side, wanted = _wanted(inputs)
    quantity = _rounded(wanted, side, before, inputs)
    terms = _terms(inputs, side)
    bounds = price_bounds(terms, side, reference(inputs))
    order = Hold(
        strategy=inputs.signal.strategy,
        symbol=inputs.signal.symbol,
        side=side,
        quantity=quantity,
        per_share=cash_per_share(bounds, side),
        fee=_highest_fee(quantity, inputs),
        replaces=inputs.signal.order if inputs.signal.intent is Intent.REPLACE else None,
    )
    return Proposal(
        inputs=inputs,
        side=side,
        wanted=wanted,
        quantity=quantity,
        terms=terms,
        bounds=bounds,
        hold=order,
        before=before,
        after=with_order(before, order),
        reduction=is_reduction(before, side, quantity),
    )


def _before(inputs: DecisionInputs, known: Line | None) -> Line:
    """The symbol's line, valued at the quote that the order is judged by."""
    book, quote = inputs.standing.book, inputs.quote
    if quote is not None and quote.mark != book.mark:
        return line(replace(book, mark=quote.mark))
    return known if known is not None and known.book is book else line(book)


def _wanted(inputs: DecisionInputs) -> tuple[Side, Decimal]:
    """Side and shares asked for. A target counts the strategy's position plus its working orders.

    A replace keeps the side of its order, and what that has not traded yet.
    """
    signal = inputs.signal
    if signal.intent is Intent.REPLACE:
        return (Side.BUY, NOTHING) if inputs.replaced is None else _working(inputs.replaced.hold)
    if signal.intent is not Intent.TARGET or signal.target is None:
        return signal.side or Side.BUY, signal.quantity or NOTHING
    missing = signal.target - inputs.standing.own
    return Side.BUY if missing >= 0 else Side.SELL, abs(missing)


def _highest_fee(quantity: Decimal, inputs: DecisionInputs) -> Decimal:
    """The order's own, and what the order that it replaces may still be charged."""
    own = highest_fee(quantity, inputs.costs)
    return own if inputs.replaced is None else own + inputs.replaced.hold.fee


def _working(kept: Hold) -> tuple[Side, Decimal]:
    return kept.side, kept.leaves


def _rounded(wanted: Decimal, side: Side, before: Line, inputs: DecisionInputs) -> Decimal:
    """To the lot, but for what closes all that is left or a holder has, and for an order that works already."""
    closes = side is closing_side(before.position)
    closes_all = closes and (bool(inputs.signal.flatten) or wanted == closable(before))
    if inputs.instrument is None or closes_all or inputs.signal.intent is Intent.REPLACE:
        return wanted
    return wanted - wanted % inputs.instrument.lot


def reference(inputs: DecisionInputs) -> Decimal:
    """The price that a market order is bounded by: the quote's, unless the signal was made from a later one."""
    signal, quote = inputs.signal, inputs.quote
    if quote is None or quote.source_time < signal.reference_time:
        return signal.reference_price
    return quote.mark


def _terms(inputs: DecisionInputs, side: Side) -> OrderTerms:
    """The terms asked for; a market order becomes a limit order at its collar; prices on the tick."""
    terms, collar = inputs.signal.terms, inputs.costs.collar
    if terms.order_type is OrderType.MARKET and collar is not None:
        width = 1 + collar if side is Side.BUY else 1 - collar
        terms = replace(terms, order_type=OrderType.LIMIT, limit_price=_countable(reference(inputs) * width))
    tick = None if inputs.instrument is None else inputs.instrument.tick
    return replace(
        terms,
        limit_price=_on_tick(terms.limit_price, side, tick),
        stop_price=_on_tick(terms.stop_price, side, tick),
        trail=_on_tick(terms.trail, Side.BUY, tick),
        stop_loss=_on_tick(terms.stop_loss, other_side(side), tick),
        take_profit=_on_tick(terms.take_profit, other_side(side), tick),
    )


def _on_tick(price: Decimal | None, side: Side, tick: Decimal | None) -> Decimal | None:
    """The next tick that costs no more than asked: below for a buy, above for a sell. Below one tick: as it is."""
    if price is None or tick is None or price < tick or not (beyond := price % tick):
        return price
    return price - beyond if side is Side.BUY else _countable(price - beyond + tick)


def _countable(price: Decimal) -> Decimal:
    return min(max(price, SMALLEST), LARGEST)
