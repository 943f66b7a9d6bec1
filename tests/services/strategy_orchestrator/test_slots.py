"""The places of bars in time, within the day and by the session."""

from datetime import datetime, timedelta

import pytest

from stockbot.events.market import SessionHours
from stockbot.model.trading_hours import ExchangeHours, RoundTheClock
from stockbot.strategy_orchestrator.slots import is_traded, over_until, whole_from
from stockbot.testing.clock import START

OPENS, CLOSES = START.replace(hour=14, minute=30), START.replace(hour=21)
DAY = timedelta(days=1)
HOURS = ExchangeHours(SessionHours(date="2026-03-02", opens=OPENS + n * DAY, closes=CLOSES + n * DAY) for n in range(2))


def at(hour: int, minute: int = 0, second: int = 0) -> datetime:
    return START.replace(hour=hour, minute=minute, second=second)


@pytest.mark.parametrize(
    ("now", "interval", "over", "whole"),
    [
        (at(15, 3, 20), "1m", at(15, 3), at(15, 4)),
        (at(15, 3), "1m", at(15, 3), at(15, 3)),
        (at(15, 3, 20), "5m", at(15), at(15, 5)),
        (at(15, 3), "1d", OPENS, OPENS + DAY),
        (at(14, 30), "1d", OPENS, OPENS),
        (at(22), "1d", CLOSES, OPENS + DAY),
    ],
)
def test_places_of_an_exchange(now: datetime, interval: str, over: datetime, whole: datetime) -> None:
    """What is over, and from when a bar can be watched as a whole."""
    assert over_until(now, interval, HOURS) == over
    assert whole_from(now, interval, HOURS) == whole


def test_a_day_round_the_clock_is_one_of_utc() -> None:
    """Where nothing closes, midnight does."""
    assert over_until(at(15), "1d", RoundTheClock()) == at(0)
    assert whole_from(at(15), "1d", RoundTheClock()) == at(0) + DAY
    assert whole_from(at(0), "1d", RoundTheClock()) == at(0)


def test_nights_are_not_traded() -> None:
    """No bar is missed while the exchange is closed."""
    assert not is_traded(CLOSES, OPENS + DAY, HOURS)
    assert is_traded(CLOSES, OPENS + DAY + timedelta(minutes=1), HOURS)
    assert is_traded(CLOSES, OPENS + DAY, RoundTheClock())
