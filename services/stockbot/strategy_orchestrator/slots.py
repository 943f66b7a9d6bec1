"""The places that bars of an interval take in time: which are over, and which can be watched as a whole. Pure.

Bars within the day follow the grid of UTC, bars of a day the sessions, as in `stockbot.model.bar_building`.
"""

from datetime import datetime, timedelta

from stockbot.model import intervals
from stockbot.model.trading_hours import TradingHours

_SEARCHED = timedelta(days=15)  # the longest holidays are shorter


def over_until(now: datetime, interval: str, hours: TradingHours) -> datetime:
    """The end of the last place that is over at `now`."""
    if interval != intervals.DAY:
        return intervals.floor(now, interval)
    session = hours.latest(now)
    if session is None:
        return intervals.floor(now, interval)
    return session.closes if session.closes <= now else session.opens


def whole_from(since: datetime, interval: str, hours: TradingHours) -> datetime:
    """The start of the first place that begins at `since` or later."""
    if interval == intervals.DAY:
        starts = [session.opens for session in hours.overlapping(since, since + _SEARCHED)]
        coming = [start for start in starts if start >= since]
        if coming:
            return coming[0]
    start = intervals.floor(since, interval)
    return start if start == since else start + intervals.length_of(interval)


def is_traded(start: datetime, end: datetime, hours: TradingHours) -> bool:
    """Whether a session has at least a moment in [start, end)."""
    return bool(hours.overlapping(start, end))
