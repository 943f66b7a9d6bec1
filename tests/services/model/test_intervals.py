"""The names and lengths of intervals."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockbot.errors import ConfigurationError
from stockbot.model import intervals


def test_an_unknown_interval_names_those_that_exist() -> None:
    """A person who asks for 2m reads which intervals there are."""
    with pytest.raises(ConfigurationError, match=r"'2m' does not exist: use one of 1m, 5m, 15m, 1h, 1d"):
        intervals.length_of("2m")


@given(
    at=st.datetimes(datetime(1950, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - st wants naive
    interval=st.sampled_from(sorted(intervals.LENGTHS)),
)
def test_floor_is_the_start_of_the_interval_around_a_moment(at: datetime, interval: str) -> None:
    """Every moment lies in exactly the interval that its floor starts, also before 1970."""
    start = intervals.floor(at, interval)
    assert start <= at < start + intervals.LENGTHS[interval]
    assert (start - datetime(1970, 1, 1, tzinfo=UTC)) % intervals.LENGTHS[interval] == timedelta(0)
