"""Active, Reducing or Halted, and who said so when and why. Used by the Risk Guardian's row and by its decisions.

The effective state is the strictest of three: what the document declares, what a person chose at run time, and what
loss limits tightened. Each stays beside the others, so that the end of one never loosens another.
"""

from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from stockbot.errors import ConfigurationError
from stockbot.events.envelope import Name, Text, Time


class TradingState(StrEnum):
    """Reducing lets reductions pass and nothing else; Halted lets nothing pass."""

    ACTIVE = "Active"
    REDUCING = "Reducing"
    HALTED = "Halted"


_STRICTNESS = {state: rank for rank, state in enumerate(TradingState)}


class Change(Struct, frozen=True, kw_only=True):
    """Who changed the trading state, when and why."""

    who: Name
    when: Time
    why: Text


class Tightening(Struct, frozen=True, kw_only=True):
    """What one loss limit made of the trading state, in the session of the exchange's `session` date."""

    limit: Name  # the check's code
    state: TradingState
    session: Name
    resume_at_open: bool
    change: Change


class TradingStatus(Struct, frozen=True, kw_only=True):
    """The one row of the trading state. `change` is the latest one; `waived` the session a person answers for."""

    declared: TradingState | None = None
    chosen: TradingState = TradingState.ACTIVE
    tightened: tuple[Tightening, ...] = ()
    waived: str | None = None
    change: Change | None = None

    @property
    def effective(self) -> TradingState:
        stated = [self.chosen, *(one.state for one in self.tightened)]
        return strictest(stated if self.declared is None else [self.declared, *stated])

    def effective_with(self, orders_put_aside: int) -> TradingState:
        """The state that counts while so many order updates could not be read: with any, at least Reducing."""
        return strictest([self.effective, TradingState.REDUCING]) if orders_put_aside else self.effective


def strictest(states: Iterable[TradingState]) -> TradingState:
    return max(states, key=_STRICTNESS.__getitem__)


def declare(status: TradingStatus, declared: TradingState | None, change: Change) -> TradingStatus:
    """Take over what the document says; nothing changes where it says the same as before."""
    return status if declared is status.declared else replace(status, declared=declared, change=change)


def choose(status: TradingStatus, chosen: TradingState, change: Change, *, session: str | None) -> TradingStatus:
    """Set what a person wants. It ends every tightening, and no limit tightens again in this session.

    `session` is the running or last session's date, None if unknown. Raises ConfigurationError without a reason.
    """
    if not change.why.strip():
        raise ConfigurationError("a change of the trading state needs a reason: say why in a few words")
    waived = session if status.tightened else status.waived
    return replace(status, chosen=chosen, tightened=(), waived=waived, change=change)


def tighten(status: TradingStatus, tightening: Tightening) -> TradingStatus:
    """Let a loss limit speak; what it said before stays, unless it now says something stricter."""
    before = [one for one in status.tightened if one.limit == tightening.limit]
    if before and strictest([before[0].state, tightening.state]) is before[0].state:
        return status
    others = tuple(one for one in status.tightened if one.limit != tightening.limit)
    return replace(status, tightened=(*others, tightening), change=tightening.change)


def end(status: TradingStatus, limit: str, change: Change) -> TradingStatus:
    """End what `limit` has tightened, because its cause is gone and a person has seen to that."""
    kept = tuple(one for one in status.tightened if one.limit != limit)
    return status if kept == status.tightened else replace(status, tightened=kept, change=change)


def reopen(status: TradingStatus, change: Change, *, session: str | None) -> TradingStatus:
    """End at a new session what was tightened in an earlier one, where its limit says `resumeAtOpen`."""
    kept = tuple(one for one in status.tightened if not _has_ended(one, session))
    return status if kept == status.tightened else replace(status, tightened=kept, change=change)


def _has_ended(tightening: Tightening, session: str | None) -> bool:
    return tightening.resume_at_open and session is not None and session > tightening.session
