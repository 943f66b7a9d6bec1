"""Real messages through Apprise to a real webhook and a real mail server on loopback, good and bad ones."""

import logging

import pytest
from pydantic import SecretStr
from tests.services.alert_manager.receivers import Webhook, mailbox, webhook

from stockbot.alert_manager import courier
from stockbot.alert_manager.courier import carry, scheme_of, scrubbed
from stockbot.events.alerts import Severity
from stockbot.model.alerts.wording import Message

MESSAGE = Message(title="[CRITICAL] Halted", body="Look now.\n\nhttp://console/alerts", severity=Severity.CRITICAL)


async def test_a_webhook_gets_title_body_and_kind() -> None:
    """What arrives is the message, marked as a failure for a critical alert."""
    async with webhook() as hook:
        assert await carry(SecretStr(hook.url), MESSAGE) == ""
    (payload,) = hook.taken
    assert (payload["title"], payload["type"]) == ("[CRITICAL] Halted", "failure")
    assert "http://console/alerts" in payload["message"]


async def test_what_is_too_long_for_a_chat_service_arrives_cut() -> None:
    """It would refuse the whole message, and with it the channel's queue."""
    long = Message(title="[WARNING] a flood", body="x" * 20_000, severity=Severity.WARNING)
    async with webhook() as hook:
        assert await carry(SecretStr(f"mmost://127.0.0.1:{hook.port}/t0kent0ken"), long) == ""
    (payload,) = hook.taken
    assert "a flood" in payload["text"]
    assert len(payload["text"]) <= 4000  # Mattermost's limit


async def test_a_mail_arrives() -> None:
    """Subject and text of a mail are the message's."""
    with mailbox() as box:
        assert await carry(SecretStr(box.url), MESSAGE) == ""
    (mail,) = box.mails
    assert mail["Subject"] == "[CRITICAL] Halted"
    assert "Look now." in mail.as_string()


async def test_a_mail_server_that_refuses_says_so() -> None:
    """A refused mail is no delivered mail."""
    with mailbox(refusal="451 not now") as box:
        assert await carry(SecretStr(box.url), MESSAGE) != ""
    assert box.mails == []


async def test_why_a_webhook_did_not_take_it_without_its_address() -> None:
    """HTTP 500 and a closed port are reasons in words, and the token of the address is in neither."""
    async with webhook(status=500) as hook:
        refused = await carry(SecretStr(hook.url), MESSAGE)
    unreachable = await carry(SecretStr(hook.url), MESSAGE)
    assert "error=500" in refused
    assert "Connection error" in unreachable
    assert "s3cr3t" not in refused + unreachable


async def test_an_address_that_nobody_understands() -> None:
    """It is refused with a reason that repeats nothing of it."""
    reason = await carry(SecretStr("nosuchservice://token-of-mine/x"), MESSAGE)
    assert "none that Apprise understands" in reason
    assert "token-of-mine" not in reason


async def test_a_channel_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The courier's process is killed when its time is over, and the message counts as not delivered."""
    monkeypatch.setattr(courier, "LONGEST_SECONDS", 1.5)
    async with webhook(delay=60) as hook:
        assert await carry(SecretStr(hook.url), MESSAGE) == "no answer within 1.5 s"


async def test_nothing_of_the_address_reaches_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """Whatever Apprise and its libraries log stays in the courier's process."""
    caplog.set_level(logging.DEBUG)
    hook = Webhook()
    await carry(SecretStr(hook.url), MESSAGE)
    assert "s3cr3t" not in caplog.text


def test_a_scheme_is_all_that_is_shown_of_an_address() -> None:
    """What has no scheme shows nothing at all: it may be a bare token."""
    assert scheme_of("slack://TokenA/TokenB/TokenC") == "slack"
    assert scheme_of("xoxb-1234-abcd") == "unknown"
    assert scheme_of("my-secret:hello") == "unknown"


def test_parts_of_an_address_are_hidden_in_a_reason() -> None:
    """Also where they are percent-encoded in the address."""
    url = "mailto://anna:p%40ssw0rd@mail.example?to=bob@desk.example"
    said = "login of anna with p@ssw0rd at mail.example failed, p%40ssw0rd"
    assert scrubbed(said, url) == "login of *** with *** at *** failed, ***"
    upper = "HOST MAIL.EXAMPLE, user ANNA, P%40SSW0RD"
    assert scrubbed(upper, url) == "HOST ***, user ***, ***"
    assert scrubbed("refused a+b/c== and a%2Bb%2Fc%3D%3D", "json://host/a%2Bb%2Fc%3D%3D") == "refused *** and ***"
