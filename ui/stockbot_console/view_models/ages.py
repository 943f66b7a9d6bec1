"""How old something is, and when exactly it was. The browser ticks the same words in static/console.js."""

from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

MINUTE, HOUR, DAY = 60, 3600, 86400
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def age_text(seconds: float) -> str:
    """Write the age in its two largest units at most: `4 s`, `3 min`, `2 h 5 min`, `6 d`."""
    whole = max(0, int(seconds))
    if whole < MINUTE:
        return f"{whole} s"
    if whole < HOUR:
        return f"{whole // MINUTE} min"
    if whole < DAY:
        hours, minutes = divmod(whole // MINUTE, 60)
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{whole // DAY} d"


def duration_text(length: timedelta) -> str:
    return age_text(length.total_seconds())


def epoch_milliseconds(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(milliseconds=1)


def zone_of(name: str | None) -> tzinfo:
    """Find the zone of that name; UTC where the name is missing or unknown to this machine."""
    try:
        return ZoneInfo(name) if name else UTC
    except (
        ZoneInfoNotFoundError,
        ValueError,
        OSError,
    ):  # ValueError: an absolute path; OSError: a folder such as `America`
        return UTC


def city_of(zone: tzinfo) -> str:
    """Name the city of a zone: `New York` for America/New_York, `UTC` for UTC."""
    return str(zone).rsplit("/", 1)[-1].replace("_", " ")


def clock_text(moment: datetime, zone: tzinfo) -> str:
    """`10:32:05 New York`."""
    return f"{moment.astimezone(zone):%H:%M:%S} {city_of(zone)}"


def exact_text(moment: datetime, zone: tzinfo) -> str:
    """Write the date and time to the millisecond in UTC, and the time in the exchange's zone."""
    utc = moment.astimezone(UTC)
    exact = f"{utc:%Y-%m-%d %H:%M:%S}.{utc.microsecond // 1000:03d} UTC"
    return exact if zone is UTC else f"{exact} \N{MIDDLE DOT} {clock_text(moment, zone)}"
