"""Every risk check in one table: its code, what it may block, the limit it keeps, and the function that judges.

The table decides, in `stockbot.model.risk.decide`, and it is what docs/risk.md is generated from.
"""

import inspect
from collections.abc import Callable
from enum import StrEnum

from msgspec import Struct

from stockbot.model.risk.checks import activity, eligibility, exposure, loss, price, size, state
from stockbot.model.risk.checks.finding import Finding
from stockbot.model.risk.proposal import Proposal


class Kind(StrEnum):
    """A limit blocks what adds risk, and lets every reduction pass; validity applies to all orders."""

    LIMIT = "limit"
    VALIDITY = "validity"


class Check(Struct, frozen=True):
    """`code` is `CATEGORY_CONDITION`; `limit` names the field of Limits that it keeps, if it keeps one."""

    code: str
    kind: Kind
    judge: Callable[[Proposal], Finding]
    limit: str | None = None

    @property
    def sentence(self) -> str:
        """What is so where the check passes."""
        return inspect.getdoc(self.judge) or ""


_V, _L = Kind.VALIDITY, Kind.LIMIT

CHECKS = (
    Check("TRADING_HALTED", _V, state.not_halted),
    Check("TRADING_REDUCING", _L, state.not_reducing),
    Check("ACCOUNT_UNKNOWN", _L, state.account_known),
    Check("MARKET_DATA_SILENT", _L, state.market_data_alive, "stale_after_seconds"),
    Check("SERVICE_SILENT", _L, state.services_alive),
    Check("SIGNAL_EXPIRED", _V, eligibility.signal_unexpired),
    Check("SIGNAL_DUPLICATE", _V, eligibility.signal_undecided),
    Check("INSTRUMENT_NOT_FOUND", _V, eligibility.instrument_known),
    Check("SESSION_CLOSED", _V, eligibility.session_open),
    Check("QUANTITY_BELOW_MINIMUM", _V, eligibility.quantity_minimum),
    Check("QUANTITY_EXCEEDS_MAXIMUM", _V, eligibility.quantity_maximum),
    Check("QUANTITY_EXCEEDS_CLOSABLE", _V, eligibility.exit_closable),
    Check("NOTIONAL_BELOW_MINIMUM", _V, eligibility.notional_minimum),
    Check("PRICE_BELOW_TICK", _V, eligibility.price_tick),
    Check("TERMS_INCOMPLETE", _V, eligibility.terms_complete),
    Check("BRACKET_MISPLACED", _V, eligibility.bracket_around_price),
    Check("ORDER_NOT_REPLACEABLE", _V, eligibility.order_replaceable),
    Check("PRICE_MISSING", _L, price.price_present),
    Check("PRICE_MARKED_STALE", _L, price.price_unmarked),
    Check("PRICE_STALE", _L, price.price_made_lately, "stale_after_seconds"),
    Check("PRICE_NOT_RECEIVED", _L, price.price_received_lately, "stale_after_seconds"),
    Check("PRICE_OLDER_THAN_SIGNAL", _L, price.price_not_older_than_signal),
    Check("PRICE_OUTSIDE_BAND", _L, price.price_in_band, "price_band"),
    Check("NOTIONAL_EXCEEDS_MAX_PER_ORDER", _L, size.order_notional, "max_order_notional"),
    Check("NOTIONAL_EXCEEDS_FREE_CASH", _L, size.buying_power),
    Check("QUANTITY_EXCEEDS_SHARE_OF_VOLUME", _L, size.share_of_volume, "max_share_of_average_volume"),
    Check("POSITION_EXCEEDS_MAX_NOTIONAL", _L, exposure.position_notional, "max_position_notional"),
    Check("POSITION_EXCEEDS_MAX_WEIGHT", _L, exposure.position_weight, "max_position_weight"),
    Check("EXPOSURE_EXCEEDS_MAX_GROSS", _L, exposure.gross_exposure, "max_gross_exposure"),
    Check("EXPOSURE_EXCEEDS_MAX_NET", _L, exposure.net_exposure, "max_net_exposure"),
    Check("GROUP_EXCEEDS_MAX_WEIGHT", _L, exposure.group_weight, "max_group_weight"),
    Check("SHORT_NOT_ALLOWED", _L, exposure.short_allowed, "allow_short"),
    Check("ORDERS_EXCEED_MAX_OPEN", _L, activity.open_orders, "max_open_orders"),
    Check("RATE_EXCEEDS_ACCOUNT_LIMIT", _L, activity.account_rate, "max_orders_per_minute"),
    Check("RATE_EXCEEDS_STRATEGY_LIMIT", _L, activity.strategy_rate, "max_orders_per_minute_per_strategy"),
    Check("LOSS_EXCEEDS_DAILY_LIMIT", _L, loss.daily_loss, "max_daily_loss"),
    Check("LOSS_EXCEEDS_DRAWDOWN_LIMIT", _L, loss.drawdown, "max_drawdown"),
    Check("LOSS_EXCEEDS_STRATEGY_LIMIT", _L, loss.strategy_loss, "max_strategy_loss"),
    Check("LOSSES_IN_A_ROW", _L, loss.cooldown, "max_consecutive_losses"),
)

__all__ = ["CHECKS", "Check", "Finding", "Kind"]
