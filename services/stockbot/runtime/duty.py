"""The duty of a single writer: it holds the lease, the loops that it stands for turn, and it says that it is alive.

Of the processes of such a service one is on duty, and the others wait. Used by every service that owns an account or
its alerts.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, Table

from stockbot.errors import Unavailable
from stockbot.runtime.alive import Alive
from stockbot.runtime.lease import Lease, LeaseLost
from stockbot.runtime.supervise import Step
from stockbot.runtime.surroundings import Surroundings

IDLE_SECONDS = 0.2
LIVE_SECONDS = 90.0  # without any turn, good or bad, only a restart helps


class Duty:
    """`loops` are those that the alive key stands for; one that has not turned for `longest_turn` s does not work."""

    def __init__(
        self, around: Surroundings, lease: Lease, heartbeats: Table, loops: Sequence[str], *, longest_turn: float
    ) -> None:
        self._around, self._lease = around, lease
        self._loops, self._longest_turn = tuple(loops), longest_turn
        self._turned_at: dict[str, float] = {}
        self._alive = Alive(around.bus, around.storage, heartbeats, around.source, working=self.is_done)

    def register(self) -> None:
        """Make readiness depend on the lease, and liveness on the loops."""
        self._around.readiness.register("lease", self.not_holding)
        for loop in self._loops:
            self._around.liveness.watch(loop, LIVE_SECONDS)

    def turning(self, name: str, step: Step) -> Step:
        """Return the step of the loop of that name, whose good turns are noted."""

        async def turn() -> None:
            await step()
            self._turned_at[name] = self._around.clock.monotonic()

        return turn

    async def keep_lease(self) -> None:
        """Hold the lease from the moment on that its table is there: the step of a background loop."""
        if self._around.storage.trouble() is None:
            await self._lease.keep(self._around.database, self._around.clock)
        await self._around.clock.sleep(IDLE_SECONDS)

    async def say_alive(self) -> None:
        """Say nothing while waiting for the lease, or only beginning: the key is the acting process's."""
        if self._lease.held() and set(self._loops) <= set(self._turned_at):
            await self._alive.step()
        else:
            await self._around.clock.sleep(IDLE_SECONDS)

    def fence(self, connection: Connection) -> None:
        """Raise Unavailable, which puts no event aside, where another process has taken over."""
        try:
            self._lease.check(connection)
        except LeaseLost as error:
            raise Unavailable(str(error)) from error

    def is_done(self) -> bool:
        """Tell whether this process does the work: it holds the lease, and its loops have turned lately."""
        return self._lease.held() and not self._standing()

    def not_holding(self) -> str | None:
        """A check of readiness."""
        return None if self._lease.held() else "another process holds the lease, or its time is not over yet"

    def not_turning(self) -> str | None:
        """A check of readiness, for loops that turn without bus and database."""
        standing = self._standing()
        return f"has not turned for {self._longest_turn:g} s, or not yet: {', '.join(standing)}" if standing else None

    def _standing(self) -> list[str]:
        now = self._around.clock.monotonic()
        return [name for name in self._loops if now - self._turned_at.get(name, float("-inf")) > self._longest_turn]
