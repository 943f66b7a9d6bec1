"""What the console remembers of signals and decisions."""

from datetime import timedelta
from decimal import Decimal

import msgspec
from msgspec.structs import replace

from stockbot.events.trading import Reason
from stockbot.testing.clock import START
from stockbot.testing.samples import every_event
from stockbot.testing.trading_scenes import DENIED, decision, signal
from stockbot_console.guardian_answers import Verdict
from stockbot_console.journal import KEPT, Journal, after_events, recorded
from stockbot_console.orchestrator_answers import SignalEntry

EVENTS = every_event()


def entry(signal_id: str, seconds: int = 0) -> SignalEntry:
    return msgspec.convert(signal(signal_id, START + timedelta(seconds=seconds)), SignalEntry)


def verdict(signal_id: str, seconds: int, *reasons: Reason) -> Verdict:
    about = signal(signal_id, START + timedelta(seconds=seconds))
    return msgspec.convert(decision(1, about, *reasons), Verdict, from_attributes=True)


def test_the_bus_brings_signals_and_decisions() -> None:
    """Of all events those two are kept, the decision under its signal; an approval came before the denial."""
    journal = after_events(Journal(), EVENTS)
    assert list(journal.signals) == ["trend-AAPL-1"]
    verdict = journal.verdicts["trend-AAPL-1"]
    assert (verdict.outcome, verdict.strategy, verdict.symbol) == ("denied", "trend", "AAPL")
    assert journal.denials == [verdict]


def test_an_approval_has_its_quantity() -> None:
    """As risk approved it."""
    approved = [event for event in EVENTS if type(event).__name__ == "OrderApproved"]
    verdict = after_events(Journal(), approved).verdicts["trend-AAPL-1"]
    assert (verdict.outcome, verdict.quantity, verdict.correlationid) == ("approved", Decimal(10), "chain-1")


def test_other_events_leave_it_as_it_is() -> None:
    """A tick every few seconds costs nothing."""
    journal = Journal()
    assert after_events(journal, EVENTS[:1]) is journal


def test_what_comes_again_changes_nothing() -> None:
    """The API tells what the bus has brought; the first of an id counts."""
    first = recorded(Journal(), [entry("s1")], [])
    other = replace(entry("s1"), correlationid="other")
    for again in (recorded(first, [other], []), recorded(first, [other, entry("s2")], [])):
        assert again.signals["s1"].correlationid == "chain-s1"


def test_it_is_sorted_by_time_and_bounded() -> None:
    """What comes late finds its place, and the oldest make room."""
    many = [entry(f"s{number}", number) for number in range(1, KEPT + 1)]
    journal = recorded(recorded(Journal(), many, []), [entry("late", 0), entry("new", KEPT + 1)], [])
    assert (len(journal.signals), "late" in journal.signals) == (KEPT, False)
    assert [one.id for one in journal.of("trend")][:2] == ["new", f"s{KEPT}"]
    assert journal.of("other") == []


def test_denials_come_the_newest_first() -> None:
    """Approvals are not among them."""
    made = [verdict(f"s{number}", number, *DENIED) for number in (1, 2)]
    journal = recorded(Journal(), [], [*made, verdict("s3", 3)])
    assert [one.signal_id for one in journal.denials] == ["s2", "s1"]
