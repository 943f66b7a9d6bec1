"""Is it a proper order: a signal that counts, an instrument that trades, a quantity and terms that can be sent."""

from stockbot.events.market import Session
from stockbot.events.trading import Intent, OrderTerms, OrderType, TimeInForce
from stockbot.model.risk.account import NOTHING
from stockbot.model.risk.checks.finding import Finding, at_most
from stockbot.model.risk.inputs import DecisionInputs
from stockbot.model.risk.proposal import Proposal
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
    """There is something to trade: after rounding to the lot, at least the smallest quantity or all that is left."""
    instrument = order.inputs.instrument
    minimum = None if instrument is None else instrument.minimum_quantity
    if order.reduction and order.quantity == closable(order.before.book):
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
    prices = (order.terms.limit_price, order.terms.stop_price, order.terms.trail)
    lowest = min((price for price in prices if price is not None), default=tick)
    return at_most(tick, lowest, price=lowest, tick=tick)


def terms_complete(order: Proposal) -> Finding:
    """The order has the prices that its type needs; in extended hours only limit orders for the day can be sent."""
    terms = order.terms
    missing = [name for name in _NEEDED.get(terms.order_type, ()) if getattr(terms, name) is None]
    proper = not missing and (not terms.extended_hours or _extended_terms(order.inputs.signal.terms))
    return Finding(proper, {"order_type": terms.order_type, "missing": ",".join(missing) or "none"})


def exit_closable(order: Proposal) -> Finding:
    """An exit closes no more than the position less what working orders already close."""
    rest = closable(order.before.book) if order.side is closing_side(order.before.book.position) else NOTHING
    allowed = order.inputs.signal.intent is not Intent.EXIT or order.quantity <= rest
    return Finding(allowed, {"quantity": order.quantity, "closable": rest, "position": order.before.book.position})


def _trades_extended(inputs: DecisionInputs) -> bool:
    phase = Session.UNKNOWN if inputs.quote is None else inputs.quote.session
    return inputs.signal.terms.extended_hours and phase in _EXTENDED


def _extended_terms(terms: OrderTerms) -> bool:
    return terms.order_type is OrderType.LIMIT and terms.time_in_force is TimeInForce.DAY
