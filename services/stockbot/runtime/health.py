"""Two questions of a supervisor: is this process alive, and may it do its work. See /healthz and /readyz.

Not ready is normal (a dependency is away, the session is closed to us) and heals by itself. Not alive means
that only a restart helps: a background loop has stopped beating.
"""

from collections.abc import Callable

from msgspec import Struct

from stockbot.runtime.clock import Clock

Check = Callable[[], str | None]  # None is fine; else the reason why not, in words that a person understands


class CheckResult(Struct, frozen=True):
    name: str
    ok: bool
    reason: str | None = None


class Readiness:
    """Named checks that gate the work, and notes that inform. A check is quick: it reads what is known."""

    def __init__(self) -> None:
        self._checks: dict[str, Check] = {}
        self._notes: dict[str, Check] = {}

    def register(self, name: str, check: Check) -> None:
        self._checks[name] = check

    def note(self, name: str, check: Check) -> None:
        """Show as degraded what `check` says, without saying not ready."""
        self._notes[name] = check

    def report(self) -> list[CheckResult]:
        return [_ask(name, check) for name, check in self._checks.items()]

    def notes(self) -> list[CheckResult]:
        """Return all notes, also those that have nothing to say."""
        return [_ask(name, check) for name, check in self._notes.items()]

    def degraded(self) -> list[CheckResult]:
        """Return the notes that have something to say."""
        return [result for result in self.notes() if not result.ok]

    def is_ready(self) -> bool:
        return all(result.ok for result in self.report())


def _ask(name: str, check: Check) -> CheckResult:
    try:
        reason = check()
    except Exception as error:  # noqa: BLE001 - a check that fails is a reason not to be ready, whatever it raised
        reason = f"the check itself failed: {type(error).__name__}: {error}"
    return CheckResult(name, reason is None, reason)


class Liveness:
    """A watched loop that has not beaten for its limit is dead. One that fails and retries still beats."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._limits: dict[str, float] = {}
        self._beats: dict[str, float] = {}

    def watch(self, loop: str, limit_seconds: float) -> None:
        self._limits[loop] = limit_seconds
        self.beat(loop)

    def beat(self, loop: str) -> None:
        self._beats[loop] = self._clock.monotonic()

    def report(self) -> list[CheckResult]:
        return [self._result(loop, limit) for loop, limit in self._limits.items()]

    def is_alive(self) -> bool:
        return all(result.ok for result in self.report())

    def _result(self, loop: str, limit: float) -> CheckResult:
        age = self._clock.monotonic() - self._beats[loop]
        if age <= limit:
            return CheckResult(loop, ok=True)
        return CheckResult(loop, ok=False, reason=f"no sign of life for {age:.0f} s; its limit is {limit:g} s")
