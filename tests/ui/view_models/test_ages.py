"""Ages, and exact times in the exchange's zone."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from stockbot_console.view_models.ages import age_text, city_of, clock_text, epoch_milliseconds, exact_text, zone_of

MOMENT = datetime(2026, 3, 2, 15, 4, 5, 678_900, tzinfo=UTC)
NEW_YORK = zone_of("America/New_York")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "0 s"),
        (0.9, "0 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1 h"),
        (7500, "2 h 5 min"),
        (86_399, "23 h 59 min"),
        (86_400, "1 d"),
        (900_000, "10 d"),
    ],
)
def test_an_age_is_in_whole_units(seconds: float, text: str) -> None:
    """An age never shows more than it is, and a clock that runs ahead shows none."""
    assert age_text(seconds) == text


def test_the_exact_time_is_in_utc_and_at_the_exchange() -> None:
    """On hover a time is exact to the millisecond, in UTC and in the exchange's zone."""
    assert exact_text(MOMENT, NEW_YORK) == "2026-03-02 15:04:05.678 UTC \N{MIDDLE DOT} 10:04:05 New York"


def test_utc_is_not_said_twice() -> None:
    """Without an exchange's zone the time stands once."""
    assert exact_text(MOMENT.astimezone(timezone(timedelta(hours=2))), UTC) == "2026-03-02 15:04:05.678 UTC"


@pytest.mark.parametrize("name", [None, "", "Mars/Olympus", "/etc/passwd", "../secrets", "America"])
def test_an_unknown_zone_is_utc(name: str | None) -> None:
    """A zone that this machine does not know falls back to UTC, and the page says UTC."""
    assert clock_text(MOMENT, zone_of(name)) == "15:04:05 UTC"


def test_a_zone_is_called_by_its_city() -> None:
    """People read New York, not America/New_York."""
    assert city_of(NEW_YORK) == "New York"


def test_milliseconds_since_the_epoch_are_exact() -> None:
    """The browser gets whole milliseconds."""
    assert epoch_milliseconds(datetime(1970, 1, 1, 0, 0, 1, 5_000, tzinfo=UTC)) == 1005
