"""From the document's limits to those that decisions read. Used by the composition root; the names are the same."""

from stockbot.model.risk.limits import Group, Limits
from stockbot.model.risk.trading_state import TradingState
from stockbot.spec.risk_guardian import RiskLimits

OTHERWISE = frozenset({"groups", "on_daily_loss", "stale_after_seconds"})


def limits_of(document: RiskLimits) -> Limits:
    """The limits of `spec.riskGuardian.limits`."""
    same = {name: getattr(document, name) for name in Limits.__struct_fields__ if name not in OTHERWISE}
    return Limits(
        groups=tuple(Group(name=group.name, symbols=tuple(group.symbols)) for group in document.groups),
        on_daily_loss=TradingState(document.on_daily_loss.value),
        stale_after_seconds=float(document.stale_after_seconds),
        **same,
    )
