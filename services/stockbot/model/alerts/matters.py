"""A matter is what alerts of one fingerprint are about, from its first report until it is over. Pure.

Reported again it counts up; worse than before it is open again, also for whoever had acknowledged it; over it stays
over: the next report of its fingerprint is another matter. So is a report a day after all that somebody acknowledged:
many alerts never say that they are over, and an acknowledgement must not keep them quiet for good.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from stockbot.events.alerts import Alert, Severity
from stockbot.events.identity import id_of

RANKS: Final[Mapping[Severity, int]] = {Severity.INFO: 0, Severity.WARNING: 1, Severity.CRITICAL: 2}
LOOKED_AFTER = timedelta(days=1)  # what is acknowledged counts as over once it was not reported for so long
SERVICE = "service"  # the label that names the service that an alert is about, where that is not its source


class Standing(StrEnum):
    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class Report(Struct, frozen=True, kw_only=True):
    """An alert as somebody told it; `report_id` is the same however often it comes."""

    report_id: str
    source: str
    at: datetime
    alert: Alert
    correlationid: str = ""


class Matter(Struct, frozen=True, kw_only=True):
    """`peak` is the highest severity so far; `opened_at` is when somebody was last asked to look.

    `flaps` counts the matters of this fingerprint that began shortly before it; `held`: a silence keeps it untold.
    """

    alert_id: str
    fingerprint: str
    severity: Severity
    peak: Severity
    title: str
    detail: str
    source: str
    labels: Mapping[str, str]
    state: Standing
    count: int
    first_at: datetime
    last_at: datetime
    opened_at: datetime
    last_report: str
    correlationid: str = ""
    flaps: int = 0
    held: bool = False
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = None
    note: str | None = None
    resolved_at: datetime | None = None
    escalated_at: datetime | None = None

    @property
    def service(self) -> str:
        return (self.labels.get(SERVICE) or self.source.partition("/")[0])[:128]

    @property
    def kind(self) -> str:
        return kind_of(self.fingerprint)


def kind_of(fingerprint: str) -> str:
    """Alerts of one kind go into one message: what stands before the first slash."""
    return fingerprint.partition("/")[0]


def take(matter: Matter | None, report: Report, *, flaps: int = 0) -> Matter | None:
    """The matter after the report; None where it says that something is over which nobody knew of."""
    if matter is None or matter.state is Standing.RESOLVED:
        return None if report.alert.resolved else _began(report, flaps)
    if report.report_id == matter.last_report:
        return matter
    if is_forgotten(matter, report):
        return _began(report, flaps)
    return _over(matter, report) if report.alert.resolved else _again(matter, report)


def is_forgotten(matter: Matter, report: Report) -> bool:
    """Whether what somebody acknowledged was quiet for so long that this report is about another matter."""
    if matter.state is not Standing.ACKNOWLEDGED or report.alert.resolved:
        return False
    return report.at - max(matter.last_at, matter.acknowledged_at or matter.last_at) >= LOOKED_AFTER


def superseded(matter: Matter) -> Matter:
    """The matter once another one of its fingerprint has begun: it was over when it was reported last."""
    return replace(matter, state=Standing.RESOLVED, resolved_at=matter.last_at)


def acknowledge(matter: Matter, *, who: str, note: str, now: datetime) -> Matter:
    """Somebody looks after it: nobody else is called. What is acknowledged or over stays as it is."""
    if matter.state is not Standing.OPEN:
        return matter
    return replace(matter, state=Standing.ACKNOWLEDGED, acknowledged_by=who, acknowledged_at=now, note=note)


def _began(report: Report, flaps: int) -> Matter:
    alert = report.alert
    return Matter(
        alert_id=id_of("alert", alert.fingerprint, report.report_id),
        fingerprint=alert.fingerprint,
        severity=alert.severity,
        peak=alert.severity,
        title=alert.title,
        detail=alert.detail,
        source=report.source,
        labels=alert.labels,
        state=Standing.OPEN,
        count=1,
        first_at=report.at,
        last_at=report.at,
        opened_at=report.at,
        last_report=report.report_id,
        correlationid=report.correlationid,
        flaps=flaps,
    )


def _again(matter: Matter, report: Report) -> Matter:
    alert = report.alert
    told = replace(
        matter,
        severity=alert.severity,
        title=alert.title,
        detail=alert.detail,
        labels=alert.labels,
        count=matter.count + 1,
        last_at=max(matter.last_at, report.at),
        last_report=report.report_id,
    )
    return _worse(told, report.at) if RANKS[alert.severity] > RANKS[matter.peak] else told


def _worse(matter: Matter, at: datetime) -> Matter:
    return replace(
        matter,
        peak=matter.severity,
        state=Standing.OPEN,
        opened_at=at,
        escalated_at=None,
        acknowledged_by=None,
        acknowledged_at=None,
        note=None,
    )


def _over(matter: Matter, report: Report) -> Matter:
    at = max(matter.last_at, report.at)
    return replace(matter, state=Standing.RESOLVED, resolved_at=at, last_at=at, last_report=report.report_id)
