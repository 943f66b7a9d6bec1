"""The words that people get."""

import pytest
from tests.services.model.alerts.scenes import at, matter

from stockbot.events.alerts import Severity
from stockbot.model.alerts.matters import Standing
from stockbot.model.alerts.wording import message_of, test_message

CONSOLE = "http://console:5173"


def test_one_alert_says_what_how_bad_since_when_how_often_and_where() -> None:
    """Title, severity, detail, meaning, source, count, and the way to the console."""
    told = message_of([matter(title="Halted", detail="by anna", count=3, severity=Severity.CRITICAL)], console=CONSOLE)
    assert (told.title, told.severity) == ("[CRITICAL] Halted", Severity.CRITICAL)
    for part in (
        "by anna",
        "look now",
        "risk-guardian, since 2026-03-02 15:00:00 UTC, reported 3 times",
        "http://console:5173/alerts",
    ):
        assert part in told.body


def test_many_are_summed_up() -> None:
    """Ten lines, the worst first, and how many more there are."""
    ordinary = [matter(title=f"alert {number}") for number in range(46)]
    worst = matter(title="the worst", severity=Severity.CRITICAL, peak=Severity.CRITICAL)
    told = message_of([*ordinary, worst], console=None)
    assert told.title == "[CRITICAL] the worst and 46 more"
    assert told.body.splitlines()[0].startswith("- [CRITICAL] the worst (")
    assert told.body.splitlines()[-1] == "and 37 more"
    assert "/alerts" not in told.body


def test_good_news_is_good_news() -> None:
    """What is over says so and until when, and comes after what is not."""
    over = matter(state=Standing.RESOLVED, resolved_at=at(60), title="Halted")
    told = message_of([over], console=None)
    assert (told.title, told.severity) == ("[RESOLVED] Halted", None)
    assert "It is over." in told.body
    assert "until 2026-03-02 15:01:00 UTC" in told.body
    assert message_of([over, matter(title="open")], console=None).title == "[WARNING] open and 1 more"


def test_what_was_passed_on_says_why() -> None:
    """Who hears of it now sees that nobody else has reacted."""
    assert message_of([matter(escalated_at=at(1))], console=None).title.startswith("[WARNING, NOT ACKNOWLEDGED]")


def test_what_comes_and_goes_says_so() -> None:
    """The number of times before is in the words, from the third on."""
    assert "came and went 4 times" in message_of([matter(flaps=4)], console=None).body
    assert "came and went" not in message_of([matter(flaps=2)], console=None).body


@pytest.mark.parametrize("length", [600, 601, 2000])
def test_a_long_detail_is_cut(length: int) -> None:
    """Chat services refuse long messages."""
    assert len(message_of([matter(detail="x" * length)], console=None).body.splitlines()[0]) == 600


def test_a_test_message_says_who_asked() -> None:
    """It is no alert, and says so."""
    told = test_message("phone", "anna", console=CONSOLE)
    assert told.title == "[TEST] Stockbot"
    assert "anna" in told.body
    assert "phone" in told.body


test_message.__test__ = False  # type: ignore[attr-defined] # a function of ours, not a test
