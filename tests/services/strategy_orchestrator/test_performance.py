"""Strategies of people who write anything: what they raise or signal costs them alone."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal

import pytest
from msgspec import Struct
from tests.services.strategy_orchestrator.world import Market

from stockbot.events.market import Bar
from stockbot.model.strategies.run import Run
from stockbot.model.strategies.schedule import Sessions
from stockbot.model.strategies.signals import Instance
from stockbot.model.strategies.sizing import FixedQuantity
from stockbot.model.strategies.strategy import Strategy
from stockbot.model.strategies.view import View
from stockbot.model.strategies.wishes import Target, Wish
from stockbot.strategy_orchestrator.assignments import Assignment
from stockbot.strategy_orchestrator.book import Line
from stockbot.strategy_orchestrator.desk import Cause, Desk, Due, Progress
from stockbot.strategy_orchestrator.performance import Outcome, Scene, perform
from stockbot.testing.clock import START
from stockbot.testing.events import quote

MINUTE = timedelta(minutes=1)
BARS = Market(["AAPL"]).bars("AAPL")[120:]  # from START on
INSTANCE = Instance(
    name="mine", account="paper", interval="1m", sizing=FixedQuantity(Decimal(10)), schedule=Sessions.ALWAYS
)


class Nothing(Struct, frozen=True):
    """No parameters."""


class Mine(Strategy[Nothing]):
    """Answers with what the test gives it."""

    version = "1"
    Parameters = Nothing
    answer: Callable[[], Sequence[Wish]]

    @classmethod
    def warmup(cls, parameters: Nothing) -> int:
        return 1

    def on_bar(self, bar: Bar, view: View) -> Sequence[Wish]:
        return self.answer()


def long(reason: str = "up") -> Sequence[Wish]:
    return [Target(fraction=1.0, reason=reason)]


def play(
    count: int, answer: Callable[[], Sequence[Wish]] = long, *, reached: Progress | None = None, signals: bool = True
) -> Outcome:
    """What the first `count` bars lead to, one minute after the last of them at the latest."""
    desk = Desk(Assignment(instance=INSTANCE, kind=Mine, parameters=Nothing(), symbols=("AAPL",)), "AAPL")
    strategy = Mine(Nothing())
    strategy.answer = answer
    desk.run, desk.progress = Run(INSTANCE, "AAPL", strategy), reached or Progress(START, waiting=False)
    now = START + count * MINUTE
    due = [Due(bar, quote(at=now), now, Cause("tick", "chain")) for bar in BARS[:count]]
    scene = Scene(Line(), None, (), signals)
    return perform(desk, due, scene, lambda name: None)


def interrupted() -> Sequence[Wish]:
    raise KeyboardInterrupt


def left() -> Sequence[Wish]:
    raise SystemExit(3)


def mistaken() -> Sequence[Wish]:
    raise ValueError("\0 and \ud800")


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (interrupted, "KeyboardInterrupt (test_performance.py, line "),
        (left, "SystemExit: 3 (test_performance.py, line "),
        (mistaken, "ValueError: ? and ? (test_performance.py, line "),
        (lambda: [1], "Mine answered with int"),
        (lambda: long("\ud800"), "the signal cannot be sent: "),
        (lambda: long("x" * 2001), "the signal cannot be sent: "),
    ],
)
def test_whatever_a_strategy_does_is_told_in_words(answer: Callable[[], Sequence[Wish]], failure: str) -> None:
    """Words that a database and a page can hold, with the line."""
    assert play(1, answer).failure.startswith(failure)


def test_signals_before_a_failure_count() -> None:
    """What was right stays right."""
    answers = iter([long(), [1]])
    outcome = play(2, lambda: next(answers))  # type: ignore[arg-type] # wrong on purpose
    assert (len(outcome.made), bool(outcome.failure)) == (1, True)


def test_what_was_decided_before_is_learned_and_not_decided_again() -> None:
    """After a restart only later bars lead to signals."""
    outcome = play(3, reached=Progress(BARS[2].end, waiting=False))
    assert (outcome.made, outcome.progress) == ([], Progress(BARS[2].end, waiting=False))
    assert len(play(3, reached=Progress(BARS[1].end, waiting=False)).made) == 1


def test_bars_whose_signals_would_have_expired_are_learned() -> None:
    """Ten missed minutes are not ten old signals: two intervals back is as far as it goes."""
    outcome = play(10)
    assert [made.signal.valid_until for made in outcome.made] == [BARS[7].end + 2 * MINUTE]
    assert outcome.progress == Progress(BARS[9].end, waiting=False)


def test_a_paused_strategy_learns() -> None:
    """It signals nothing, and nothing waits."""
    outcome = play(3, signals=False)
    assert (outcome.made, outcome.progress) == ([], Progress(BARS[2].end, waiting=False))
