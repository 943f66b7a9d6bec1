"""The limits of the document and those that decide are the same."""

from decimal import Decimal

import msgspec
import pytest

from stockbot.model.risk.checks import CHECKS
from stockbot.model.risk.limits import Group, Limits
from stockbot.model.risk.trading_state import TradingState
from stockbot.spec.risk_guardian import LossResponse, RiskLimits, SymbolGroup


def test_limits_are_those_of_the_document() -> None:
    """Names and defaults agree, and a document's limits convert without loss."""
    assert msgspec.convert(RiskLimits().model_dump(mode="json"), Limits) == Limits()
    assert {field.name for field in msgspec.structs.fields(Limits)} == set(RiskLimits.model_fields)
    written = RiskLimits.model_validate(
        {"maxDailyLoss": "0.015", "onDailyLoss": "Halted", "groups": [{"name": "cars", "symbols": ["F", "GM"]}]}
    )
    assert written.groups == (SymbolGroup(name="cars", symbols=("F", "GM")),)
    assert written.on_daily_loss is LossResponse.HALTED
    converted = msgspec.convert(written.model_dump(mode="json"), Limits)
    assert converted.max_daily_loss == Decimal("0.015")
    assert converted.on_daily_loss is TradingState.HALTED
    assert converted.groups == (Group(name="cars", symbols=("F", "GM")),)


def test_checks_name_limits_that_exist() -> None:
    """Every limit that the table names is a field, and every limit of the account is kept by a check."""
    fields = {field.name for field in msgspec.structs.fields(Limits)}
    named = {check.limit for check in CHECKS if check.limit is not None}
    assert named <= fields
    assert fields - named == {"groups", "on_daily_loss", "resume_at_open", "cooldown_minutes"}


def test_a_limit_is_a_number() -> None:
    """A limit that is NaN is refused: nothing would be above it."""
    with pytest.raises(ValueError, match="max_order_notional must be a finite"):
        Limits(max_order_notional=Decimal("NaN"))
    with pytest.raises(ValueError, match="stale_after_seconds must be a finite"):
        Limits(stale_after_seconds=float("nan"))
