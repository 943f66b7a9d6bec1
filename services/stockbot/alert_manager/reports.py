"""From what is said to a report: out of an event, or about what the Alert Manager itself has seen. Pure."""

from datetime import datetime

from msgspec.structs import replace

from stockbot.alert_manager.delivery_rows import Receipt
from stockbot.events.alerts import Alert, RiskAlert, ServiceAlert, Severity
from stockbot.events.identity import id_of
from stockbot.model.alerts.matters import Report
from stockbot.model.alerts.routing import CHANNEL
from stockbot.runtime.dead_letters import storable


def report_of(event: RiskAlert | ServiceAlert) -> Report:
    """The alert of an event, in characters that every database takes."""
    return Report(
        report_id=storable(event.id),
        source=storable(event.source),
        at=event.time,
        alert=_storable(event.data),
        correlationid=storable(event.correlationid),
    )


def own_report(alert: Alert, source: str, now: datetime) -> Report:
    """What this service itself has seen."""
    what = "over" if alert.resolved else "raised"
    name = id_of("report", source, alert.fingerprint, now.isoformat(), what)
    return Report(report_id=name, source=source, at=now, alert=_storable(alert), correlationid=name)


def channel_report(receipt: Receipt, source: str, *, down: bool) -> Report:
    """A channel has not taken messages several times in a row, or takes them again."""
    alert = Alert(
        fingerprint=f"{CHANNEL}/{receipt.channel}",
        severity=Severity.WARNING,
        title=f"The channel {receipt.channel} does not take messages",
        detail=f"Whoever is reached through it alone hears of nothing. {receipt.reason}",
        resolved=not down,
        labels={CHANNEL: receipt.channel},
    )
    return own_report(alert, source, receipt.at)


def _storable(alert: Alert) -> Alert:
    return replace(
        alert,
        fingerprint=storable(alert.fingerprint),
        title=storable(alert.title),
        detail=storable(alert.detail),
        labels={storable(name[:128]): storable(text) for name, text in alert.labels.items()},
    )
