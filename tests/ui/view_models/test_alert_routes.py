"""Silences, channels and the watchdog."""

from datetime import UTC, timedelta
from typing import Any

import msgspec
import pytest

from stockbot.testing.clock import START
from stockbot.testing.desk_scenes import channels, silence, watched
from stockbot_console.alarm_answers import Channel, Silence, Watched
from stockbot_console.view_models.alert_routes import channel_rows, matcher_text, silence_rows, watched_rows


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"last_delivery_at": START}, "DELIVERS"),
        ({}, "UNUSED"),
        ({"last_error": "no answer", "pending": 2}, "FAILING"),
        ({"last_error": "no answer", "muted_until": START + timedelta(minutes=1)}, "MUTED"),
        ({"last_delivery_at": START, "muted_until": START - timedelta(minutes=1)}, "DELIVERS"),
    ],
)
def test_a_channel_says_whether_it_delivers(changes: dict[str, Any], word: str) -> None:
    """With what waits."""
    made = msgspec.convert(channels(START)[0] | {"last_delivery_at": None} | changes, Channel)
    row = channel_rows([made], START, UTC)["operators"]
    assert row.word == word
    assert ("2 waiting" in row.note) is ("pending" in changes)


@pytest.mark.parametrize(
    ("ready", "alive", "word", "level"),
    [
        (True, True, "READY", "good"),
        (True, None, "READY", "good"),
        (True, False, "NO SIGN OF LIFE", "warning"),
        (False, True, "NOT READY", "warning"),
        (False, False, "GONE", "bad"),
        (None, None, "NOT ASKED", "waiting"),
    ],
)
def test_the_watchdog_says_what_it_sees(ready: bool | None, alive: bool | None, word: str, level: str) -> None:
    """Over HTTP, and on the bus."""
    row = watched_rows([Watched(name="gateway", ready=ready, alive=alive)], UTC)["gateway"]
    assert (row.word, row.level) == (word, level)


def test_what_is_not_well_comes_first() -> None:
    """Of four services the one that is not ready."""
    rows = watched_rows([msgspec.convert(one, Watched) for one in watched(START)], UTC)
    assert next(iter(rows)) == "execution-engine"


def test_only_active_silences_are_shown() -> None:
    """The first to end at the top, with what they are about."""
    made = [
        msgspec.convert(silence(START) | changes, Silence)
        for changes in ({}, {"silence_id": "b", "until": START}, {"silence_id": "c", "active": False})
    ]
    rows = silence_rows(made, UTC)
    assert list(rows) == ["b", "silence-1"]
    assert rows["silence-1"].what == "service market-data-gateway, severity info"
    assert matcher_text({}) == "every alert"
