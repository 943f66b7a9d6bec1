"""What the orchestrator's surroundings tell it beside the shared settings."""

from pathlib import Path

from pydantic import Field

from stockbot.runtime.settings import Settings


class OrchestratorSettings(Settings):
    """Every field is a STOCKBOT_ variable."""

    strategies_folder: Path | None = Field(
        None, description="the path of a folder with Python files: strategies of your own"
    )
    strategy_seconds: float = Field(
        5.0, gt=0, le=60, description="seconds up to 60 that a strategy may take for one bar or quote"
    )
