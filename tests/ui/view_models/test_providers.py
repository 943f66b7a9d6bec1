"""The card of a provider."""

from datetime import UTC, timedelta
from typing import Any

import pytest

from stockbot.testing.clock import START
from stockbot_console.answers import Allowance, Budget, Provider, ShardHealth
from stockbot_console.view_models.gauges import Gauge
from stockbot_console.view_models.lights import Level
from stockbot_console.view_models.moments import Moment
from stockbot_console.view_models.providers import ProviderCard, provider_card


def card(**changes: Any) -> ProviderCard:
    healthy: dict[str, Any] = {
        "name": "yahoo",
        "type": "yahoo",
        "simulated": False,
        "label": "Yahoo Finance",
        "state": "healthy",
        "breaker": "closed",
    }
    return provider_card(Provider(**(healthy | changes)), UTC)


@pytest.mark.parametrize(
    ("used", "text", "share", "level"),
    [
        (0, "0 used, 25 of 25 left", 0.0, Level.GOOD),
        (19, "19 used, 6 of 25 left", 0.76, Level.GOOD),
        (20, "20 used, 5 of 25 left", 0.8, Level.WARNING),
        (25, "25 used, 0 of 25 left", 1.0, Level.BAD),
        (27, "27 used, 0 of 25 left", 1.0, Level.BAD),
    ],
)
def test_a_gauge_says_what_is_left(used: int, text: str, share: float, level: Level) -> None:
    """A scarce budget warns, a spent one is bad, and an overdrawn one does not overflow."""
    gauges = card(budget=Budget(per_day=Allowance(limit=25, used=used))).gauges
    assert gauges[1] == Gauge(title="Per day", text=text, share=share, level=level)


def test_no_limit_is_said_in_words() -> None:
    """A budget without a limit has no bar that could be mistaken for an empty one."""
    assert card().gauges[0] == Gauge(title="Per minute", text="no limit", share=None, level=Level.GOOD)


def test_a_limit_of_nothing_is_spent() -> None:
    """A limit of zero divides nothing."""
    assert card(budget=Budget(per_minute=Allowance(limit=0, used=0))).gauges[0].level is Level.BAD


def test_errors_and_successes_have_their_moments() -> None:
    """What happened when is there to the millisecond, and what never happened is absent."""
    shown = card(last_success=START, last_error="HTTP 429", last_error_at=START - timedelta(seconds=1))
    assert shown.succeeded == Moment(at=int(START.timestamp() * 1000), exact="2026-03-02 15:00:00.000 UTC")
    assert shown.error == "HTTP 429"
    assert card().failed is None


def test_a_provider_of_no_set_says_so() -> None:
    """An empty list of symbol sets is explained."""
    assert card().symbol_sets == "none: this provider is not asked"
    assert card(symbol_sets=("a", "b")).symbol_sets == "a, b"


def test_shards_are_told_apart_where_they_differ() -> None:
    """One that fails or says nothing is named; where all fare alike there is nothing to tell."""
    well, ill = ShardHealth(shard=0, state="healthy"), ShardHealth(shard=1, state="down", last_error="HTTP 500")
    assert card(shards=(well, ill)).shards == ("shard 0: healthy", "shard 1: down, HTTP 500")
    assert card(shards=(well, ShardHealth(shard=1, state="unknown"))).shards[1] == "shard 1 says nothing"
    assert card(shards=(well, ShardHealth(shard=1, state="healthy"))).shards == ()
