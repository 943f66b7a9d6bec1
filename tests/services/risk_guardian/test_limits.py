"""The document's limits as decisions read them."""

from decimal import Decimal

from stockbot.model.risk.limits import Group, Limits
from stockbot.model.risk.trading_state import TradingState
from stockbot.risk_guardian.limits import limits_of
from stockbot.spec.risk_guardian import RiskLimits


def test_the_defaults_are_the_same() -> None:
    """A document without limits means what a decision without limits means."""
    assert limits_of(RiskLimits()) == Limits()


def test_every_field_of_the_document_arrives() -> None:
    """No limit that a person can set is left behind, and groups and responses keep their meaning."""
    assert set(RiskLimits.model_fields) == set(Limits.__struct_fields__)
    document = RiskLimits.model_validate(
        {
            "maxDailyLoss": "0.03",
            "onDailyLoss": "Halted",
            "maxOpenOrders": 7,
            "groups": [{"name": "banks", "symbols": ["JPM"]}],
        }
    )
    found = limits_of(document)
    assert (found.max_daily_loss, found.on_daily_loss) == (Decimal("0.03"), TradingState.HALTED)
    assert (found.max_open_orders, found.groups) == (7, (Group(name="banks", symbols=("JPM",)),))
