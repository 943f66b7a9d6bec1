"""Tells the other shards how the strategies fare on the symbols of this one: so that any of them can be asked."""

from stockbot.runtime.bus import Bus, BusUnavailable, ShardNotes
from stockbot.strategy_orchestrator.items import Runs, runs_of
from stockbot.strategy_orchestrator.service import Orchestrator

EVERY_SECONDS = 2.0
LIFETIME_SECONDS = 15.0  # as long as the service itself counts as alive


class Telling:
    """A loop of its own: it holds up no strategy."""

    def __init__(self, orchestrator: Orchestrator, notes: ShardNotes[Runs], bus: Bus) -> None:
        self._orchestrator = orchestrator
        self._notes = notes
        self._bus = bus

    async def step(self) -> None:
        """Say it, and wait: the step of a background loop. Raises BusUnavailable."""
        try:
            await self._notes.tell(runs_of(self._orchestrator))
        except BusUnavailable as error:
            await self._bus.lost(error)
            raise
        await self._bus.clock.sleep(EVERY_SECONDS)
