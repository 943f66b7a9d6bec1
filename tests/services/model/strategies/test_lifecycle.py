"""The life of an instance: every state with every step, and what a person is told."""

import pytest

from stockbot.errors import Conflict
from stockbot.model.strategies.lifecycle import BY_A_PERSON, LEARNING, TRANSITIONS, Life, State, Step, after

NOT_POSSIBLE = {
    (State.WARMING, Step.RESUME),
    (State.RUNNING, Step.WARMED),
    (State.PAUSED, Step.WARMED),
    (State.STOPPED, Step.WARMED),
    (State.STOPPED, Step.PAUSE),
    (State.STOPPED, Step.RESUME),
    (State.FAILED, Step.WARMED),
    (State.FAILED, Step.PAUSE),
    (State.FAILED, Step.RESUME),
}


def life(state: State) -> Life:
    return Life(state=state, reason="before")


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("step", Step)
def test_every_state_knows_every_step(state: State, step: Step) -> None:
    """A step leads where the table says, or is a conflict; there is nothing in between."""
    if (state, step) in NOT_POSSIBLE:
        with pytest.raises(Conflict, match=f"{state} cannot {step}"):
            after(life(state), step, "now")
    else:
        assert after(life(state), step, "now").state is TRANSITIONS[state, step]


def test_an_ordinary_life() -> None:
    """Warm, run, pause, run again, stop, and start from the beginning."""
    walk = [Step.WARMED, Step.PAUSE, Step.RESUME, Step.WARMED, Step.STOP, Step.START]
    now, seen = life(State.WARMING), []
    for step in walk:
        now = after(now, step, step.value)
        seen.append(now.state)
    expected = [State.RUNNING, State.PAUSED, State.WARMING, State.RUNNING, State.STOPPED, State.WARMING]
    assert seen == expected
    assert now.reason == "start"


def test_a_step_that_changes_nothing_keeps_the_reason() -> None:
    """The first failure is the one that is told, and a second stop does not rewrite why it stopped."""
    assert after(life(State.FAILED), Step.FAIL, "a later one").reason == "before"
    assert after(life(State.STOPPED), Step.STOP, "again").reason == "before"


def test_any_state_can_fail_and_a_start_leaves_failure() -> None:
    """What is broken is FAILED wherever it stood, and a person's start is the way out."""
    assert {after(life(state), Step.FAIL, "broken").state for state in State} == {State.FAILED}
    assert after(life(State.FAILED), Step.START, "mended").state is State.WARMING


def test_a_conflict_says_what_a_person_can_do() -> None:
    """Steps that only the service takes are not offered."""
    with pytest.raises(Conflict, match=r"possible is start, stop$"):
        after(life(State.STOPPED), Step.PAUSE, "now")
    assert Step.WARMED not in BY_A_PERSON


def test_bars_are_learned_while_it_lives() -> None:
    """A paused strategy stays warm; a stopped or failed one sees nothing."""
    assert frozenset({State.WARMING, State.RUNNING, State.PAUSED}) == LEARNING
