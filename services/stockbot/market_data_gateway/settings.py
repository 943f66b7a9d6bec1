"""What the gateway's surroundings tell it beside the shared settings: the providers' keys."""

from collections.abc import Mapping

from pydantic import SecretStr

from stockbot.errors import ConfigurationError
from stockbot.runtime.settings import Settings
from stockbot.spec import secret_variable
from stockbot.spec.secret_references import SecretSource

__all__ = ["Settings", "secret_of"]


def secret_of(source: SecretSource, environment: Mapping[str, str]) -> SecretStr:
    """The value behind a reference of the document; ConfigurationError names the variable that must hold it."""
    variable = secret_variable(source.secret_ref.name, source.secret_ref.key)
    value = environment.get(variable, "")
    if not value:
        raise ConfigurationError(
            f"the document refers to the Secret {source.secret_ref.name}, key {source.secret_ref.key}: "
            f"set the environment variable {variable} to its value"
        )
    return SecretStr(value)
