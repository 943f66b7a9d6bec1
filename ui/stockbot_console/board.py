"""The quote board: the state, kept once per process, and its view shown to all open pages alike.

The feed and the watch change the state, pages subscribe to the view. Changes are conflated: the first is
shown at once, those of the next quarter of a second together.
"""

import asyncio
from collections.abc import Callable

import structlog

from stockbot.runtime.clock import Clock
from stockbot_console.state import Alerts, Execution, Holdings, Risk, Standings, State, Strategies
from stockbot_console.view import View, view_of
from stockbot_console.view_models.lights import Pulse

QUIET_SECONDS = 0.25  # between two showings: four a second
AGEING_SECONDS = 1.0  # without any change, how often lights and staleness are looked at again

log = structlog.stdlib.get_logger(__name__)

Show = Callable[[View], None]


class Board:
    def __init__(
        self,
        clock: Clock,
        *,
        strategies: Strategies | None = None,
        risk: Risk | None = None,
        execution: Execution | None = None,
        holdings: Holdings | None = None,
        alerts: Alerts | None = None,
        standings: Standings | None = None,
    ) -> None:
        self.clock = clock
        self.state = State(
            pulse=Pulse(started_at=clock.now()),
            strategies=strategies,
            risk=risk,
            execution=execution,
            holdings=holdings,
            alerts=alerts,
            standings=standings,
        )
        self.view = view_of(self.state, clock.now())
        self._pages: list[Show] = []
        self._changed = asyncio.Event()

    def change(self, state: State) -> None:
        """Keep the new state; it is shown with the next beat."""
        if state != self.state:
            self.state = state
            self._changed.set()

    def subscribe(self, show: Show) -> Callable[[], None]:
        """Call `show` with every new view until the returned function is called."""
        self._pages.append(show)
        return lambda: self._pages.remove(show)

    async def beat(self) -> None:
        """Show a change, or after a second without one how things have aged: a background loop's step."""
        try:
            async with asyncio.timeout(AGEING_SECONDS):
                await self._changed.wait()
        except TimeoutError:
            log.debug("nothing changed", pages=len(self._pages))
        self.publish()
        await self.clock.sleep(QUIET_SECONDS)

    def publish(self) -> None:
        """Make the view of now and show it on every page; one page that fails keeps no other from it."""
        self._changed.clear()
        self.view = view_of(self.state, self.clock.now())
        for show in tuple(self._pages):
            try:
                show(self.view)
            except Exception:
                log.exception("a page could not show the view")
