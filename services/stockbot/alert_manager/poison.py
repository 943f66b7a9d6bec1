"""Looks every few seconds whether any service has put events aside that nobody has resolved."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection

from stockbot.alert_manager import letter_rows, matter_rows
from stockbot.alert_manager.counters import Counters
from stockbot.alert_manager.desk import Desk
from stockbot.alert_manager.reports import own_report
from stockbot.events.alerts import Alert
from stockbot.model.alerts import poison
from stockbot.model.alerts.poison import PutAside
from stockbot.runtime.clock import Clock
from stockbot.runtime.lease import Lease
from stockbot.runtime.storage import Transactions

EVERY_SECONDS = 5.0


@dataclass(kw_only=True)
class PoisonWatch:
    storage: Transactions
    desk: Desk
    lease: Lease
    counters: Counters
    fence: Callable[[Connection], None]
    clock: Clock
    every_seconds: float = EVERY_SECONDS

    async def step(self) -> None:
        """One look while the lease is held, and a pause: the step of a background loop. Raises Unavailable."""
        if self.lease.held():
            found, changes = await self.storage.read(self._look)
            self.counters.put_aside(found)
            if changes:
                await self.storage.run(self._report)
        await self.clock.sleep(self.every_seconds)

    def _look(self, connection: Connection) -> tuple[list[PutAside], list[Alert]]:
        """What is put aside, and what of it is news."""
        standing = matter_rows.open_of_kind(connection, poison.KIND)
        titles = {name: matter.title for name, matter in standing.items()}
        found = letter_rows.put_aside(connection)
        return found, poison.alerts(found, titles)

    def _report(self, connection: Connection) -> None:
        self.fence(connection)
        now = self.clock.now()
        _, changes = self._look(connection)
        reports = [own_report(alert, self.desk.source, now) for alert in changes]
        self.desk.take(connection, reports, now)
