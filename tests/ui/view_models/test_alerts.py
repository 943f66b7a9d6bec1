"""The inbox."""

from datetime import UTC, timedelta
from typing import Any

import msgspec
import pytest

from stockbot.events.streams import ORDERS
from stockbot.model.alerts.poison import PutAside
from stockbot.portfolio_manager import alerts as portfolio
from stockbot.risk_guardian import alerts as risk
from stockbot.testing.clock import START
from stockbot.testing.desk_scenes import alert, alerts, delivery
from stockbot_console.alarm_answers import Alert
from stockbot_console.view_models.alerts import AlertRow, Wanted, alert_rows, wanted_of


def row(**changes: Any) -> AlertRow:
    made = msgspec.convert(alert(1, "critical", "the broker is silent", START, **changes), Alert)
    return alert_rows([made], UTC)["alert-1"]


def test_what_is_open_and_grave_comes_first() -> None:
    """Then what is acknowledged, then what is over."""
    made = [msgspec.convert(one, Alert) for one in reversed(alerts(START))]
    assert list(alert_rows(made, UTC)) == ["alert-5", "alert-4", "alert-3", "alert-2", "alert-1"]


def test_an_alert_says_what_was_done() -> None:
    """By whom and when, and what the channels say."""
    shown = row(
        state="acknowledged",
        acknowledged_by="ada",
        acknowledged_at=START,
        escalated_at=START,
        count=3,
        deliveries=[delivery("mail", "failed", START, attempts=4, reason="no answer")],
    )
    assert shown.notes == ("Acknowledged 02 Mar 15:00 by ada", "Escalated 02 Mar 15:00")
    assert (shown.receipts[0].text, shown.receipts[0].level) == ("failed after 4 tries: no answer", "bad")
    assert (shown.count, shown.may_acknowledge) == ("3 times", False)


def test_a_silence_says_until_when() -> None:
    """An open alert may be acknowledged with or without a note."""
    shown = row(silenced_until=START + timedelta(hours=1))
    assert shown.notes == ("Silenced until 02 Mar 16:00",)
    assert shown.may_acknowledge
    assert shown.acknowledge.optional
    assert dict(shown.silence.choices)["60"] == "1 hour"


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        (("", ""), "/alerts"),
        (("all", "critical"), "/alerts?state=all&severity=critical"),
        (("open", ""), "/alerts"),
        (("odd", "odd"), "/alerts"),
    ],
)
def test_the_choice_is_in_the_address(typed: tuple[str, str], address: str) -> None:
    """What does not exist is the default."""
    assert wanted_of(*typed).address() == address
    assert Wanted(state="all").address(severity="info") == "/alerts?state=all&severity=info"


def test_an_alert_about_what_was_put_aside_leads_to_it() -> None:
    """Whichever service tells of it, by the fingerprints that they use; no other alert does."""
    fingerprints = [
        PutAside("risk-guardian", ORDERS, 1, "no price").fingerprint,
        risk.of_orders_put_aside(1).fingerprint,
        *(one.fingerprint for one in portfolio.of_put_aside(1, 1)),
    ]
    assert {row(fingerprint=name).place for name in fingerprints} == {"/dead-letters"}
    assert row(fingerprint="max_daily_loss/paper").place == ""
