"""Counts the orders that work, by state, for the dashboards: every few seconds, and never when Prometheus asks."""

from dataclasses import dataclass

from stockbot.execution_engine import order_rows
from stockbot.execution_engine.series import Series
from stockbot.runtime.clock import Clock
from stockbot.runtime.lease import Lease
from stockbot.runtime.storage import Transactions

EVERY_SECONDS = 5.0


@dataclass(frozen=True, kw_only=True)
class Census:
    storage: Transactions
    lease: Lease
    series: Series
    clock: Clock

    async def step(self) -> None:
        """Count while the lease is held, and wait: the step of a background loop. Raises Unavailable."""
        if self.lease.held():
            self.series.stand(await self.storage.read(order_rows.count_open))
        await self.clock.sleep(EVERY_SECONDS)
