"""Is there a price to judge the order by, is it fresh, and is the order's own price near it."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from stockbot.events.market import Quote
from stockbot.events.trading import Signal
from stockbot.model.risk.checks.finding import Finding, at_most
from stockbot.model.risk.proposal import Proposal

_AHEAD = 5.0  # seconds that another clock may run ahead of ours


def price_present(order: Proposal) -> Finding:
    """There is a quote of the symbol."""
    quote = order.inputs.quote
    return Finding(quote is not None, {"price": None if quote is None else quote.mark})


def price_unmarked(order: Proposal) -> Finding:
    """The gateway has not marked the quote as stale."""
    quote = order.inputs.quote
    return Finding(
        quote is not None and not quote.stale, {"stale": None if quote is None else str(quote.stale).lower()}
    )


def price_made_lately(order: Proposal) -> Finding:
    """By the source's own time the quote is not older than the limit, nor from the future."""
    quote = order.inputs.quote
    return _recent(order, None if quote is None else quote.source_time, order.inputs.market_now)


def price_received_lately(order: Proposal) -> Finding:
    """The gateway received the quote not longer ago than the limit."""
    quote = order.inputs.quote
    return _recent(order, None if quote is None else quote.receive_time, order.inputs.now)


def price_not_older_than_signal(order: Proposal) -> Finding:
    """The quote is not older than the one that the signal was made from."""
    made_from = _made_from(order.inputs.signal)
    at = None if order.inputs.quote is None else order.inputs.quote.source_time
    return Finding(at is not None and at >= made_from, {"quote": at, "signal": made_from})


def price_in_band(order: Proposal) -> Finding:
    """The order's own prices are within the band around the last one; for a market order its reference price."""
    mark, band = order.before.book.mark, order.inputs.limits.price_band
    farthest = None if mark is None else max(abs(price - mark) for price in _own_prices(order.inputs.signal))
    largest = None if mark is None else mark * band
    return at_most(farthest, largest, distance=farthest, limit=largest, price=mark)


def _recent(order: Proposal, at: datetime | None, now: datetime) -> Finding:
    age = None if at is None else (now - at).total_seconds()
    limit = order.inputs.limits.stale_after_seconds
    if age is not None and age < -_AHEAD:
        return Finding(False, {"age_seconds": age, "ahead_limit": _AHEAD})
    return at_most(age, limit, age_seconds=age, limit=limit)


def _made_from(signal: Signal) -> datetime:
    return max((quote.source_time for quote in _quotes_of_symbol(signal)), default=signal.reference_time)


def _quotes_of_symbol(signal: Signal) -> Iterable[Quote]:
    return (quote for quote in signal.quotes if quote.symbol == signal.symbol)


def _own_prices(signal: Signal) -> list[Decimal]:
    own = [price for price in (signal.terms.limit_price, signal.terms.stop_price) if price is not None]
    return own or [signal.reference_price]
