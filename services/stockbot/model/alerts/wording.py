"""The words of a message: what, how bad, what it means, since when, how often, and where to look. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct

from stockbot.events.alerts import Severity
from stockbot.model.alerts.flapping import FLAPPING
from stockbot.model.alerts.matters import RANKS, Matter, Standing

LINES = 10  # of a message that sums up; the rest is counted
LONGEST_DETAIL = 600  # characters: chat services cut or refuse long messages

MEANINGS: Final[Mapping[Severity, str]] = {
    Severity.CRITICAL: "Trading is affected or may be at any moment: look now.",
    Severity.WARNING: "Something needs attention before it gets worse.",
    Severity.INFO: "For your information; nothing needs to be done.",
}


class Message(Struct, frozen=True, kw_only=True):
    """`severity` is None for good news."""

    title: str
    body: str
    severity: Severity | None


def message_of(matters: Sequence[Matter], *, console: str | None) -> Message:
    """One message about one matter or several; `console` is where people look further."""
    ordered = sorted(matters, key=lambda matter: (matter.state is Standing.RESOLVED, -RANKS[matter.peak]))
    first = ordered[0]
    paragraphs = _alone(first) if len(ordered) == 1 else _together(ordered)
    if console is not None:
        paragraphs = [*paragraphs, f"Look at it and acknowledge it: {console}/alerts"]
    return Message(title=_title(ordered), body="\n\n".join(filter(None, paragraphs)), severity=_severity(first))


def test_message(channel: str, who: str, *, console: str | None) -> Message:
    """What the test button sends."""
    link = f"\n\nThe alerts are at {console}/alerts" if console else ""
    body = f"{who} asked whether messages through the channel {channel} arrive. This one did.{link}"
    return Message(title="[TEST] Stockbot", body=body, severity=Severity.INFO)


def _severity(matter: Matter) -> Severity | None:
    return None if matter.state is Standing.RESOLVED else matter.severity


def _title(ordered: Sequence[Matter]) -> str:
    first, more = ordered[0], len(ordered) - 1
    return f"[{_word(first)}] {first.title}" + (f" and {more} more" if more else "")


def _word(matter: Matter) -> str:
    if matter.state is Standing.RESOLVED:
        return "RESOLVED"
    return f"{matter.severity.upper()}, NOT ACKNOWLEDGED" if matter.escalated_at else matter.severity.upper()


def _alone(matter: Matter) -> list[str]:
    meaning = "It is over." if matter.state is Standing.RESOLVED else MEANINGS[matter.severity]
    return [_cut(matter.detail), meaning, _history(matter)]


def _together(ordered: Sequence[Matter]) -> list[str]:
    lines = [f"- [{_word(matter)}] {matter.title} ({_history(matter)})" for matter in ordered[:LINES]]
    rest = len(ordered) - LINES
    return ["\n".join(lines + ([f"and {rest} more"] if rest > 0 else []))]


def _history(matter: Matter) -> str:
    over = f" until {_time(matter.resolved_at)}" if matter.resolved_at else ""
    times = "once" if matter.count == 1 else f"{matter.count} times"
    flaps = f"; it came and went {matter.flaps} times shortly before" if matter.flaps >= FLAPPING else ""
    return f"{matter.service}, since {_time(matter.first_at)}{over}, reported {times}{flaps}"


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_DETAIL else f"{text[: LONGEST_DETAIL - 1]}…"
