"""Is it a proper order: a signal that counts, an instrument that trades, a quantity and terms that can be sent."""

from decimal import Decimal

from stockbot.events.market import Session
from stockbot.events.trading import Intent, OrderTerms, OrderType, Side, TimeInForce
from stockbot.model.risk.account import NOTHING
from stockbot.model.risk.checks.finding import Finding, at_most
from stockbot.model.risk.inputs import DecisionInputs
from stockbot.model.risk.proposal import Proposal, reference
from stockbot.model.risk.reduction import closable, closing_side

_NEEDED = {
    OrderType.LIMIT: ("limit_price",),
    OrderType.STOP: ("stop_price",),
    OrderType.STOP_LIMIT: ("stop_price", "limit_price"),
    OrderType.TRAILING_STOP: ("trail",),
}
_EXTENDED = (Session.PRE, Session.POST)


def signal_unexpired(order: Proposal) -> Finding:
    """The signal is still valid."""
    now, until = order.inputs.market_now, order.inputs.signal.valid_until
    return Finding(now < until, {"valid_until": until, "now": now})


def signal_undecided(order: Proposal) -> Finding:
    """No decision has been made about this signal before."""
    earlier = order.inputs.activity.earlier_decision
    return Finding(earlier is None, {"signal": order.inputs.signal_id, "decision": earlier or "none"})


def instrument_known(order: Proposal) -> Finding:
    """The symbol is one that the gateway knows and that can be traded."""
    return Finding(order.inputs.instrument is not None, {"symbol": order.inputs.signal.symbol})


def session_open(order: Proposal) -> Finding:
    """The exchange is open; for a limit order in extended hours, also before and after its session."""
    sessions = order.inputs.sessions
    phase = Session.UNKNOWN if sessions is None else sessions.phase_at(order.inputs.market_now)
    extended = phase is Session.CLOSED and _trades_extended(order.inputs)
    return Finding(phase is Session.OPEN or extended, {"session": phase, "extended": str(extended).lower()})


def quantity_minimum(order: Proposal) -> Finding:
    """After rounding to the lot, there is at least the smallest quantity, or all that is left or that a holder has."""
    instrument = order.inputs.instrument
    minimum = None if instrument is None else instrument.minimum_quantity
    if order.quantity and (_closes_all(order) or order.inputs.signal.intent is Intent.REPLACE):
        minimum = order.quantity
    return at_most(minimum, order.quantity, wanted=order.wanted, quantity=order.quantity, minimum=minimum)


def quantity_maximum(order: Proposal) -> Finding:
    """The quantity is at most the largest that can be sent in one order."""
    maximum = None if order.inputs.instrument is None else order.inputs.instrument.maximum_quantity
    return at_most(order.quantity, maximum, quantity=order.quantity, maximum=maximum)


def notional_minimum(order: Proposal) -> Finding:
    """After rounding, the order is worth at least the smallest value that the venue takes."""
    minimum = None if order.inputs.instrument is None else order.inputs.instrument.minimum_notional
    notional = order.quantity * order.bounds.high
    return at_most(minimum, notional, notional=notional, minimum=minimum)


def price_tick(order: Proposal) -> Finding:
    """Every price of the order is at least one tick."""
    tick = None if order.inputs.instrument is None else order.inputs.instrument.tick
    terms = order.terms
    prices = (terms.limit_price, terms.stop_price, terms.trail, terms.stop_loss, terms.take_profit)
    lowest = min((price for price in prices if price is not None), default=tick)
    return at_most(tick, lowest, price=lowest, tick=tick)


def terms_complete(order: Proposal) -> Finding:
    """The order has the prices that its type needs; in extended hours only limit orders for the day can be sent."""
    terms = order.terms
    missing = [name for name in _NEEDED.get(terms.order_type, ()) if getattr(terms, name) is None]
    proper = not missing and (not terms.extended_hours or _extended_terms(order.inputs.signal.terms))
    return Finding(proper, {"order_type": terms.order_type, "missing": ",".join(missing) or "none"})


def exit_closable(order: Proposal) -> Finding:
    """An exit closes no more than the position less what working orders already close; a flatten, only its holder's."""
    rest = closable(order.before) if order.side is closing_side(order.before.position) else NOTHING
    if order.inputs.signal.flatten:
        own = order.inputs.standing.own_closable
        rest = max(NOTHING, min(rest, own if order.side is Side.SELL else -own))
    allowed = order.inputs.signal.intent is not Intent.EXIT or order.quantity <= rest
    return Finding(allowed, {"quantity": order.quantity, "closable": rest, "position": order.before.position})


def order_replaceable(order: Proposal) -> Finding:
    """What a replace is about is a working order of the same strategy and symbol that nothing else is to replace."""
    signal, replaced = order.inputs.signal, order.inputs.replaced
    if signal.intent is not Intent.REPLACE:
        return Finding(True, {"replaces": "none"})
    if replaced is None:
        return Finding(False, {"replaces": signal.order, "known": "false"})
    own = (replaced.hold.strategy, replaced.hold.symbol) == (signal.strategy, signal.symbol)
    numbers = {"replaces": signal.order, "own": str(own).lower(), "replaced_by": replaced.successor or "none"}
    return Finding(own and replaced.successor is None, {**numbers})


def bracket_around_price(order: Proposal) -> Finding:
    """A bracket's stop loss and take profit lie on either side of the price, and it belongs to an order that opens."""
    terms = order.terms
    if not terms.is_bracket:
        return Finding(True, {"bracket": "none"})
    lowest, highest = _entry_prices(order)
    below, above = terms.stop_loss, terms.take_profit
    if order.side is Side.SELL:
        below, above = above, below
    around = (below is None or below < lowest) and (above is None or above > highest)
    opens = not order.reduction and order.inputs.signal.intent is not Intent.REPLACE
    return Finding(around and opens, {"below": below, "lowest": lowest, "highest": highest, "above": above})


def _entry_prices(order: Proposal) -> tuple[Decimal, Decimal]:
    """Between which prices the order is expected to fill: at the market, or at its own price where that is not there.

    A market order's collar only bounds it, and is left out.
    """
    terms, market = order.inputs.signal.terms, reference(order.inputs)
    better, worse = (min, max) if order.side is Side.BUY else (max, min)
    entry = market if terms.stop_price is None else worse(market, terms.stop_price)
    if terms.limit_price is None:
        return entry, entry
    entry = better(entry, terms.limit_price)
    return min(entry, terms.limit_price), max(entry, terms.limit_price)


def _closes_all(order: Proposal) -> bool:
    return order.reduction and (bool(order.inputs.signal.flatten) or order.quantity == closable(order.before))


def _trades_extended(inputs: DecisionInputs) -> bool:
    phase = Session.UNKNOWN if inputs.quote is None else inputs.quote.session
    return inputs.signal.terms.extended_hours and phase in _EXTENDED


def _extended_terms(terms: OrderTerms) -> bool:
    return terms.order_type is OrderType.LIMIT and terms.time_in_force is TimeInForce.DAY
