"""The API's own shapes: what is asked in a body, and answers that are not structs of a decision already."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

import msgspec
from msgspec import Struct
from pydantic import BaseModel, ConfigDict, Field

from stockbot.events.trading import Intent, OrderTerms, OrderType, Side, Signal, TimeInForce
from stockbot.model.risk.decide import Judgement
from stockbot.model.risk.trading_state import Change, Tightening, TradingState, TradingStatus
from stockbot.risk_guardian.decision_rows import DecisionItem
from stockbot.runtime.web.paging import PRINTABLE

Name = Annotated[str, Field(min_length=1, max_length=128)]
Amount = Annotated[Decimal | None, Field(description='A decimal as text, such as "10.5".')]


class StateRequest(BaseModel):
    """A change of the trading state, and why."""

    model_config = ConfigDict(extra="forbid")

    state: TradingState
    reason: str = Field(
        min_length=1, max_length=1000, pattern=PRINTABLE, description="Why, in a few words; it is kept for good."
    )


class DeclaredRequest(BaseModel):
    """What the document declares now; null: only the state set at run time counts."""

    model_config = ConfigDict(extra="forbid")

    state: TradingState | None


class CheckRequest(BaseModel):
    """The order that is asked about; the reference price is the last one unless it is given."""

    model_config = ConfigDict(extra="forbid")

    account: Name = "paper"
    strategy: Name = "manual"
    symbol: str = Field(min_length=1, max_length=32)
    intent: Intent = Intent.ENTER
    side: Side | None = None
    quantity: Amount = None
    target: Amount = None
    order: Name | None = Field(None, description="The working order that a replace is about.")
    order_type: OrderType = OrderType.MARKET
    time_in_force: TimeInForce = TimeInForce.DAY
    limit_price: Amount = None
    stop_price: Amount = None
    trail: Amount = None
    extended_hours: bool = False
    stop_loss: Amount = None
    take_profit: Amount = None
    reference_price: Amount = None


class CheckAnswer(Struct, frozen=True, kw_only=True):
    """Whether it would be approved, and every check with its numbers."""

    approved: bool
    reduction: bool
    side: Side
    quantity: Decimal
    held: Decimal | None
    checks: tuple[Judgement, ...]


class StateAnswer(Struct, frozen=True, kw_only=True):
    """`effective` counts: the strictest of what is declared, chosen, and tightened by limits.

    While order updates are put aside it is at least Reducing: what the account holds is not certain then.
    """

    effective: TradingState
    declared: TradingState | None
    chosen: TradingState
    tightened: tuple[Tightening, ...]
    waived: str | None
    change: Change | None
    orders_put_aside: int


class DecisionAnswer(Struct, frozen=True, kw_only=True):
    """A decision with the inputs that it was made from, as they are stored; null once they are no longer kept."""

    decision: DecisionItem
    inputs: msgspec.Raw


def state_answer(status: TradingStatus, put_aside: int) -> StateAnswer:
    return StateAnswer(
        effective=status.effective_with(put_aside),
        declared=status.declared,
        chosen=status.chosen,
        tightened=status.tightened,
        waived=status.waived,
        change=status.change,
        orders_put_aside=put_aside,
    )


def signal_of(asked: CheckRequest, price: Decimal, at: datetime, until: datetime) -> Signal:
    """The signal that is asked about, made from a price of `at`.

    ValueError says what is missing or not a number, or that nobody decides about a cancel.
    """
    if asked.intent is Intent.CANCEL:
        raise ValueError("intent cancel is never judged: a cancel always passes")
    return Signal(
        strategy=asked.strategy,
        strategy_version="what-if",
        account=asked.account,
        symbol=asked.symbol,
        intent=asked.intent,
        side=asked.side,
        quantity=asked.quantity,
        target=asked.target,
        order=asked.order,
        terms=OrderTerms(
            order_type=asked.order_type,
            time_in_force=asked.time_in_force,
            limit_price=asked.limit_price,
            stop_price=asked.stop_price,
            trail=asked.trail,
            extended_hours=asked.extended_hours,
            stop_loss=asked.stop_loss,
            take_profit=asked.take_profit,
        ),
        reference_price=price,
        reference_time=at,
        valid_until=until,
        reason="what if",
    )
