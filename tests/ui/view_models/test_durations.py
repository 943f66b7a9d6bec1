"""How long something took."""

from datetime import timedelta

import pytest

from stockbot_console.view_models.durations import latency_text


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (timedelta(milliseconds=-4), "0 ms"),
        (timedelta(microseconds=900), "0 ms"),
        (timedelta(milliseconds=12), "12 ms"),
        (timedelta(milliseconds=1240), "1.24 s"),
        (timedelta(seconds=200), "3 min"),
    ],
)
def test_a_latency_is_in_its_own_unit(length: timedelta, text: str) -> None:
    """Milliseconds, seconds, then as any age; two clocks that differ make nothing negative."""
    assert latency_text(length) == text
