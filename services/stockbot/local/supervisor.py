"""Keeps the processes of a platform running: starts, asks, restarts and stops them. Used by `stockbot up`.

What to do next is decided by `states`; here it is done.
"""

import asyncio
from collections.abc import Callable, Sequence

from stockbot.local import states
from stockbot.local.children import Child
from stockbot.local.states import Phase, State
from stockbot.runtime.clock import Clock

BUSY_PAUSE_SECONDS = 0.25  # between two looks while something is still starting
CALM_PAUSE_SECONDS = 1.0
HEAD_START_SECONDS = 5.0

Report = Callable[[Child, State, State], None]  # child, before, after


class Supervisor:
    """Runs `first` at once, and `rest` once those are settled or had a head start of 5 s.

    `draw` gives the jitter of a pause, in [0, 1). `report` hears of every change of a state. Run it in the
    main thread (see `processes`).
    """

    def __init__(
        self,
        first: Sequence[Child],
        rest: Sequence[Child] = (),
        *,
        clock: Clock,
        draw: Callable[[], float],
        report: Report,
    ) -> None:
        self.states = {child.name: State(Phase.WAITING) for child in (*first, *rest)}
        self._first, self._rest = first, rest
        self._clock, self._draw, self._report = clock, draw, report
        self._rest_starts_at = clock.monotonic() + HEAD_START_SECONDS

    @property
    def is_settled(self) -> bool:
        return all(state.is_settled for state in self.states.values())

    async def tick(self) -> None:
        """Look once at every child, and do what its state asks for."""
        await asyncio.gather(*(self._look(child) for child in self._due()))

    @property
    def pause_seconds(self) -> float:
        """How long to wait before the next look."""
        return CALM_PAUSE_SECONDS if self.is_settled else BUSY_PAUSE_SECONDS

    def _due(self) -> Sequence[Child]:
        late = self._clock.monotonic() >= self._rest_starts_at
        if late or all(self.states[child.name].is_settled for child in self._first):
            return [*self._first, *self._rest]
        return self._first

    async def _look(self, child: Child) -> None:
        state, now = self.states[child.name], self._clock.monotonic()
        if state.is_due(now):
            self._start(child)
        elif state.phase is Phase.BACKING_OFF:
            return
        elif (code := child.exit_code()) is not None:
            self._ended(child, code)
        elif state.phase is Phase.STOPPING:
            self._hurry(child, now - state.stopping_at)
        else:
            self._enter(child, states.observed(state, await child.readiness()))

    def _start(self, child: Child) -> None:
        try:
            child.start()
        except OSError as error:
            self._crashed(child, str(error))
        else:
            self._enter(child, states.started(self.states[child.name], now=self._clock.monotonic()))

    def restart(self, name: str, reason: str) -> bool:
        """Ask a running process to end, to be started again; False where none of that name runs now."""
        child = next((child for child in (*self._first, *self._rest) if child.name == name), None)
        if child is None or not self.states[name].runs:
            return False
        child.terminate()
        self._enter(child, states.stopping(self.states[name], reason, now=self._clock.monotonic()))
        return True

    def _ended(self, child: Child, code: int) -> None:
        if self.states[child.name].phase is Phase.STOPPING:
            self._enter(child, states.stopped(self.states[child.name]))
        else:
            self._crashed(child, states.ending(code))

    def _hurry(self, child: Child, seconds: float) -> None:
        if seconds > child.stop_seconds:
            child.kill()

    def _crashed(self, child: Child, reason: str) -> None:
        now, state = self._clock.monotonic(), self.states[child.name]
        self._enter(child, states.crashed(state, reason, now=now, jitter=self._draw()))

    def _enter(self, child: Child, after: State) -> None:
        before, self.states[child.name] = self.states[child.name], after
        if after != before:
            self._report(child, before, after)

    async def stop(self, children: Sequence[Child], hurry: asyncio.Event) -> None:
        """SIGTERM to all; SIGKILL to who needs longer than its drain time, or to all once `hurry` is set."""
        begun = self._clock.monotonic()
        for child in children:
            child.terminate()
        while running := [child for child in children if child.exit_code() is None]:
            for child in running:
                if hurry.is_set() or self._clock.monotonic() - begun > child.stop_seconds:
                    child.kill()
            await self._clock.sleep(0.05)
