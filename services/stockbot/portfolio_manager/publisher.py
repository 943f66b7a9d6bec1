"""What the Portfolio Manager says through its outbox: alerts. Its portfolios are states, see `portfolios`."""

from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

from sqlalchemy import Connection

from stockbot.events.alerts import Alert, ServiceAlert
from stockbot.events.identity import id_of
from stockbot.events.streams import ALERTS
from stockbot.runtime.outbox import Writer


class Publisher:
    """Appends to the outbox in the transaction of what it tells."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer

    def open(self, connection: Connection) -> None:
        """Make sure that the stream has its head: at start."""
        self.writer.open(connection, ALERTS, uuid4().hex)

    def tell_alerts(self, connection: Connection, alerts: Sequence[Alert], now: datetime) -> None:
        """One SERVICE_ALERT for each."""
        self.writer.append(connection, ALERTS, [self._alert(alert, now) for alert in alerts], now)

    def _alert(self, alert: Alert, now: datetime) -> ServiceAlert:
        event_id = id_of("alert", self.writer.source, alert.fingerprint, now.isoformat())
        return ServiceAlert(
            id=event_id,
            source=self.writer.source,
            time=now,
            subject=alert.fingerprint,
            correlationid=event_id,
            data=alert,
        )
