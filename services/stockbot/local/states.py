"""What becomes of one supervised process: a pure machine of states. Used by the supervisor and the table.

NOT_BUILT and SUSPENDED never change. The others: WAITING -> STARTING -> READY <-> NOT_READY; any of the last
three -> BACKING_OFF when the process ends, or -> STOPPING when a person asks for a restart; BACKING_OFF -> STARTING
when its pause is over, STOPPING -> WAITING when the process has ended.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from signal import Signals

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0
STEADY_SECONDS = 60.0  # who ran this long has recovered: the next crash counts as its first
LOOP_CRASHES = 3  # so many in a row are a crash loop, and the end of the log is shown


class Phase(StrEnum):
    NOT_BUILT = "not built yet"
    SUSPENDED = "suspended"
    WAITING = "waiting"
    STARTING = "starting"
    READY = "ready"
    NOT_READY = "not ready"
    STOPPING = "stopping"
    BACKING_OFF = "restarting"


IDLE = frozenset({Phase.NOT_BUILT, Phase.SUSPENDED})
RUNNING = frozenset({Phase.STARTING, Phase.READY, Phase.NOT_READY})


@dataclass(frozen=True)
class Readiness:
    """What a process says of itself: why it is not ready, or what it works without. Silent: no reason."""

    ready: bool
    reason: str = ""


@dataclass(frozen=True)
class State:
    """Times are monotonic seconds. `crashes` counts those in a row, `restarts` all of them."""

    phase: Phase
    started_at: float = 0.0
    reason: str = ""
    crashes: int = 0
    restarts: int = 0
    retry_at: float = 0.0
    stopping_at: float = 0.0

    @property
    def enters_crash_loop(self) -> bool:
        return self.phase is Phase.BACKING_OFF and self.crashes == LOOP_CRASHES

    @property
    def runs(self) -> bool:
        return self.phase in RUNNING

    def is_due(self, now: float) -> bool:
        """Tell whether a process is to be started now."""
        return self.phase is Phase.WAITING or (self.phase is Phase.BACKING_OFF and now >= self.retry_at)

    @property
    def is_settled(self) -> bool:
        """True when nobody has to wait for it any more."""
        return self.phase is Phase.READY or self.phase in IDLE


def started(state: State, *, now: float) -> State:
    """Return the state once a process runs; a start after a crash is a restart."""
    restarts = state.restarts + (1 if state.phase is Phase.BACKING_OFF else 0)
    return replace(state, phase=Phase.STARTING, started_at=now, restarts=restarts, reason="")


def observed(state: State, readiness: Readiness) -> State:
    """Return the state after a look at a running process; one that never was ready is still starting."""
    if readiness.ready:
        return replace(state, phase=Phase.READY, reason=readiness.reason)
    if state.phase is Phase.STARTING:
        return replace(state, reason=readiness.reason)
    return replace(state, phase=Phase.NOT_READY, reason=readiness.reason or "does not answer")


def stopping(state: State, reason: str, *, now: float) -> State:
    """Return the state once a running process was asked to end, to be started again."""
    return replace(state, phase=Phase.STOPPING, reason=reason, stopping_at=now)


def stopped(state: State) -> State:
    """Return the state once it has ended as asked: that is a restart, and no crash."""
    return replace(state, phase=Phase.WAITING, reason="", crashes=0, restarts=state.restarts + 1)


def ending(code: int) -> str:
    """Put an exit code in words; a negative one is the signal that ended the process."""
    if code >= 0:
        return f"exit code {code}"
    name = Signals(-code).name if -code in set(Signals) else f"signal {-code}"  # most real-time signals have no name
    return f"killed by {name}"


def longest_pause(crashes: int) -> float:
    """Return the upper bound of the pause after so many crashes in a row, in seconds: 0.5, 1, 2 ... 30."""
    doublings = min(crashes - 1, 16)  # enough to reach the limit, and no overflow after days
    return min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2.0**doublings)


def crashed(state: State, reason: str, *, now: float, jitter: float) -> State:
    """Return the state after the process ended; `jitter` in [0, 1) spreads the pause over its upper half."""
    was_steady = state.runs and now - state.started_at >= STEADY_SECONDS
    crashes = 1 if was_steady else state.crashes + 1
    pause = longest_pause(crashes) * (0.5 + jitter / 2)
    return replace(state, phase=Phase.BACKING_OFF, crashes=crashes, reason=reason, retry_at=now + pause)
