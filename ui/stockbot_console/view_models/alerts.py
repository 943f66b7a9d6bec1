"""Alerts as the inbox shows them: how grave, since when, what was done, and who was told. Pure."""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from urllib.parse import urlencode

from msgspec import Struct

from stockbot_console.alarm_answers import Alert, Delivery
from stockbot_console.view_models.bell import GRAVITY
from stockbot_console.view_models.dead_letters import PATH as DEAD_LETTERS
from stockbot_console.view_models.moments import Moment, moment
from stockbot_console.view_models.questions import Question

STATES = ("open", "acknowledged", "resolved", "all")
TONES = {"info": "accent", "warning": "warning", "critical": "bad"}
STATE_TONES = {"open": "waiting", "acknowledged": "idle", "resolved": "good"}
DELIVERED = {"delivered": "good", "pending": "waiting", "failed": "bad"}
SILENCES = (("15", "15 minutes"), ("60", "1 hour"), ("240", "4 hours"), ("1440", "1 day"), ("10080", "1 week"))
PUT_ASIDE = (
    "dead-letters/",
    "risk/orders-put-aside",
    "portfolio/orders-put-aside",
    "portfolio/activities-put-aside",
)  # how the fingerprints of alerts about dead letters begin


class Receipt(Struct, frozen=True, kw_only=True):
    channel: str
    text: str
    level: str
    when: Moment | None


class AlertRow(Struct, frozen=True, kw_only=True):
    """`tone` is the severity's; `notes` say what was done about it; `place` is the page to do more, or empty."""

    key: str
    severity: str
    tone: str
    state: str
    state_tone: str
    title: str
    detail: str
    source: str
    labels: tuple[tuple[str, str], ...]
    count: str
    first: Moment
    last: Moment
    notes: tuple[str, ...]
    receipts: tuple[Receipt, ...]
    may_acknowledge: bool
    acknowledge: Question
    silence: Question
    fingerprint: str
    place: str


class Wanted(Struct, frozen=True, kw_only=True):
    """Which alerts are shown."""

    state: str = "open"
    severity: str = ""

    def address(self, **changes: str) -> str:
        asked = {"state": self.state, "severity": self.severity} | changes
        query = urlencode(
            {name: value for name, value in asked.items() if value and (name, value) != ("state", "open")}
        )
        return f"/alerts?{query}" if query else "/alerts"


def wanted_of(state: str, severity: str) -> Wanted:
    """Read the choice from an address, as people type them."""
    return Wanted(state=state if state in STATES else "open", severity=severity if severity in GRAVITY else "")


def alert_rows(alerts: Sequence[Alert], zone: tzinfo) -> dict[str, AlertRow]:
    """What is open first, then the gravest, then the newest."""
    ordered = sorted(alerts, key=lambda one: one.last_at, reverse=True)
    ordered.sort(key=lambda one: (STATES.index(one.state), -GRAVITY.index(one.severity)))
    return {one.alert_id: _alert(one, zone) for one in ordered}


def _alert(alert: Alert, zone: tzinfo) -> AlertRow:
    return AlertRow(
        key=alert.alert_id,
        severity=alert.severity.upper(),
        tone=TONES[alert.severity],
        state=alert.state.upper(),
        state_tone=STATE_TONES[alert.state],
        title=alert.title,
        detail=alert.detail,
        source=alert.source,
        labels=tuple(sorted(alert.labels.items())),
        count=f"{alert.count} times" if alert.count > 1 else "once",
        first=moment(alert.first_at, zone),
        last=moment(alert.last_at, zone),
        notes=_notes(alert, zone),
        receipts=tuple(_receipt(one, zone) for one in alert.deliveries),
        may_acknowledge=alert.state == "open",
        acknowledge=_acknowledge(alert),
        silence=_silence_question(alert),
        fingerprint=alert.fingerprint,
        place=place_of(alert),
    )


def place_of(alert: Alert) -> str:
    """Where something can be done about it, beside the inbox; empty where there is no such page."""
    return DEAD_LETTERS if alert.fingerprint.startswith(PUT_ASIDE) else ""


def _notes(alert: Alert, zone: tzinfo) -> tuple[str, ...]:
    told = (
        ("Acknowledged", alert.acknowledged_at, _by(alert)),
        ("Escalated", alert.escalated_at, ""),
        ("Silenced until", alert.silenced_until, ""),
        ("Resolved", alert.resolved_at, ""),
    )
    return tuple(f"{word} {clock_date(at, zone)}{more}" for word, at, more in told if at)


def _by(alert: Alert) -> str:
    who = f" by {alert.acknowledged_by}" if alert.acknowledged_by else ""
    return f"{who}: {alert.note}" if alert.note else who


def clock_date(at: datetime, zone: tzinfo) -> str:
    """`25 Nov 10:32`, in the exchange's zone."""
    return f"{at.astimezone(zone):%d %b %H:%M}"


def _receipt(delivery: Delivery, zone: tzinfo) -> Receipt:
    tries = f" after {delivery.attempts} tries" if delivery.attempts > 1 else ""
    why = f": {delivery.reason}" if delivery.reason else ""
    return Receipt(
        channel=delivery.channel,
        text=f"{delivery.state}{tries}{why}",
        level=DELIVERED.get(delivery.state, "waiting"),
        when=moment(delivery.at, zone) if delivery.at else None,
    )


def _acknowledge(alert: Alert) -> Question:
    return Question(
        title="Acknowledge the alert",
        effects=(alert.title, "It says that you are on it: nobody else is told again, and it stays until it is over."),
        button="Acknowledge",
        tone="go",
        done="Acknowledged.",
        asks="Note",
        example="what you know or do about it; may stay empty",
        optional=True,
    )


def _silence_question(alert: Alert) -> Question:
    return Question(
        title="Silence the alert",
        effects=(alert.title, "Nobody is told of this matter for so long. It stays in the list."),
        button="Silence",
        tone="caution",
        done="Silenced.",
        choice="For",
        choices=SILENCES,
    )
