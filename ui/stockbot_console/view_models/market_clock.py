"""The market clock: open or closed, and when that changes next. Used by the market page."""

from datetime import datetime, timedelta, tzinfo

from msgspec import Struct

from stockbot.events.market import ExchangeSessions, Session, SessionHours
from stockbot_console.view_models.ages import city_of, duration_text, zone_of

SOON = timedelta(hours=20)


class MarketClock(Struct, frozen=True, kw_only=True):
    """`elapsed` is the part of the running session that is over, 0 to 1; None while none is running."""

    phase: Session
    word: str
    detail: str
    note: str = ""
    elapsed: float | None = None


UNASKED = MarketClock(
    phase=Session.UNKNOWN, word="Hours unknown", detail="The gateway has not sent the exchange's sessions."
)


def market_clock(hours: ExchangeSessions | None, now: datetime) -> MarketClock:
    if hours is None:
        return UNASKED
    phase = hours.phase_at(now)
    if hours.always_open:
        return MarketClock(phase=phase, word="Open", detail="around the clock", note=hours.exchange)
    running = next((day for day in hours.sessions if day.opens <= now < day.closes), None)
    if running is not None:
        return _open(hours, running, now)
    coming = next((day for day in hours.sessions if day.opens > now), None)
    if phase is Session.UNKNOWN or coming is None:
        detail = "The exchange's sessions do not reach to now: treated as closed."
        return MarketClock(phase=Session.UNKNOWN, word="Hours unknown", detail=detail, note=hours.exchange)
    return _closed(hours, coming, now)


def session_opened(hours: ExchangeSessions | None, now: datetime) -> datetime | None:
    """When the running or the last session began, UTC; None where that is not known."""
    begun = [day.opens for day in hours.sessions if day.opens <= now] if hours is not None else []
    return max(begun, default=None)


def _open(hours: ExchangeSessions, running: SessionHours, now: datetime) -> MarketClock:
    early = "early close " if running.early_close else "closes "
    return MarketClock(
        phase=Session.OPEN,
        word="Open",
        detail=f"{early}{_moment(running.closes, now, zone_of(hours.timezone))}",
        note=hours.exchange,
        elapsed=(now - running.opens) / (running.closes - running.opens),
    )


def _closed(hours: ExchangeSessions, coming: SessionHours, now: datetime) -> MarketClock:
    early = ", closes early" if coming.early_close else ""
    return MarketClock(
        phase=Session.CLOSED,
        word="Closed",
        detail=f"opens {_moment(coming.opens, now, zone_of(hours.timezone))}{early}",
        note=hours.exchange,
    )


def _moment(moment: datetime, now: datetime, zone: tzinfo) -> str:
    """`16:00 New York, in 2 h 5 min`; with the day where it is further away."""
    day = "%H:%M" if moment - now < SOON else "%a %d %b %H:%M"
    return f"{moment.astimezone(zone):{day}} {city_of(zone)}, in {duration_text(moment - now)}"
