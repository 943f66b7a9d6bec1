"""The limits that a document sets, as decisions read them. The service makes them out of `spec.riskGuardian.limits`."""

from decimal import Decimal

from msgspec import Struct

from stockbot.events.numbers import check_countable, check_finite
from stockbot.model.risk.trading_state import TradingState


class Group(Struct, frozen=True, kw_only=True):
    """Symbols whose positions count together, for example a sector."""

    name: str
    symbols: tuple[str, ...]


class Limits(Struct, frozen=True, kw_only=True):
    """Names, meanings and defaults are those of the document; fractions are parts of equity unless named otherwise."""

    max_order_notional: Decimal = Decimal(25000)
    max_position_notional: Decimal = Decimal(50000)
    max_position_weight: Decimal = Decimal("0.25")
    max_gross_exposure: Decimal = Decimal("1.0")
    max_net_exposure: Decimal = Decimal("1.0")
    max_group_weight: Decimal = Decimal("0.5")
    groups: tuple[Group, ...] = ()
    max_open_orders: int = 50
    max_orders_per_minute: int = 60
    max_orders_per_minute_per_strategy: int = 20
    price_band: Decimal = Decimal("0.05")
    max_share_of_average_volume: Decimal = Decimal("0.01")
    allow_short: bool = False
    max_daily_loss: Decimal = Decimal("0.02")
    on_daily_loss: TradingState = TradingState.REDUCING
    resume_at_open: bool = False
    max_drawdown: Decimal = Decimal("0.10")
    max_strategy_loss: Decimal = Decimal("0.01")
    max_consecutive_losses: int = 5
    cooldown_minutes: int = 60
    stale_after_seconds: float = 30

    def __post_init__(self) -> None:
        check_finite(stale_after_seconds=self.stale_after_seconds)
        check_countable(
            max_order_notional=self.max_order_notional,
            max_position_notional=self.max_position_notional,
            max_position_weight=self.max_position_weight,
            max_gross_exposure=self.max_gross_exposure,
            max_net_exposure=self.max_net_exposure,
            max_group_weight=self.max_group_weight,
            price_band=self.price_band,
            max_share_of_average_volume=self.max_share_of_average_volume,
            max_daily_loss=self.max_daily_loss,
            max_drawdown=self.max_drawdown,
            max_strategy_loss=self.max_strategy_loss,
        )
