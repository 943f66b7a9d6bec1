"""The alerts that were told and are not over, so that each matter is told once."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, delete, select

from stockbot.events.alerts import Alert
from stockbot.portfolio_manager.tables import TOLD_ALERTS

_alerts = msgspec.json.Decoder(Alert)
_TOLD = select(TOLD_ALERTS.c.fingerprint, TOLD_ALERTS.c.alert)  # made once: it is asked every second


def told(connection: Connection) -> dict[str, Alert]:
    """By fingerprint."""
    return {fingerprint: _alerts.decode(alert) for fingerprint, alert in connection.execute(_TOLD)}


def remember(connection: Connection, alerts: Sequence[Alert]) -> None:
    """Keep those that began, and forget those that are over."""
    fingerprints = [alert.fingerprint for alert in alerts]
    connection.execute(delete(TOLD_ALERTS).where(TOLD_ALERTS.c.fingerprint.in_(fingerprints)))
    began = [alert for alert in alerts if not alert.resolved]
    if began:
        rows = [{"fingerprint": alert.fingerprint, "alert": msgspec.json.encode(alert)} for alert in began]
        connection.execute(TOLD_ALERTS.insert(), rows)
