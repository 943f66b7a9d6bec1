"""What the Portfolio Manager's surroundings tell it beside the shared settings."""

from pydantic import Field

from stockbot.runtime import lease
from stockbot.runtime.settings import Settings


class PortfolioSettings(Settings):
    """Every field is a STOCKBOT_ variable."""

    exchange: str = Field(
        "XNYS",
        min_length=1,
        max_length=16,
        description="the code of the exchange whose sessions count as days, as XNYS",
    )
    stale_seconds: float = Field(
        30.0, ge=1, le=86_400, description="seconds from 1 to 86400 after which a price counts as stale"
    )
    lease_seconds: float = Field(
        lease.SECONDS, ge=0.5, le=300, description="seconds from 0.5 to 300 that a dead process keeps its place"
    )
