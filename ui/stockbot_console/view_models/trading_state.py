"""The trading state: its word for the header, what it is made of, and who may change it how. Pure.

Who may what is the Risk Guardian's to say, and it says it again in every change; here it decides what is offered.
"""

from datetime import tzinfo

from msgspec import Struct

from stockbot_console.answers import Failure
from stockbot_console.guardian_answers import Change, PastChange, TradingState, TradingStatus
from stockbot_console.view_models.moments import Moment, moment
from stockbot_console.view_models.questions import Question
from stockbot_console.view_models.reasons import code_text

TONES = {TradingState.ACTIVE: "good", TradingState.REDUCING: "warning", TradingState.HALTED: "bad"}
MEANINGS = {
    TradingState.ACTIVE: "Orders are decided by the limits.",
    TradingState.REDUCING: "Only orders that reduce a position pass.",
    TradingState.HALTED: "No new order passes; cancelling stays possible.",
}
VERBS = {TradingState.HALTED: "HALT", TradingState.REDUCING: "REDUCE", TradingState.ACTIVE: "RESUME"}
RANKS = ("viewer", "trader", "admin")  # the roles; each may what those before it may
BUTTON_TONES = {TradingState.HALTED: "danger", TradingState.REDUCING: "caution", TradingState.ACTIVE: "go"}


class Badge(Struct, frozen=True, kw_only=True):
    """`tone` is `good`, `warning`, `bad` or `unknown`."""

    word: str
    tone: str
    reason: str


class Source(Struct, frozen=True, kw_only=True):
    """One of those that have a say in the state."""

    title: str
    word: str
    tone: str
    note: str


class Move(Struct, frozen=True, kw_only=True):
    """A change that a person may make now: the state it chooses, the role it needs, what is asked before."""

    verb: str
    state: TradingState
    needs: str
    question: Question


class PastState(Struct, frozen=True, kw_only=True):
    key: str
    when: Moment
    word: str
    tone: str
    who: str
    why: str


def badge(status: TradingStatus | Failure) -> Badge:
    if isinstance(status, Failure):
        return Badge(word="UNKNOWN", tone="unknown", reason=f"{status.reason} {status.remedy}".strip())
    state = status.effective
    told = (MEANINGS[state], _put_aside_text(status.orders_put_aside), _told(status.change))
    return Badge(word=state.upper(), tone=TONES[state], reason=" ".join(part for part in told if part))


def sources(status: TradingStatus) -> tuple[Source, ...]:
    """What the state is made of: the strictest of these counts."""
    limits = max((one.state for one in status.tightened), key=lambda state: state.strictness, default=None)
    why = "; ".join(f"{code_text(one.limit)}{_until(one.resume_at_open)}" for one in status.tightened)
    return (
        _source("Document", status.declared, "spec.riskGuardian.tradingState", "declares nothing"),
        _source("Chosen by a person", status.chosen, "", ""),
        _source("Tightened by limits", limits, why, "nothing tightened"),
        *_put_aside(status.orders_put_aside),
    )


def _put_aside(count: int) -> tuple[Source, ...]:
    note = _put_aside_text(count)
    return (_source("Put aside", TradingState.REDUCING, note, ""),) if count else ()


def _put_aside_text(count: int) -> str:
    """What nobody can end here: it ends with the letters."""
    updates = f"{count} order update{'s are' if count != 1 else ' is'}"
    return f"{updates} put aside: see the page Dead letters." if count else ""


def moves(status: TradingStatus) -> tuple[Move, ...]:
    """Every change that would change something, the strictest first."""
    return tuple(
        Move(verb=VERBS[state], state=state, needs=_needs(status, state), question=_question(status, state))
        for state in VERBS
        if state is not status.chosen or status.tightened
    )


def offered(all_moves: tuple[Move, ...], role: str) -> tuple[Move, ...]:
    return tuple(move for move in all_moves if RANKS.index(role) >= RANKS.index(move.needs))


def withheld_text(all_moves: tuple[Move, ...], role: str) -> str:
    """Why not all changes are offered; empty where they are."""
    if role == "viewer":
        return "As viewer you see the state. Tightening it needs the role trader, loosening it the role admin."
    missing = [move.verb for move in all_moves if move not in offered(all_moves, role)]
    return f"The role admin may also {' and '.join(missing)}: that loosens the state." if missing else ""


def past_state(change: PastChange, zone: tzinfo) -> PastState:
    return PastState(
        key=f"{change.number}",
        when=moment(change.when, zone),
        word=change.effective.upper(),
        tone=TONES[change.effective],
        who=change.who,
        why=change.why,
    )


def _needs(status: TradingStatus, chosen: TradingState) -> str:
    """A trader may tighten; to loosen, or to end what a limit tightened, an admin has to come."""
    after = _after(status, chosen)
    if after is status.effective:
        loosens = bool(status.tightened) or chosen.strictness < status.chosen.strictness
    else:
        loosens = after.strictness < status.effective.strictness
    return "admin" if loosens else "trader"


def _after(status: TradingStatus, chosen: TradingState) -> TradingState:
    """The effective state once `chosen` is chosen: the document's still counts, the limits' does not."""
    return max(chosen, status.declared or chosen, key=lambda state: state.strictness)


def _question(status: TradingStatus, chosen: TradingState) -> Question:
    after, verb = _after(status, chosen), VERBS[chosen]
    return Question(
        title=f"{verb.capitalize()} trading",
        effects=(_step(status.effective, after), MEANINGS[after], *_beside(status, chosen, after)),
        button=verb,
        tone=BUTTON_TONES[chosen],
        done=f"Trading is {after}.",
        word=verb,
        example="what happened, or what you want to prevent",
    )


def _step(before: TradingState, after: TradingState) -> str:
    return f"Trading stays {after}." if before is after else f"Trading goes from {before} to {after}."


def _beside(status: TradingStatus, chosen: TradingState, after: TradingState) -> tuple[str, ...]:
    held = f"The document declares {after}, so you cannot loosen it here any further." if after is not chosen else ""
    ends = "It ends what limits have tightened, and none of them tightens again in this session."
    return tuple(effect for effect in (held, ends if status.tightened else "") if effect)


def _source(title: str, state: TradingState | None, note: str, absent: str) -> Source:
    if state is None:
        return Source(title=title, word="\N{EM DASH}", tone="unknown", note=absent)
    return Source(title=title, word=state.value, tone=TONES[state], note=note)


def _until(resume_at_open: bool) -> str:
    return ", until the next session" if resume_at_open else ", until an admin resumes"


def _told(change: Change | None) -> str:
    return "" if change is None else f"{change.who}: {change.why}"
