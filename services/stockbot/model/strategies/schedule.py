"""When an instance may make signals: the gate between a strategy and the market's sessions."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from stockbot.events.market import Session, SessionHours
from stockbot.model import intervals

VALID_INTERVALS = 2  # how long a signal is good for, by default


class Sessions(StrEnum):
    """The choices of the document, by the same names."""

    REGULAR = "Regular"
    EXTENDED = "Extended"
    ALWAYS = "Always"


_ALLOWED = {
    Sessions.REGULAR: frozenset({Session.OPEN}),
    Sessions.EXTENDED: frozenset({Session.PRE, Session.OPEN, Session.POST}),
    Sessions.ALWAYS: frozenset(Session),
}


def may_signal(sessions: Sessions, phase: Session) -> bool:
    """Whether signals may be made in `phase`; an unknown phase counts as closed."""
    return phase in _ALLOWED[sessions]


def valid_until(
    at: datetime, interval: str, upcoming: Sequence[SessionHours] = (), count: int = VALID_INTERVALS
) -> datetime:
    """When a signal made from a bar that ended at `at`, UTC, expires: `count` intervals later.

    The intervals of bars of a day are sessions, or Friday's signal would expire on Sunday. Where `upcoming`, oldest
    first, does not reach that far, days of 24 hours count.
    """
    closes = [session.closes for session in upcoming if session.closes > at]
    if interval == intervals.DAY and len(closes) >= count:
        return closes[count - 1]
    return at + count * intervals.length_of(interval)
