"""Where a secret is kept: a key of a Kubernetes Secret, or locally an environment variable."""

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, SecretStr

from stockbot.errors import ConfigurationError
from stockbot.spec.part import Part
from stockbot.spec.scalars import Shape

SecretName = Annotated[
    str,
    Shape(
        r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*",
        253,
        "the name of a Secret (lower-case letters, digits, '-' and '.'), not the secret itself",
        echo=False,
    ),
]
SecretKeyName = Annotated[
    str,
    Shape(
        r"[-._A-Za-z0-9]+",
        253,
        "a key of the Secret (letters, digits, '-', '_' and '.'), not the secret itself",
        echo=False,
    ),
]


class SecretKey(Part):
    """One key of one Secret in the namespace of the TradingService."""

    name: SecretName = Field(description="Name of the Secret, in the same namespace.")
    key: SecretKeyName = Field(description="Key within the Secret.")


class SecretSource(Part):
    """A value that is kept out of the document."""

    secret_ref: SecretKey = Field(
        description="The Secret and key that hold the value. Under `stockbot up` the value is read from the"
        " environment variable STOCKBOT_SECRET_<NAME>_<KEY>."
    )


def secret_variable(name: str, key: str) -> str:
    """Name the environment variable with this key of this Secret: STOCKBOT_SECRET_<NAME>_<KEY>."""
    return re.sub(r"[^A-Z0-9]", "_", f"STOCKBOT_SECRET_{name}_{key}".upper())


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
