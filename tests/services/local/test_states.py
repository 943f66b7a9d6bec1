"""The machine of states of one process."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockbot.local import states
from stockbot.local.states import Phase, Readiness, State

WAITING = State(Phase.WAITING)
RUNNING = states.started(WAITING, now=100.0)
READY = states.observed(RUNNING, Readiness(ready=True))


def test_the_first_start_is_no_restart() -> None:
    """A process that waits becomes one that is starting, and counts no restart."""
    assert State(Phase.STARTING, started_at=100.0) == RUNNING


def test_a_process_that_never_was_ready_is_still_starting() -> None:
    """Before the first readiness an answer of not ready keeps `starting`, with its reason."""
    state = states.observed(RUNNING, Readiness(ready=False, reason="no quote yet"))
    assert (state.phase, state.reason) == (Phase.STARTING, "no quote yet")


def test_a_ready_process_can_lose_and_regain_its_readiness() -> None:
    """READY becomes NOT_READY with the reason, and READY again without it."""
    lost = states.observed(READY, Readiness(ready=False, reason="the bus is away"))
    assert (lost.phase, lost.reason) == (Phase.NOT_READY, "the bus is away")
    assert states.observed(lost, Readiness(ready=True)) == READY


def test_silence_is_normal_at_the_start_only() -> None:
    """A process that does not answer is starting without a further word; once it was ready, that is the reason."""
    silent = Readiness(ready=False)
    assert states.observed(RUNNING, silent) == RUNNING
    assert states.observed(READY, silent).reason == "does not answer"


def test_a_crash_waits_before_the_restart() -> None:
    """After its end a process is due when its pause is over, not before; its start then is a restart."""
    crashed = states.crashed(READY, "exit code 1", now=101.0, jitter=0.0)
    assert crashed == State(Phase.BACKING_OFF, 100.0, "exit code 1", crashes=1, retry_at=101.25)
    assert not crashed.is_due(101.2)
    assert crashed.is_due(101.25)
    assert states.started(crashed, now=102.0).restarts == 1


@pytest.mark.parametrize(("crashes", "seconds"), [(1, 0.5), (2, 1.0), (3, 2.0), (7, 30.0), (100_000, 30.0)])
def test_pauses_double_up_to_a_limit(crashes: int, seconds: float) -> None:
    """The longest pause doubles with each crash in a row to 30 s, also after days of crashing."""
    assert states.longest_pause(crashes) == seconds


def test_who_ran_for_a_minute_starts_counting_anew() -> None:
    """A crash after a steady minute is the first of its row; one shortly after a restart is a further one."""
    looping = replace(READY, crashes=5)
    assert states.crashed(looping, "exit code 1", now=100.0 + 59.9, jitter=0.0).crashes == 6
    assert states.crashed(looping, "exit code 1", now=100.0 + 60.0, jitter=0.0).crashes == 1


def test_a_start_that_fails_is_a_further_crash() -> None:
    """Who could not even be started, long after the last run, has not recovered by that."""
    backing_off = states.crashed(replace(READY, crashes=2), "exit code 1", now=101.0, jitter=0.0)
    assert states.crashed(backing_off, "no memory", now=1000.0, jitter=0.0).crashes == 4


def test_the_third_crash_in_a_row_enters_a_loop_once() -> None:
    """The log is shown at the third crash, neither before nor after."""
    crashed = [replace(READY, phase=Phase.BACKING_OFF, crashes=crashes) for crashes in (2, 3, 4)]
    assert [state.enters_crash_loop for state in crashed] == [False, True, False]


@pytest.mark.parametrize(
    ("phase", "settled"),
    [
        (Phase.NOT_BUILT, True),
        (Phase.SUSPENDED, True),
        (Phase.READY, True),
        (Phase.WAITING, False),
        (Phase.STARTING, False),
        (Phase.NOT_READY, False),
        (Phase.BACKING_OFF, False),
    ],
)
def test_settled_is_ready_or_never_to_run(phase: Phase, settled: bool) -> None:
    """Nobody has to wait for a process that is ready, or that will not run at all."""
    assert State(phase).is_settled is settled


@pytest.mark.parametrize(
    ("code", "words"), [(3, "exit code 3"), (0, "exit code 0"), (-9, "killed by SIGKILL"), (-40, "killed by signal 40")]
)
def test_endings_in_words(code: int, words: str) -> None:
    """An exit code is named as what it is, a signal by its name."""
    assert states.ending(code) == words


@given(crashes=st.integers(1, 10_000), jitter=st.floats(0, 1, exclude_max=True))
def test_a_pause_is_never_nothing_and_never_endless(crashes: int, jitter: float) -> None:
    """Whatever the jitter, the pause lies in the upper half of its bound: nothing restarts in a tight loop."""
    state = states.crashed(replace(RUNNING, crashes=crashes - 1), "exit code 1", now=100.0, jitter=jitter)
    pause = state.retry_at - 100.0
    assert 0.25 <= states.longest_pause(crashes) / 2 <= pause + 1e-9
    assert pause <= 30.0


def test_a_wished_restart_is_no_crash() -> None:
    """STOPPING until the process has ended, then due at once; it counts as a restart and clears the crashes."""
    asked = states.stopping(replace(READY, crashes=2), "ada asked for a restart", now=130.0)
    assert (asked.phase, asked.reason, asked.stopping_at, asked.runs) == (
        Phase.STOPPING,
        "ada asked for a restart",
        130.0,
        False,
    )
    ended = states.stopped(asked)
    assert (ended.crashes, ended.restarts, ended.is_due(130.0)) == (0, 1, True)
    assert states.started(ended, now=131.0).restarts == 1
