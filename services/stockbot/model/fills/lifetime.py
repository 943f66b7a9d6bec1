"""From when to when an order works.

- `day`: until its session closes; an order that comes while the market is closed works in the next session. In a
  market that never closes a session is a day of UTC. With extended hours until four hours after the close, when the
  US venues' late session ends (20:00 in New York, 17:00 on a half day).
- `gtc`: until it is filled or canceled.
- `ioc`, `fok`: for one look. A closed market, a stale quote or too little volume is the end of it.
- `opg`: in the first two minutes of the session that opens next. `cls`: in the last two minutes of the session. There
  is no auction in a stream of quotes, so the quote nearest to it stands for its price.

Where the sessions are not known yet an order waits, and its span is found at the first look that knows them.
"""

from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from stockbot.events.market import Session, SessionHours
from stockbot.events.trading import OrderTerms, TimeInForce
from stockbot.model.fills.hours import EXTENDED, MarketHours
from stockbot.model.fills.order import WorkingOrder
from stockbot.model.fills.rules import FillRules

AUCTION = timedelta(minutes=2)  # as long as a price may be old at the gateway
LATE_SESSION = timedelta(hours=4)
IMMEDIATE = frozenset({TimeInForce.IOC, TimeInForce.FOK})
SPANNED = frozenset({TimeInForce.DAY, TimeInForce.OPG, TimeInForce.CLS})


class Span(Struct, frozen=True):
    begins: datetime
    ends: datetime


def clocked(order: WorkingOrder, hours: MarketHours) -> WorkingOrder:
    """The order with its times in the market's clock, as far as they are known.

    A clock that went back belongs to a replay that began anew: the order counts as having just come.
    """
    if order.accepted_at is None or hours.at < order.accepted_at:
        order = replace(order, accepted_at=hours.at, begins_at=None, ends_at=None)
    if order.ends_at is not None or order.terms.time_in_force not in SPANNED:
        return order
    span = _span(order.terms, hours)
    return order if span is None else replace(order, begins_at=span.begins, ends_at=span.ends)


def has_ended(order: WorkingOrder, at: datetime) -> bool:
    return order.ends_at is not None and at >= order.ends_at


def is_ripe(order: WorkingOrder, at: datetime, rules: FillRules) -> bool:
    """Whether the order has reached the venue, by the market's clock."""
    return order.accepted_at is not None and at >= order.accepted_at + rules.latency


def may_trade(order: WorkingOrder, hours: MarketHours) -> bool:
    """Whether the session lets it trade: open, or before and after it with extended hours."""
    if hours.phase not in ((Session.OPEN, *EXTENDED) if order.terms.extended_hours else (Session.OPEN,)):
        return False
    return order.begins_at is None or hours.at >= order.begins_at


def _span(terms: OrderTerms, hours: MarketHours) -> Span | None:
    """The first span that is not over, or for an opening not begun; None where no session is known."""
    spans = (_span_in(day, terms) for day in hours.days())
    if terms.time_in_force is TimeInForce.OPG:
        return next((span for span in spans if hours.at <= span.begins), None)
    return next((span for span in spans if hours.at < span.ends), None)


def _span_in(day: SessionHours, terms: OrderTerms) -> Span:
    if terms.time_in_force is TimeInForce.OPG:
        return Span(day.opens, day.opens + AUCTION)
    if terms.time_in_force is TimeInForce.CLS:
        return Span(day.closes - AUCTION, day.closes)
    return _whole(day, terms)


def _whole(day: SessionHours, terms: OrderTerms) -> Span:
    """A day order may trade whenever the phase allows; only its end counts."""
    return Span(datetime.min.replace(tzinfo=day.opens.tzinfo), day.closes + LATE_SESSION * terms.extended_hours)
