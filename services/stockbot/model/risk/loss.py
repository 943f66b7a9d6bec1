"""How much was lost, and how much may be: one arithmetic for the checks of an order and for the timer."""

from decimal import Decimal

from msgspec import Struct

from stockbot.model.risk.inputs import Losses
from stockbot.model.risk.limits import Limits
from stockbot.model.risk.session_day import peak_equity, start_equity


class Loss(Struct, frozen=True, kw_only=True):
    """The amount lost (below zero: won), the most that may be, and the equity that it is a part of; None: unknown."""

    amount: Decimal | None = None
    limit: Decimal | None = None
    base: Decimal | None = None

    @property
    def is_known(self) -> bool:
        return self.amount is not None and self.limit is not None

    @property
    def is_too_large(self) -> bool:
        return self.amount is not None and self.limit is not None and self.amount > self.limit


def of_day(losses: Losses, equity: Decimal | None, limits: Limits) -> Loss:
    """Since the session's start, open positions included, deposits excluded."""
    if losses.day is None or losses.net_deposits is None:
        return Loss()
    return _lost(start_equity(losses.day, losses.net_deposits), equity, limits.max_daily_loss)


def from_peak(losses: Losses, equity: Decimal | None, limits: Limits) -> Loss:
    """Since the highest equity so far, deposits excluded."""
    if losses.peak is None or losses.net_deposits is None:
        return Loss()
    return _lost(peak_equity(losses.peak, losses.net_deposits), equity, limits.max_drawdown)


def of_strategy(losses: Losses, limits: Limits) -> Loss:
    """One strategy's since the session's start, as a part of what the account started with."""
    if losses.day is None or losses.net_deposits is None:
        return Loss(amount=losses.strategy_loss)
    base = start_equity(losses.day, losses.net_deposits)
    return Loss(amount=losses.strategy_loss, limit=_part(base, limits.max_strategy_loss), base=base)


def _lost(base: Decimal, equity: Decimal | None, part: Decimal) -> Loss:
    return Loss(amount=None if equity is None else base - equity, limit=_part(base, part), base=base)


def _part(base: Decimal, part: Decimal) -> Decimal | None:
    return base * part if base > 0 else None
