"""Whether a quote may still be acted on. Used by the gateway at every beat, for new quotes and for kept ones.

Two ages count: since the gateway received the quote (a silent source), and since the price was made (a source
that repeats an old price). A delayed quote may be older by the usual delay; it stays marked as delayed.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from stockbot.events.market import Quote, Session


@dataclass(frozen=True, kw_only=True, slots=True)
class FreshnessLimits:
    received: timedelta = timedelta(seconds=15)  # since the gateway got it: three beats of five seconds
    priced: timedelta = timedelta(minutes=2)  # since the source's own time of the price, while the market trades
    delay: timedelta = timedelta(minutes=20)  # what a delayed source may lag in addition
    future: timedelta = timedelta(seconds=5)  # how far a source's clock may run ahead


def staleness(quote: Quote, *, now: datetime, market_now: datetime, limits: FreshnessLimits) -> str | None:
    """Why the quote is stale, in words; None while it is fresh.

    `market_now` is the time in the quote's market: the same as `now` but for replayed prices. While the
    exchange is closed the price's own age does not count: the last price of the day is old, and right, and
    the session says so.
    """
    if quote.source_time > market_now + limits.future:
        return f"its time {quote.source_time.isoformat()} is in the future: one of the clocks is wrong"
    if now - quote.receive_time > limits.received:
        return f"{quote.provider} has sent nothing newer for {_seconds(now - quote.receive_time)} s"
    if quote.session is not Session.CLOSED and market_now - quote.source_time > _oldest(quote, limits):
        return f"{quote.provider} repeats a price that is {_seconds(market_now - quote.source_time)} s old"
    return None


def judged(quote: Quote, *, now: datetime, market_now: datetime, limits: FreshnessLimits) -> Quote:
    """Return the quote with its `stale` mark as of `now`; nothing else of it changes."""
    stale = staleness(quote, now=now, market_now=market_now, limits=limits) is not None
    return quote if stale == quote.stale else msgspec.structs.replace(quote, stale=stale)


def _oldest(quote: Quote, limits: FreshnessLimits) -> timedelta:
    return limits.priced + limits.delay if quote.delayed else limits.priced


def _seconds(age: timedelta) -> int:
    return int(age.total_seconds())
