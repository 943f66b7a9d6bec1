"""The block `spec.riskGuardian`: what may be traded at most. Every limit has a safe default."""

from collections.abc import Iterator
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from stockbot.spec.part import Complaint, Part, unique
from stockbot.spec.scalars import Number, Switch, Whole
from stockbot.spec.server_rules import BY_NAME, SET
from stockbot.spec.texts import DnsLabel, Fraction, Multiple, Positive, Symbol


class TradingState(StrEnum):
    ACTIVE = "Active"
    REDUCING = "Reducing"
    HALTED = "Halted"


class LossResponse(StrEnum):
    REDUCING = "Reducing"
    HALTED = "Halted"


class SymbolGroup(Part):
    """Symbols whose positions count together, for example a sector."""

    name: DnsLabel = Field(description="The name of the group.")
    symbols: Annotated[tuple[Symbol, ...], Field(min_length=1, max_length=1000), SET] = Field(
        description="The symbols in the group; a symbol may be in several."
    )

    def complaints(self) -> Iterator[Complaint]:
        yield from unique("symbols", self.symbols)


class RiskLimits(Part):
    """Each limit judges the account after the trade, working orders included. A reduction passes them all."""

    max_order_notional: Positive = Field(
        default=Decimal(25000), description="Largest value of one order, in the account's currency."
    )
    max_position_notional: Positive = Field(
        default=Decimal(50000), description="Largest value of one position, in the account's currency."
    )
    max_position_weight: Fraction = Field(
        default=Decimal("0.25"), description='Largest part of equity in one position: "0.25" is a quarter.'
    )
    max_gross_exposure: Multiple = Field(
        default=Decimal("1.0"),
        description="Largest sum of all positions, long and short, in multiples of equity.",
    )
    max_net_exposure: Multiple = Field(
        default=Decimal("1.0"),
        description="Largest difference of long and short positions, in multiples of equity.",
    )
    max_group_weight: Fraction = Field(
        default=Decimal("0.5"), description="Largest part of equity in the positions of one group."
    )
    groups: Annotated[tuple[SymbolGroup, ...], Field(max_length=64), BY_NAME] = Field(
        default=(), description="The groups that maxGroupWeight applies to."
    )
    max_open_orders: Whole = Field(default=50, ge=1, le=10_000, description="Most orders working at one time.")
    max_orders_per_minute: Whole = Field(
        default=60, ge=1, le=100_000, description="Most orders a minute for the account."
    )
    max_orders_per_minute_per_strategy: Whole = Field(
        default=20, ge=1, le=100_000, description="Most orders a minute for one strategy."
    )
    price_band: Fraction = Field(
        default=Decimal("0.05"),
        description="Farthest an order's price may be from the last one, as a part of it.",
    )
    max_share_of_average_volume: Fraction = Field(
        default=Decimal("0.01"), description="Largest order as a part of the symbol's average daily volume."
    )
    allow_short: Switch = Field(default=False, description="Whether positions may be below zero.")
    max_daily_loss: Fraction = Field(
        default=Decimal("0.02"),
        description="Largest loss since the session's start, open positions included, as a part of equity.",
    )
    on_daily_loss: LossResponse = Field(
        default=LossResponse.REDUCING, description="What maxDailyLoss turns the trading state to."
    )
    resume_at_open: Switch = Field(
        default=False,
        description="Whether what maxDailyLoss tightened ends at the next session; otherwise a person does.",
    )
    max_drawdown: Fraction = Field(
        default=Decimal("0.10"), description="Largest fall of equity from its peak, as a part of the peak."
    )
    max_strategy_loss: Fraction = Field(
        default=Decimal("0.01"),
        description="Largest loss of one strategy since the session's start, as a part of equity.",
    )
    max_consecutive_losses: Whole = Field(
        default=5, ge=1, le=1000, description="Losing trades in a row after which a strategy has to wait."
    )
    cooldown_minutes: Whole = Field(
        default=60,
        ge=0,
        le=10_080,
        description="How long a strategy waits after maxConsecutiveLosses, in minutes.",
    )
    stale_after_seconds: Number = Field(
        default=30, ge=1, le=3600, description="Oldest quote that an order may be judged by, in seconds."
    )

    def complaints(self) -> Iterator[Complaint]:
        yield from unique("groups", [group.name for group in self.groups], key="name")


class RiskGuardian(Part):
    trading_state: TradingState | None = Field(
        default=None,
        description="Active, Reducing (only orders that reduce a position) or Halted (no new orders). The"
        " stricter of this and the state set at run time counts; absent: only the latter.",
    )
    limits: RiskLimits = Field(default=RiskLimits(), description="The limits; each one left out has a safe default.")
