"""What a person must hear of. RISK_ALERT is the Risk Guardian's alone, SERVICE_ALERT is anybody's."""

from enum import StrEnum

from msgspec import Struct

from stockbot.events.envelope import Event, Name, Text


class Severity(StrEnum):
    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


class Alert(Struct, frozen=True, kw_only=True):
    """One thing that went wrong, or right again. Alerts of one fingerprint are one matter."""

    fingerprint: Name
    severity: Severity
    title: Text
    detail: Text = ""
    resolved: bool = False  # True: the matter of this fingerprint is over
    labels: dict[str, str] = {}


class RiskAlert(Event, frozen=True, kw_only=True, tag="RISK_ALERT"):
    """A risk limit spoke, or the trading state changed."""

    data: Alert


class ServiceAlert(Event, frozen=True, kw_only=True, tag="SERVICE_ALERT"):
    """A service saw what a person should know: a failed strategy, stale prices, drift, an impossible transition."""

    data: Alert
