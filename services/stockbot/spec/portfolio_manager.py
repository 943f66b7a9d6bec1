"""The block `spec.portfolioManager`: how the ledger settles and what performance is measured against."""

from decimal import Decimal

from pydantic import Field

from stockbot.spec.part import Part
from stockbot.spec.scalars import Whole
from stockbot.spec.texts import Share, Symbol


class PortfolioManager(Part):
    equity_sample_seconds: Whole = Field(
        default=60, ge=1, le=86_400, description="How often equity is added to its curve, in seconds."
    )
    settlement_days: Whole = Field(
        default=1,
        ge=0,
        le=5,
        description="Trading days until the cash of a sale is settled, for cash accounts.",
    )
    benchmark: Symbol = Field(default="SPY", description="The symbol that alpha and beta are measured against.")
    risk_free_rate: Share = Field(
        default=Decimal("0.02"), description='Yearly rate that the Sharpe ratio subtracts: "0.02" is 2 %.'
    )
