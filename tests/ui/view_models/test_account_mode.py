"""Whether real money moves."""

from typing import Any

import msgspec
import pytest

from stockbot.testing.clock import START
from stockbot.testing.desk_scenes import reconciliation
from stockbot_console.answers import Failure
from stockbot_console.engine_answers import Reconciliation
from stockbot_console.view_models.account_mode import mode_badge


def told(**changes: Any) -> Reconciliation:
    return msgspec.convert(reconciliation(START) | changes, Reconciliation)


@pytest.mark.parametrize(("mode", "word", "tone"), [("paper", "PAPER", "paper"), ("live", "LIVE", "live")])
def test_the_mode_is_the_brokers(mode: str, word: str, tone: str) -> None:
    """By word and by colour, with the account it is about."""
    badge = mode_badge(msgspec.convert(reconciliation(START, mode=mode), Reconciliation))
    assert (badge.word, badge.tone) == (word, tone)
    assert "PA3XK91" in badge.reason


@pytest.mark.parametrize("answer", [Failure(reason="It is down.", remedy="Wait."), told(account=None, state="never")])
def test_what_is_not_known_is_not_called_paper(answer: Reconciliation | Failure) -> None:
    """A service that is silent, and an engine that has not reached its broker."""
    badge = mode_badge(answer)
    assert (badge.word, badge.tone) == ("MODE UNKNOWN", "unknown")
