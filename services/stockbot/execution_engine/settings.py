"""What the Execution Engine's surroundings tell it beside the shared settings."""

from pydantic import Field

from stockbot.runtime import lease
from stockbot.runtime.settings import Settings


class ExecutionSettings(Settings):
    """Every field is a STOCKBOT_ variable."""

    lease_seconds: float = Field(
        lease.SECONDS, ge=0.5, le=300, description="seconds from 0.5 to 300 that a dead process keeps its place"
    )
    send_seconds: float = Field(
        15.0, gt=0, le=60, description="seconds from 0 to 60 that an order may be on its way to the broker"
    )
    reconcile_seconds: float = Field(
        30.0, ge=0.1, le=3600, description="seconds from 0.1 to 3600 between two comparisons with the broker"
    )
    risk_source: str = Field(
        "risk-guardian/0",
        min_length=1,
        max_length=128,
        description="service and shard of the Risk Guardian until its first approval names it, as risk-guardian/0",
    )
