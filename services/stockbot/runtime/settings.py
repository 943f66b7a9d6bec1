"""What the surroundings of a process tell it: the STOCKBOT_ variables. Every service's main reads them once.

The description of a field says what would be right; it is the second half of every error about it.
"""

import json
import os
import socket
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from stockbot.errors import ConfigurationError
from stockbot.events.streams import MOST_SHARDS
from stockbot.runtime.auth import Role
from stockbot.runtime.redaction import redact_text, redact_url

__all__ = ["Settings", "is_loopback", "redact_url"]

PREFIX = "STOCKBOT_"


def is_loopback(host: str) -> bool:
    """Tell whether only this machine reaches `host`."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _url_of(*schemes: str) -> AfterValidator:
    def check(url: SecretStr) -> SecretStr:
        parts = urlsplit(url.get_secret_value())
        if parts.scheme.partition("+")[0] not in schemes or (parts.port == 0):
            raise ValueError("wrong scheme")
        return url

    return AfterValidator(check)


def _http_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
        raise ValueError("not an http address")
    return url.rstrip("/")


def _from_json(value: object) -> object:
    return json.loads(value) if isinstance(value, str) else value


def _role(value: object) -> object:
    return None if value == "none" else Role.parse(value) if isinstance(value, str) else value


class Settings(BaseSettings):
    """The settings that all services share; a service with more of its own inherits and adds fields."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, extra="ignore", frozen=True, hide_input_in_errors=True
    )

    bus_url: Annotated[SecretStr, _url_of("redis", "rediss", "unix")] = Field(
        description="an address of the bus, such as redis://user:password@host:6379/0"
    )
    database_url: Annotated[SecretStr, _url_of("sqlite", "postgresql")] | None = Field(
        None,
        description="an address of the database: sqlite:////folder/stockbot.db or postgresql://user:password@host/name",
    )
    host: str = Field("127.0.0.1", min_length=1, description="an address to listen on, such as 127.0.0.1 or 0.0.0.0")
    port: int | None = Field(None, ge=0, le=65535, description="a port from 1 to 65535, or 0 for a free one")
    shard: int = Field(0, ge=0, le=1023, description="a whole number from 0 to 1023")
    gateway_shards: int = Field(
        MOST_SHARDS,  # where nobody says how many there are, no symbol's prices may be missed
        ge=1,
        le=MOST_SHARDS,
        description=f"the replicas of the MarketDataGateway, a whole number from 1 to {MOST_SHARDS}",
    )
    tokens_file: Path | None = Field(None, description="the path of a JSON file: a list of {name, role, sha256}")
    token: SecretStr | None = Field(None, description="the bearer token that this process shows to others")
    endpoints: Annotated[
        dict[str, Annotated[str, AfterValidator(_http_url)]], NoDecode, BeforeValidator(_from_json)
    ] = Field(
        default_factory=dict,
        description='a JSON object of type to address, such as {"RiskGuardian": "http://127.0.0.1:3002"}',
    )
    log_format: Literal["json", "console"] = Field("json", description="json or console")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="debug, info, warning or error")
    account: str = Field(
        "paper", min_length=1, max_length=64, description="the name of the account that the platform trades, as paper"
    )
    environment: str = Field("local", min_length=1, max_length=64, description="a label of 1 to 64 characters")
    anonymous_role: Annotated[Literal[Role.VIEWER] | None, BeforeValidator(_role)] = Field(
        None, description="none or viewer"
    )
    data_dir: Path = Field(Path("data"), description="the path of a folder that this process may write")
    drain_seconds: int = Field(
        0, ge=0, le=3600, description="how long a stop may finish what is in flight, 0 to 3600 seconds"
    )
    instance: str = Field(
        default_factory=lambda: f"{socket.gethostname()}-{os.getpid()}",
        min_length=1,
        max_length=128,
        description="a name of 1 to 128 characters, unique to this process",
    )

    @model_validator(mode="after")
    def _anonymous_on_loopback_only(self) -> Self:
        if self.anonymous_role is not None and not is_loopback(self.host):
            message = f"{PREFIX}ANONYMOUS_ROLE is 'viewer' while {PREFIX}HOST is {self.host!r}: "
            raise ValueError(message + "set it to none, or listen on 127.0.0.1 only")
        return self

    @classmethod
    def load(cls) -> Self:
        """Read the environment; ConfigurationError names each wrong variable, its value, what is right."""
        try:
            return cls()
        except ValidationError as error:
            problems = [_problem(details, cls) for details in error.errors(include_url=False)]
        raise ConfigurationError("; ".join(dict.fromkeys(problems)))

    def source(self, service: str) -> str:
        """Name this process in events and logs: service and shard, such as market-data-gateway/0."""
        return f"{service}/{self.shard}"

    def require_database_url(self) -> str:
        """Return the database's URL with its password, for the driver alone; ConfigurationError if unset."""
        if self.database_url is None:
            raise ConfigurationError(_missing("database_url", Settings))
        return self.database_url.get_secret_value()


def _problem(details: ErrorDetails, kind: type[Settings]) -> str:
    if not details["loc"]:
        return details["msg"].removeprefix("Value error, ")
    field = str(details["loc"][0])
    if details["type"] == "missing":
        return _missing(field, kind)
    variable, model_field = f"{PREFIX}{field.upper()}", kind.model_fields[field]
    return f"{variable} is {_shown(variable, model_field)}, but must be {model_field.description}"


def _missing(field: str, kind: type[Settings]) -> str:
    return f"{PREFIX}{field.upper()} is missing: set it to {kind.model_fields[field].description}"


def _shown(variable: str, field: FieldInfo) -> str:
    """Quote the value as it was written, but nothing of a secret: even a part of it may be the password."""
    if "SecretStr" in repr(field.annotation):
        return "wrong (it is not shown, as it may hold a password)"
    return repr(redact_text(os.environ.get(variable, "")))
