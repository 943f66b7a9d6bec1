"""A signal with its why, and the decision that followed. Used by the pages of strategies and of risk. Pure."""

from datetime import tzinfo
from decimal import Decimal

from msgspec import Struct

from stockbot.events.trading import Intent, Side, Signal
from stockbot_console.guardian_answers import Verdict
from stockbot_console.journal import Journal
from stockbot_console.orchestrator_answers import SignalEntry
from stockbot_console.view_models.ages import clock_text
from stockbot_console.view_models.moments import Moment, moment
from stockbot_console.view_models.numbers import price_text, quantity_text
from stockbot_console.view_models.reasons import reason_text

SHOWN = 60  # signals of one strategy on its page
COARSE = 1.0  # an indicator from here on is written with two places


class DecisionText(Struct, frozen=True, kw_only=True):
    """`level` is `good`, `bad` or `waiting`; `reasons` are sentences, empty where it was approved."""

    word: str
    level: str
    detail: str = ""
    reasons: tuple[str, ...] = ()


UNDECIDED = DecisionText(word="NO DECISION", level="waiting", detail="Risk has not answered, as far as is known here.")


class SignalRow(Struct, frozen=True, kw_only=True):
    key: str
    made: Moment
    symbol: str
    wish: str
    side: str  # buy, sell or target
    reason: str
    indicators: tuple[tuple[str, str], ...]
    reference: str
    chain: str
    decision: DecisionText


class DenialRow(Struct, frozen=True, kw_only=True):
    key: str
    chain: str
    when: Moment
    strategy: str
    symbol: str
    wish: str
    codes: tuple[tuple[str, str], ...]  # code, and its sentence


def signal_rows(journal: Journal, strategy: str, zone: tzinfo) -> dict[str, SignalRow]:
    """The last signals of a strategy by id, the newest first."""
    return {entry.id: signal_row(entry, journal.verdicts.get(entry.id), zone) for entry in journal.of(strategy)[:SHOWN]}


def signal_row(entry: SignalEntry, verdict: Verdict | None, zone: tzinfo) -> SignalRow:
    signal = entry.signal
    return SignalRow(
        key=entry.id,
        made=moment(entry.made_at, zone),
        symbol=signal.symbol,
        wish=wish_text(signal),
        side=signal.side or "target",
        reason=signal.reason,
        indicators=tuple((name.replace("_", " "), indicator_text(value)) for name, value in signal.indicators.items()),
        reference=f"{price_text(signal.reference_price)}, {clock_text(signal.reference_time, zone)}",
        chain=entry.correlationid,
        decision=decision_text(verdict),
    )


def wish_text(signal: Signal) -> str:
    """`buy 10`, `sell 10 to exit`, `target 50`, `target 0 (flat)`."""
    if signal.intent is Intent.TARGET:
        target = signal.target or Decimal(0)
        return "target 0 (flat)" if target == 0 else f"target {quantity_text(target)}"
    exiting = " to exit" if signal.intent is Intent.EXIT else ""
    return f"{signal.side or Side.BUY} {quantity_text(signal.quantity or Decimal(0))}{exiting}"


def indicator_text(value: float) -> str:
    return f"{value:,.2f}" if value == 0 or abs(value) >= COARSE else f"{value:.3g}"


def decision_text(verdict: Verdict | None) -> DecisionText:
    if verdict is None:
        return UNDECIDED
    if verdict.outcome == "denied":
        sentences = tuple(map(reason_text, verdict.reasons))
        return DecisionText(word="DENIED", level="bad", reasons=sentences)
    return DecisionText(word="APPROVED", level="good", detail=_approved(verdict))


def denial_row(verdict: Verdict, entry: SignalEntry | None, zone: tzinfo) -> DenialRow:
    """`entry` is the signal that was denied, where it is known."""
    return DenialRow(
        key=verdict.signal_id,
        chain=verdict.correlationid,
        when=moment(verdict.decided_at, zone),
        strategy=verdict.strategy,
        symbol=verdict.symbol,
        wish=wish_text(entry.signal) if entry is not None else "",
        codes=tuple((reason.code, reason_text(reason)) for reason in verdict.reasons),
    )


def _approved(verdict: Verdict) -> str:
    if verdict.quantity is None or verdict.side is None:
        return ""
    return f"{verdict.side} {quantity_text(verdict.quantity)}"
