"""The intervals that bars come in. Gateway, providers and strategies take their names from here."""

from datetime import UTC, datetime, timedelta

from stockbot.errors import ConfigurationError

LENGTHS = {
    "1m": timedelta(minutes=1),
    "5m": timedelta(minutes=5),
    "15m": timedelta(minutes=15),
    "1h": timedelta(hours=1),
    "1d": timedelta(days=1),
}
DAY = "1d"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def length_of(interval: str) -> timedelta:
    """Return how long a bar of `interval` is; a day's bar is as long as its session and at most this.

    Raises ConfigurationError where there is no such interval.
    """
    if interval not in LENGTHS:
        raise ConfigurationError(f"interval {interval!r} does not exist: use one of {', '.join(LENGTHS)}")
    return LENGTHS[interval]


def floor(at: datetime, interval: str) -> datetime:
    """Return the start of the interval that `at` lies in, counted in UTC."""
    return at - (at - _EPOCH) % length_of(interval)
