"""What the Alert Manager's surroundings tell it beside the shared settings: its pace."""

from pydantic import Field

from stockbot.runtime import lease
from stockbot.runtime.settings import Settings


class AlertSettings(Settings):
    """Every field is a STOCKBOT_ variable."""

    lease_seconds: float = Field(
        lease.SECONDS, ge=0.5, le=300, description="seconds from 0.5 to 300 that a dead process keeps its place"
    )
    watch_seconds: float = Field(
        5.0, ge=0.1, le=60, description="seconds from 0.1 to 60 between two looks at every service"
    )
    backbone_seconds: float = Field(
        10.0, ge=0.5, le=300, description="seconds from 0.5 to 300 that bus or database may be away unreported"
    )
    retry_seconds: float = Field(
        5.0, ge=0.1, le=600, description="seconds from 0.1 to 600 until a channel that failed is tried again"
    )
