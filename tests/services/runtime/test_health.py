"""Ready or not, alive or not, and why."""

from stockbot.runtime.health import CheckResult, Liveness, Readiness
from stockbot.testing.clock import FixedClock


def test_is_ready_when_all_checks_are_fine() -> None:
    """With no reason against it the service is ready; with no check at all as well."""
    readiness = Readiness()
    assert readiness.is_ready()
    readiness.register("bus", lambda: None)
    assert readiness.report() == [CheckResult("bus", ok=True)]
    assert readiness.is_ready()


def test_gives_the_reason_of_each_check() -> None:
    """One reason is enough not to be ready, and each check keeps its own words."""
    readiness = Readiness()
    readiness.register("bus", lambda: "the bus does not answer since 12 s")
    readiness.register("database", lambda: None)
    assert not readiness.is_ready()
    assert readiness.report() == [
        CheckResult("bus", ok=False, reason="the bus does not answer since 12 s"),
        CheckResult("database", ok=True),
    ]


def test_takes_a_check_that_fails_for_a_reason() -> None:
    """A check that raises means not ready: what is not known is not fine."""
    readiness = Readiness()

    def broken() -> str | None:
        raise KeyError("lease")

    readiness.register("lease", broken)
    assert not readiness.is_ready()
    assert readiness.report()[0].reason == "the check itself failed: KeyError: 'lease'"


def test_notes_inform_and_do_not_gate() -> None:
    """A degraded provider is told, and the service stays ready."""
    readiness = Readiness()
    readiness.note("yahoo", lambda: "answers with 429")
    readiness.note("demo", lambda: None)
    assert readiness.is_ready()
    assert readiness.degraded() == [CheckResult("yahoo", ok=False, reason="answers with 429")]


def test_is_dead_when_a_watched_loop_stops_beating() -> None:
    """A loop within its limit is alive, beyond it dead, and alive again with its next beat."""
    clock = FixedClock()
    liveness = Liveness(clock)
    liveness.watch("relay", 15)
    clock.advance(15)
    assert liveness.is_alive()
    clock.advance(1)
    assert not liveness.is_alive()
    assert liveness.report()[0].reason == "no sign of life for 16 s; its limit is 15 s"
    liveness.beat("relay")
    assert liveness.is_alive()


def test_does_not_ask_of_loops_that_nobody_watches() -> None:
    """A beat of an unwatched loop is heard and changes nothing."""
    liveness = Liveness(FixedClock())
    liveness.beat("poller")
    assert liveness.report() == []
