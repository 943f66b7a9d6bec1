"""What the Alert Manager's surroundings tell it beside the shared settings: its pace, and the channels' addresses."""

from collections.abc import Mapping

from pydantic import Field, SecretStr

from stockbot.errors import ConfigurationError
from stockbot.runtime import lease
from stockbot.runtime.settings import Settings
from stockbot.spec import secret_variable
from stockbot.spec.secret_references import SecretSource

__all__ = ["AlertSettings", "secret_of"]


class AlertSettings(Settings):
    """Every field is a STOCKBOT_ variable."""

    lease_seconds: float = Field(
        lease.SECONDS, ge=0.5, le=300, description="seconds from 0.5 to 300 that a dead process keeps its place"
    )
    watch_seconds: float = Field(
        5.0, ge=0.1, le=60, description="seconds from 0.1 to 60 between two looks at every service"
    )
    retry_seconds: float = Field(
        5.0, ge=0.1, le=600, description="seconds from 0.1 to 600 until a channel that failed is tried again"
    )


def secret_of(source: SecretSource, environment: Mapping[str, str]) -> SecretStr:
    """The value behind a reference of the document; ConfigurationError names the variable that must hold it."""
    variable = secret_variable(source.secret_ref.name, source.secret_ref.key)
    value = environment.get(variable, "").strip()
    if not value:
        raise ConfigurationError(
            f"the document refers to the Secret {source.secret_ref.name}, key {source.secret_ref.key}: "
            f"set the environment variable {variable} to its value"
        )
    return SecretStr(value)
