"""Tells of prices that grow stale and of those that are back: SERVICE_ALERTs, through the outbox."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from stockbot.events.alerts import Alert, ServiceAlert
from stockbot.events.streams import ALERTS
from stockbot.market_data_gateway import alerting, store
from stockbot.runtime.outbox import Writer
from stockbot.runtime.storage import Transactions


class PriceAlerts:
    """What was told is kept in SQL, so that a restart neither repeats it nor forgets to say that it is over.

    `committed` is called after each commit: it wakes the relay.
    """

    def __init__(self, storage: Transactions, writer: Writer, shard: int, committed: Callable[[], None]) -> None:
        self._storage = storage
        self._writer = writer
        self._shard = shard
        self._committed = committed
        self._told: Mapping[str, Alert] | None = None

    async def tell(self, symbol_sets: Mapping[str, Sequence[str]], stale: Mapping[str, str], now: datetime) -> None:
        """Commit what changed since the last time; raises Unavailable, and then it is still to be told."""
        holding = alerting.conditions(self._shard, symbol_sets, stale)
        if self._told is None or alerting.transitions(self._told, holding):
            self._told = await self._storage.run(partial(self._write, holding, now))
            self._committed()

    def _write(self, holding: Mapping[str, Alert], now: datetime, connection: Connection) -> Mapping[str, Alert]:
        """Alerts and what is now told, in one transaction; returns the latter."""
        changes = alerting.transitions(store.told(connection, self._writer.source), holding)
        events = [self._event(alert, now) for alert in changes]
        self._writer.append(connection, ALERTS, events, now)
        store.remember_told(connection, self._writer.source, changes)
        return store.told(connection, self._writer.source)

    def _event(self, alert: Alert, now: datetime) -> ServiceAlert:
        event_id = f"{alert.fingerprint}/{now.isoformat()}"
        return ServiceAlert(
            id=event_id,
            source=self._writer.source,
            time=now,
            subject=alert.fingerprint,
            correlationid=event_id,
            data=alert,
        )
