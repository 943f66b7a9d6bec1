"""The card of a strategy."""

from datetime import UTC
from typing import Any

import msgspec
import pytest

from stockbot.testing.clock import START
from stockbot.testing.trading_scenes import signal, strategy
from stockbot_console.journal import Journal, recorded
from stockbot_console.orchestrator_answers import SignalEntry, Strategy, SymbolRun
from stockbot_console.view_models.strategies import StrategyCard, actions, run_row, sizing_text, strategy_card


def instance(**changes: Any) -> Strategy:
    return msgspec.convert(strategy(**changes), Strategy)


def card(journal: Journal | None = None, **changes: Any) -> StrategyCard:
    return strategy_card(instance(**changes), journal or Journal(), UTC)


def test_a_card_says_what_runs_and_why() -> None:
    """Class, symbols, interval, size, parameters, state with its reason and since when."""
    shown = card()
    assert (shown.kind, shown.symbols, shown.interval, shown.sizing) == (
        "MovingAverageCross",
        "AAPL, MSFT",
        "1m",
        "10 shares",
    )
    assert shown.parameters == (("fast", "10"), ("slow", "30"), ("average", "exponential"))
    assert (shown.state, shown.level, shown.reason) == ("RUNNING", "good", "its history is known")
    assert (shown.heading_for, shown.wanted_by) == ("", "the document")


def test_parameters_of_every_kind_are_written() -> None:
    """Numbers without idle zeros, switches as words."""
    shown = card(parameters={"band_percent": 10.0, "short": False, "average": "simple", "fast": 3})
    assert shown.parameters == (("band percent", "10"), ("short", "no"), ("average", "simple"), ("fast", "3"))


def test_what_is_wanted_and_not_reached_is_said() -> None:
    """A failed strategy that should run says both, and who wanted it."""
    shown = card(state="FAILED", reason="division by zero", changed_by="ada", changed_because="try again")
    assert (shown.state, shown.level, shown.heading_for) == ("FAILED", "bad", "RUNNING")
    assert shown.wanted_by == "ada: try again"


def test_shards_are_told_apart_where_they_differ() -> None:
    """Alike they are one state; otherwise each is named."""
    one = {"shard": 0, "state": "RUNNING", "reason": "its history is known"}
    other = {"shard": 1, "state": "FAILED", "reason": "division by zero"}
    assert card(shards=[one, one | {"shard": 1}]).shards == ()
    assert card(shards=[one, other]).shards[1] == "shard 1: FAILED, division by zero"


@pytest.mark.parametrize(
    ("desired", "state", "steps"),
    [
        ("running", "RUNNING", ["pause", "stop"]),
        ("running", "WARMING", ["pause", "stop"]),
        ("running", "FAILED", ["start", "stop"]),
        ("paused", "PAUSED", ["start", "stop"]),
        ("stopped", "STOPPED", ["start"]),
        ("stopped", "RUNNING", ["start", "pause"]),
    ],
)
def test_only_what_would_change_something_is_offered(desired: str, state: str, steps: list[str]) -> None:
    """Pausing what is stopped is not, and starting again what failed is."""
    assert [action.step for action in actions(instance(desired=desired, state=state))] == steps


def test_a_question_names_the_strategy_and_the_effect() -> None:
    """What fails again without a repair is said before."""
    start = actions(instance(state="FAILED"))[0].question
    assert (start.title, start.word) == ("Start trend", "")
    assert start.effects[-1].startswith("It failed before")


def test_the_last_signal_is_the_newest_known() -> None:
    """The bus may be ahead of the API, and the API of a console that has just started."""
    told = msgspec.convert(signal("old", START), SignalEntry)
    newer = msgspec.convert(signal("new", START.replace(hour=16)), SignalEntry)
    assert card().last is None
    assert card(last_signal=signal("old", START)).last.key == "old"  # type: ignore[union-attr] # it is there
    journal = recorded(Journal(), [told, newer], [])
    assert card(journal, last_signal=signal("old", START)).last.key == "new"  # type: ignore[union-attr] # as above


@pytest.mark.parametrize(
    ("sizing", "text"),
    [
        ({"notional": "5000"}, "5000 of value"),
        ({"percentOfEquity": "5"}, "5 % of equity"),
        ({"volatilityTarget": {"annual": "0.10", "lookbackBars": 20}}, "volatility 0.10 a year, over 20 bars"),
        ({"moons": "2"}, "moons 2"),
    ],
)
def test_sizes_are_written(sizing: dict[str, Any], text: str) -> None:
    """Every way of the document, and one that is not known here."""
    assert sizing_text(sizing) == text


def test_a_run_says_how_warm_it_is() -> None:
    """Bars seen of bars needed; what stands in the way comes before what was withheld."""
    cold = run_row(SymbolRun(symbol="AAPL", bars=10, warmup=40, problem="no price yet", withheld="warming up"))
    assert (cold.text, cold.share, cold.note) == ("10 of 40 bars", 0.25, "no price yet")
    warm = run_row(SymbolRun(symbol="AAPL", bars=99, warmup=40, problem="", withheld=""))
    assert (warm.text, warm.share) == ("99 bars, warm", 1.0)
    assert run_row(SymbolRun(symbol="AAPL", bars=0, warmup=0, problem="", withheld="")).share == 1.0
