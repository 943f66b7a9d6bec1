"""Signals and what risk decided about them, as far as the console has seen. Pure; state and pages keep one each.

Both come twice, over the bus at once and from the APIs with what was before, in any order: the first of an id counts.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TypeVar

from msgspec import Struct

from stockbot.events import Event
from stockbot.events.trading import OrderApproved, RiskBlock, SignalGenerated
from stockbot_console.guardian_answers import Verdict
from stockbot_console.orchestrator_answers import SignalEntry

KEPT = 500  # signals, and as many decisions; the oldest make room

T = TypeVar("T")


class Journal(Struct, frozen=True):
    """By signal id, the oldest first."""

    signals: dict[str, SignalEntry] = {}
    verdicts: dict[str, Verdict] = {}

    def of(self, strategy: str) -> list[SignalEntry]:
        """The signals of one strategy, the newest first."""
        return [entry for entry in reversed(self.signals.values()) if entry.signal.strategy == strategy]

    @property
    def denials(self) -> list[Verdict]:
        """The newest first."""
        return [verdict for verdict in reversed(self.verdicts.values()) if verdict.outcome == "denied"]


def recorded(journal: Journal, signals: Iterable[SignalEntry], verdicts: Iterable[Verdict]) -> Journal:
    """The journal with these as well."""
    return Journal(
        _added(journal.signals, {entry.id: entry for entry in signals}, lambda entry: entry.made_at),
        _added(journal.verdicts, {one.signal_id: one for one in verdicts}, lambda one: one.decided_at),
    )


def after_events(journal: Journal, events: Sequence[Event]) -> Journal:
    """The journal after events of the bus; other events than signals and decisions leave it as it is."""
    signals = [_entry(event) for event in events if isinstance(event, SignalGenerated)]
    approvals = [_approval(event) for event in events if isinstance(event, OrderApproved)]
    denials = [_denial(event) for event in events if isinstance(event, RiskBlock)]
    return recorded(journal, signals, approvals + denials) if signals or approvals or denials else journal


def _entry(event: SignalGenerated) -> SignalEntry:
    return SignalEntry(id=event.id, correlationid=event.correlationid, made_at=event.time, signal=event.data)


def _approval(event: OrderApproved) -> Verdict:
    approval = event.data
    return Verdict(
        signal_id=approval.signal_id,
        correlationid=event.correlationid,
        outcome="approved",
        strategy=approval.signal.strategy,
        symbol=approval.signal.symbol,
        decided_at=event.time,
        side=approval.side,
        quantity=approval.quantity,
    )


def _denial(event: RiskBlock) -> Verdict:
    denial = event.data
    return Verdict(
        signal_id=denial.signal_id,
        correlationid=event.correlationid,
        outcome="denied",
        strategy=denial.strategy,
        symbol=denial.symbol,
        decided_at=event.time,
        reasons=denial.reasons,
    )


def _added(known: dict[str, T], new: dict[str, T], at: Callable[[T], datetime]) -> dict[str, T]:
    if new.keys() <= known.keys():
        return known
    return dict(sorted((new | known).items(), key=lambda item: at(item[1]))[-KEPT:])
