"""Where each strategy stands, and what the document, people and failures make of it."""

from collections.abc import Sequence
from typing import Any

import pytest
from tests.services.strategy_orchestrator.world import strategy

from stockbot.model.strategies.lifecycle import Life, State
from stockbot.spec.strategy_orchestrator import Strategy
from stockbot.strategy_orchestrator.assignments import Shard
from stockbot.strategy_orchestrator.desk import Progress
from stockbot.strategy_orchestrator.own_strategies import OwnStrategies
from stockbot.strategy_orchestrator.register import Desire, Request, Standing, desired
from stockbot.strategy_orchestrator.roster import Roster
from stockbot.testing.clock import START

ALONE = Shard(0, 1)
PROGRESS = {("trend", "AAPL"): Progress(START, waiting=False)}


def roster(standings: Sequence[Standing] = (), shard: Shard = ALONE, **changes: Any) -> Roster:
    made = Roster(account="paper", shard=shard)
    spec = Strategy.model_validate(strategy("trend", "MovingAverageCross", ["AAPL"], **changes))
    made.open([spec], OwnStrategies(), standings, PROGRESS, START)
    return made


def request(desire: Desire, number: int = 1, *, enabled: bool = True) -> dict[str, Request]:
    made = Request(number=number, desire=desire, enabled=enabled, who="ann", why="lunch", changed_at=START)
    return {"trend": made}


def standing(made: Roster) -> Standing:
    return made.members["trend"].standing


def test_an_enabled_strategy_starts_where_it_was() -> None:
    """What was decided before the restart is not decided again."""
    made = roster()
    made.obey({}, START)
    assert standing(made).life == Life(state=State.WARMING, reason="the document")
    assert made.desks[0].progress == PROGRESS["trend", "AAPL"]
    assert made.changes.forgotten == []


def test_a_stopped_strategy_forgets_how_far_it_was() -> None:
    """When it starts again nothing of the meantime is decided."""
    made = roster()
    made.obey({}, START)
    made.obey(request(Desire.STOPPED), START)
    assert standing(made).life == Life(state=State.STOPPED, reason="ann: lunch")
    assert (made.desks, made.changes.forgotten) == ([], [("trend", "AAPL")])
    made.obey(request(Desire.RUNNING, 2), START)
    assert made.desks[0].progress is None


def test_what_was_stopped_while_the_service_was_away_forgets_as_well() -> None:
    """Its progress is of no use to anybody."""
    made = roster(enabled=False)
    made.obey({}, START)
    assert made.changes.forgotten == [("trend", "AAPL")]
    assert standing(made).life.state is State.STOPPED


@pytest.mark.parametrize(
    ("enabled", "asked", "counts"),
    [
        (True, None, (Desire.RUNNING, 0)),
        (False, None, (Desire.STOPPED, 0)),
        (True, request(Desire.STOPPED)["trend"], (Desire.STOPPED, 1)),
        (False, request(Desire.STOPPED)["trend"], (Desire.STOPPED, 0)),
        (False, request(Desire.RUNNING, enabled=False)["trend"], (Desire.RUNNING, 1)),
        (True, request(Desire.STOPPED, enabled=False)["trend"], (Desire.RUNNING, 0)),
    ],
)
def test_the_later_word_counts(enabled: bool, asked: Request | None, counts: tuple[Desire, int]) -> None:
    """A request holds until the document says something else than it did then."""
    assert desired(enabled, asked) == counts


def test_a_failure_is_left_by_a_new_request_alone() -> None:
    """Neither the same request nor a restart tries it again; one alert tells of it, one that it is over."""
    made = roster()
    made.obey(request(Desire.RUNNING), START)
    made.fail("trend", "ZeroDivisionError", START)
    made.obey(request(Desire.RUNNING), START)
    assert standing(made).life == Life(state=State.FAILED, reason="ZeroDivisionError")
    again = roster([standing(made)])
    again.obey(request(Desire.RUNNING), START)
    assert standing(again).life.state is State.FAILED
    assert again.changes.alerts == []
    again.obey(request(Desire.RUNNING, 2), START)
    assert standing(again).life.state is State.WARMING
    assert [alert.resolved for alert in (*made.changes.alerts, *again.changes.alerts)] == [False, True]


def test_a_new_document_tries_a_failed_strategy_again() -> None:
    """Other parameters may mend it."""
    made = roster()
    made.obey({}, START)
    made.fail("trend", "ZeroDivisionError", START)
    again = roster([standing(made)], parameters={"fast": 3})
    again.obey({}, START)
    assert standing(again).life.state is State.WARMING
    assert [alert.resolved for alert in again.changes.alerts] == [True]


def test_a_shard_without_its_symbols_has_nothing_to_wait_for() -> None:
    """The strategy runs there, without a desk."""
    other = next(Shard(n, 2) for n in range(2) if not Shard(n, 2).has("AAPL"))
    made = roster(shard=other)
    made.obey({}, START)
    made.note_warm(START)
    assert (made.desks, standing(made).life.state) == ([], State.RUNNING)


def test_what_cannot_be_loaded_cannot_be_paused() -> None:
    """Each request ends in the same failure, and disturbs nobody."""
    made = roster(parameters={"fast": 0})
    made.obey(request(Desire.PAUSED), START)
    assert standing(made).life.state is State.FAILED
    made.obey(request(Desire.PAUSED, 2), START)
    assert "parameter fast" in standing(made).life.reason


def test_changes_that_could_not_be_committed_come_again() -> None:
    """And what happened meanwhile comes with them."""
    made = roster()
    made.obey({}, START)
    changes = made.take_changes()
    made.fail("trend", "ZeroDivisionError", START)
    made.put_back(changes)
    assert made.changes.standings["trend"].life.state is State.FAILED
    assert len(made.changes.alerts) == 1
