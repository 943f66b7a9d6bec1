"""What the Alert Manager's surroundings tell it, and the secrets of its channels."""

from typing import Any

import pytest

from stockbot.alert_manager.channels import channels_of, rules_of
from stockbot.alert_manager.settings import AlertSettings
from stockbot.errors import ConfigurationError
from stockbot.events.alerts import Severity
from stockbot.spec.alert_manager import AlertManager

BLOCK: dict[str, Any] = {
    "channels": [
        {"name": "phone", "url": {"secretRef": {"name": "alert-channels", "key": "phone"}}, "maxPerMinute": 2},
        {"name": "mail", "url": {"secretRef": {"name": "alert-channels", "key": "mail"}}},
    ],
    "routes": [{"atLeast": "Warning", "services": ["risk-guardian"], "channels": ["phone", "mail"]}],
    "escalation": {"afterMinutes": 5, "channels": ["phone"]},
    "groupSeconds": 7,
}
SECRETS = {"STOCKBOT_SECRET_ALERT_CHANNELS_PHONE": " tgram://bottoken/4711\n"}


def test_ordinary_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unset, every pace is the ordinary one; what is out of range names the variable."""
    monkeypatch.setenv("STOCKBOT_BUS_URL", "redis://127.0.0.1:6379/0")
    settings = AlertSettings.load()
    assert (settings.lease_seconds, settings.watch_seconds, settings.retry_seconds) == (15.0, 5.0, 5.0)
    monkeypatch.setenv("STOCKBOT_WATCH_SECONDS", "0")
    with pytest.raises(ConfigurationError, match="STOCKBOT_WATCH_SECONDS is '0', but must be"):
        AlertSettings.load()


def test_channels_have_their_addresses_or_say_why_not() -> None:
    """One whose secret is missing names the variable; nothing shows an address."""
    phone, mail = channels_of(AlertManager.model_validate(BLOCK), SECRETS)
    assert phone.url is not None
    assert (phone.url.get_secret_value(), phone.kind, phone.trouble) == ("tgram://bottoken/4711", "tgram", None)
    assert (phone.pace.max_per_minute, phone.pace.group.total_seconds()) == (2, 7)
    assert mail.url is None
    assert "STOCKBOT_SECRET_ALERT_CHANNELS_MAIL" in str(mail.trouble)
    assert "bottoken" not in repr((phone, mail))


def test_rules_are_the_documents() -> None:
    """Routes, escalation, and only channels that can be used."""
    block = AlertManager.model_validate(BLOCK)
    rules = rules_of(block, channels_of(block, SECRETS))
    (route,) = rules.routes
    assert (route.at_least, route.services, route.channels) == (
        Severity.WARNING,
        frozenset({"risk-guardian"}),
        ("phone", "mail"),
    )
    assert rules.escalation is not None
    assert (rules.escalation.after.total_seconds(), rules.escalation.channels) == (300, ("phone",))
    assert rules.deliverable == frozenset({"phone"})
