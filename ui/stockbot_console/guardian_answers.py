"""What the Risk Guardian's API answers, decoded at this edge. Used by client, state and the view models."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from msgspec import Struct

from stockbot.events.market import Quote
from stockbot.events.trading import Reason, Side, Signal


class TradingState(StrEnum):
    """Reducing lets reductions pass and nothing else; Halted lets nothing pass."""

    ACTIVE = "Active"
    REDUCING = "Reducing"
    HALTED = "Halted"

    @property
    def strictness(self) -> int:
        return list(TradingState).index(self)


class Change(Struct, frozen=True, kw_only=True):
    """Who changed the trading state, when (UTC) and why."""

    who: str
    when: datetime
    why: str


class Tightening(Struct, frozen=True, kw_only=True):
    """What one loss limit made of the trading state; `resume_at_open`: it ends with the next session."""

    limit: str
    state: TradingState
    resume_at_open: bool
    change: Change


class TradingStatus(Struct, frozen=True, kw_only=True):
    """`effective` counts: the strictest of what the document declares, a person chose, and limits tightened.

    While order updates are put aside it is Reducing at least.
    """

    effective: TradingState
    declared: TradingState | None
    chosen: TradingState
    tightened: tuple[Tightening, ...]
    change: Change | None
    orders_put_aside: int = 0


class PastChange(Change, frozen=True, kw_only=True):
    """A line of the history: the effective state since then."""

    number: int
    effective: TradingState


class LimitUse(Struct, frozen=True, kw_only=True):
    """One limit of one account; `setting` is the document's value.

    `used` and `allowed` are in one unit; None where each order alone is judged, or where a price is missing to tell.
    `subject` is the symbol, group or strategy that uses most of it.
    """

    account: str
    limit: str
    setting: str
    subject: str | None = None
    used: Decimal | None = None
    allowed: Decimal | None = None


class Exposure(Struct, frozen=True, kw_only=True):
    """One account, in its currency; None where a portfolio or a price is missing to tell."""

    account: str
    cash: Decimal | None
    free_cash: Decimal | None
    held: Decimal | None
    equity: Decimal | None
    gross: Decimal | None
    net: Decimal | None


class Verdict(Struct, frozen=True, kw_only=True):
    """What risk decided about a signal: with the quantity in shares, or with every reason that spoke against it."""

    signal_id: str
    correlationid: str
    outcome: Literal["approved", "denied"]
    strategy: str
    symbol: str
    decided_at: datetime
    side: Side | None = None
    quantity: Decimal | None = None
    reasons: tuple[Reason, ...] = ()
    decision_id: str = ""  # empty where only the bus has told of it
    held: Decimal | None = None
    expires_at: datetime | None = None


class Judgement(Struct, frozen=True, kw_only=True):
    """One check of an order with its numbers; `excused`: a reduction, which no limit blocks."""

    code: str
    kind: Literal["limit", "validity"]
    passed: bool
    excused: bool
    detail: str
    sentence: str


class CheckAnswer(Struct, frozen=True, kw_only=True):
    """Whether an order would be approved now, and every check."""

    approved: bool
    reduction: bool
    side: Side
    quantity: Decimal
    held: Decimal | None
    checks: tuple[Judgement, ...]


class Figures(Struct, frozen=True, kw_only=True):
    """What a decision was made from, as far as a person asks: signal, trading state, and the price in use."""

    signal: Signal | None = None
    trading_state: str = ""
    quote: Quote | None = None


class DecisionDetail(Struct, frozen=True, kw_only=True):
    """`checks` is empty where the guardian keeps only the inputs."""

    decision: Verdict
    inputs: Figures = Figures()
    checks: tuple[Judgement, ...] = ()
