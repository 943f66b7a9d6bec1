"""Matters and reports for the tests of decisions about alerts."""

from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from stockbot.events.alerts import Alert, Severity
from stockbot.model.alerts.matters import Matter, Report, take
from stockbot.testing.clock import START


def report(
    number: int = 1,
    *,
    fingerprint: str = "risk/limit",
    severity: Severity = Severity.WARNING,
    resolved: bool = False,
    after: float = 0.0,
    **labels: str,
) -> Report:
    """The report of that number, so many seconds after the start."""
    alert = Alert(
        fingerprint=fingerprint, severity=severity, title=f"report {number}", resolved=resolved, labels=labels
    )
    return Report(report_id=f"report-{number}", source="risk-guardian/0", at=at(after), alert=alert)


def matter(**changes: Any) -> Matter:
    """A matter that has just begun, a warning of the Risk Guardian; `changes` are other fields."""
    began = take(None, report())
    assert began is not None
    return replace(began, **changes)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)
