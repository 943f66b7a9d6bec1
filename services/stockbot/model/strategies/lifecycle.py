"""The life of a strategy instance as a state machine, its transitions as a table. The orchestrator keeps the state.

WARMING learns from history; RUNNING makes signals; PAUSED goes on learning and makes none; STOPPED sees nothing and
warms up again when it is started; FAILED is left by a start alone, made by a person or by a new document.
"""

from enum import StrEnum

from msgspec import Struct

from stockbot.errors import Conflict


class State(StrEnum):
    WARMING = "WARMING"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    STOPPED = "STOPPED"
    FAILED = "FAILED"


class Step(StrEnum):
    START = "start"
    WARMED = "warmed"
    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"
    FAIL = "fail"


BY_A_PERSON = (Step.START, Step.PAUSE, Step.RESUME, Step.STOP)
LEARNING = frozenset({State.WARMING, State.RUNNING, State.PAUSED})  # bars are given to the strategy

TRANSITIONS: dict[tuple[State, Step], State] = {
    (State.WARMING, Step.START): State.WARMING,
    (State.WARMING, Step.WARMED): State.RUNNING,
    (State.WARMING, Step.PAUSE): State.PAUSED,
    (State.WARMING, Step.STOP): State.STOPPED,
    (State.WARMING, Step.FAIL): State.FAILED,
    (State.RUNNING, Step.START): State.RUNNING,
    (State.RUNNING, Step.PAUSE): State.PAUSED,
    (State.RUNNING, Step.RESUME): State.RUNNING,
    (State.RUNNING, Step.STOP): State.STOPPED,
    (State.RUNNING, Step.FAIL): State.FAILED,
    (State.PAUSED, Step.START): State.WARMING,
    (State.PAUSED, Step.PAUSE): State.PAUSED,
    (State.PAUSED, Step.RESUME): State.WARMING,  # it has learned on: the shell finds it warm, or waits for bars
    (State.PAUSED, Step.STOP): State.STOPPED,
    (State.PAUSED, Step.FAIL): State.FAILED,
    (State.STOPPED, Step.START): State.WARMING,
    (State.STOPPED, Step.STOP): State.STOPPED,
    (State.STOPPED, Step.FAIL): State.FAILED,  # its class could not be loaded
    (State.FAILED, Step.START): State.WARMING,
    (State.FAILED, Step.STOP): State.STOPPED,
    (State.FAILED, Step.FAIL): State.FAILED,
}


class Life(Struct, frozen=True, kw_only=True):
    """Where an instance stands, and why, in words for a person."""

    state: State
    reason: str


def after(life: Life, step: Step, reason: str) -> Life:
    """The life after `step`; a step that changes nothing keeps the reason, and the first failure is the one told.

    Raises Conflict for a step that makes no sense in this state, with those that do.
    """
    state = TRANSITIONS.get((life.state, step))
    if state is None:
        possible = ", ".join(other for other in BY_A_PERSON if (life.state, other) in TRANSITIONS)
        raise Conflict(f"a strategy that is {life.state} cannot {step}: possible is {possible}")
    return life if state is life.state else Life(state=state, reason=reason)
