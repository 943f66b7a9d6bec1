"""What the Risk Guardian's surroundings tell it beside the shared settings."""

from typing import Literal

from pydantic import Field

from stockbot.runtime import lease
from stockbot.runtime.settings import Settings


class RiskSettings(Settings):
    """Every field is a STOCKBOT_ variable."""

    lease_seconds: float = Field(
        lease.SECONDS, ge=0.5, le=300, description="seconds from 0.5 to 300 that a dead process keeps its place"
    )
    declared_by: Literal["document", "operator"] = Field(
        "document",
        description="document, which is then taken over at every start, or operator, which tells later ones over HTTP",
    )
