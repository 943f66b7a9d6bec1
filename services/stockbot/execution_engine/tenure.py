"""The lease as the Execution Engine holds it: from the first moment on, and until everything that was sent is heard.

`Lease.keep` gives it back as soon as its loop is cancelled; here the loops end first, then the sends, then the lease.
"""

from collections.abc import Awaitable, Callable

import structlog

from stockbot.errors import Unavailable
from stockbot.runtime.clock import Clock
from stockbot.runtime.database import Database
from stockbot.runtime.lease import Lease, LeaseLost
from stockbot.runtime.storage import Storage

IDLE_SECONDS = 0.2

logger = structlog.stdlib.get_logger(__name__)


class Tenure:
    """`begun` is called each time that the lease is acquired."""

    def __init__(
        self, lease: Lease, storage: Storage, database: Database, clock: Clock, begun: Callable[[], Awaitable[None]]
    ) -> None:
        self._lease = lease
        self._storage = storage
        self._database = database
        self._clock = clock
        self._begun = begun
        self._since: float | None = None

    @property
    def seconds(self) -> float:
        """How long it has been held; 0 while it is not."""
        held = self._since is not None and self._lease.held()
        return self._clock.monotonic() - (self._since or 0.0) if held else 0.0

    async def step(self) -> None:
        """Acquire or renew, three times in each period: the step of a background loop."""
        if self._storage.trouble() is not None:
            await self._clock.sleep(IDLE_SECONDS)
            return
        try:
            await self._beat()
        except (LeaseLost, Unavailable) as error:
            logger.warning("lease not renewed", lease=self._lease.name, error=str(error))
        await self._clock.sleep(self._lease.seconds / 3 if self._lease.token else IDLE_SECONDS)

    async def end(self) -> None:
        """Let the next process begin at once. Raises Unavailable."""
        await self._lease.release(self._database)

    async def _beat(self) -> None:
        if self._lease.token is not None:
            await self._lease.renew(self._database)
        elif await self._lease.acquire(self._database):
            self._since = self._clock.monotonic()
            logger.info("lease acquired", lease=self._lease.name, token=self._lease.token)
            await self._begun()
