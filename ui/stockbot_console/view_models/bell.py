"""The bell of the header: how many alerts nobody has acknowledged, and how grave the worst of them is. Pure."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from stockbot_console.alarm_answers import Alert
from stockbot_console.answers import Failure

GRAVITY = ("info", "warning", "critical")


class Bell(Struct, frozen=True, kw_only=True):
    """`tone` is quiet, info, warning, critical or unknown; `count` is what is written, empty for none."""

    count: str
    tone: str
    reason: str


def bell(unanswered: Sequence[Alert] | Failure, now: datetime) -> Bell:
    """Silenced alerts do not ring."""
    if isinstance(unanswered, Failure):
        reason = f"Alerts are not known. {unanswered.reason} {unanswered.remedy}".strip()
        return Bell(count="?", tone="unknown", reason=reason)
    ringing = [alert for alert in unanswered if alert.silenced_until is None or alert.silenced_until <= now]
    if not ringing:
        return Bell(count="", tone="quiet", reason="No alert is open.")
    worst = max((alert.severity for alert in ringing), key=GRAVITY.index)
    counts = [(sum(one.severity == severity for one in ringing), severity) for severity in reversed(GRAVITY)]
    told = ", ".join(f"{count} {severity}" for count, severity in counts if count)
    return Bell(count=f"{len(ringing)}", tone=worst, reason=f"Open alerts: {told}.")
