"""What the Risk Guardian's surroundings tell it beside the shared settings."""

from decimal import Decimal

from pydantic import Field

from stockbot.events.numbers import LARGEST
from stockbot.runtime import lease
from stockbot.runtime.settings import Settings


class RiskSettings(Settings):
    """Every field is a STOCKBOT_ variable."""

    paper_opening_balance: Decimal | None = Field(
        None, gt=0, le=LARGEST, description="an amount of money above 0, such as 100000; unset: wait for a portfolio"
    )
    lease_seconds: float = Field(
        lease.SECONDS, ge=0.5, le=300, description="seconds from 0.5 to 300 that a dead process keeps its place"
    )
