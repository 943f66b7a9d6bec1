"""Where bars are missing."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from stockbot.events.market import Bar
from stockbot_console.view_models.ages import zone_of
from stockbot_console.view_models.gaps import Gap, gaps

NEW_YORK = zone_of("America/New_York")
LENGTHS = {"1d": timedelta(days=1), "1h": timedelta(hours=1)}


def series(interval: str, *starts: str) -> list[Bar]:
    return [bar(interval, datetime.fromisoformat(start).replace(tzinfo=UTC)) for start in starts]


def bar(interval: str, start: datetime) -> Bar:
    price = Decimal(100)
    return Bar(
        symbol="AAPL",
        interval=interval,
        start=start,
        end=start + LENGTHS[interval],
        open=price,
        high=price,
        low=price,
        close=price,
        provider="demo",
    )


def test_a_weekend_and_a_holiday_are_no_gap() -> None:
    """Thursday to Monday over Good Friday is how a market looks."""
    assert gaps(series("1d", "2026-04-01", "2026-04-02", "2026-04-06"), NEW_YORK) == ()


def test_a_week_without_bars_is_a_gap() -> None:
    """Four weekdays without a session happened once in decades; they are marked, and the count is honest."""
    found = gaps(series("1d", "2001-09-10", "2001-09-17"), NEW_YORK)
    assert found == (Gap(after=0, text="4 weekdays missing"),)


def test_a_series_that_trades_on_weekends_misses_a_weekend() -> None:
    """The series itself says that its market never closes."""
    found = gaps(series("1d", "2026-03-06", "2026-03-07", "2026-03-09"), NEW_YORK)
    assert found == (Gap(after=1, text="1 day missing"),)


def test_a_night_is_no_gap() -> None:
    """Between the last bar of a day and the first of the next nothing is missing."""
    assert gaps(series("1h", "2026-03-02T19:00", "2026-03-02T20:00", "2026-03-03T14:00"), NEW_YORK) == ()


def test_missing_bars_within_a_day_are_counted() -> None:
    """Two hours without bars between two bars of the same day are two bars."""
    found = gaps(series("1h", "2026-03-02T15:00", "2026-03-02T18:00"), NEW_YORK)
    assert found == (Gap(after=0, text="2 bars missing"),)


def test_a_series_that_trades_through_nights_misses_a_night() -> None:
    """Where one night has bars, another without them is a gap."""
    found = gaps(series("1h", "2026-03-02T04:00", "2026-03-02T05:00", "2026-03-03T05:00"), NEW_YORK)
    assert found == (Gap(after=1, text="23 bars missing"),)


def test_no_bars_have_no_gaps() -> None:
    """An empty series is no error."""
    assert gaps([], NEW_YORK) == ()
