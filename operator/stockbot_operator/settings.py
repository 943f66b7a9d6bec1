"""What the surroundings tell the operator: STOCKBOT_OPERATOR_ variables, or options of `stockbot operator`."""

import os
import socket
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from stockbot.errors import ConfigurationError

PREFIX = "STOCKBOT_OPERATOR_"


def _list(given: object) -> object:
    return tuple(one.strip() for one in given.split(",") if one.strip()) if isinstance(given, str) else given


class OperatorSettings(BaseSettings):
    """The description of a field says what would be right; it is the second half of every error about it."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, extra="ignore", frozen=True)

    default_image: str = Field(
        min_length=1, max_length=512, description="the image of services that name none, such as stockbot:0.1.0"
    )
    namespaces: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_list)] = Field(
        (), description="names of namespaces with commas between them; empty means all namespaces"
    )
    namespace: str | None = Field(None, description="the namespace of the operator's own lease; by default its own")
    kubeconfig: Path | None = Field(None, description="the path of a kubeconfig; by default the pod's own account")
    context: str | None = Field(None, description="a context of the kubeconfig")
    host: str = Field("0.0.0.0", min_length=1, description="an address to listen on")  # noqa: S104 - probes come from the node
    port: int = Field(8080, ge=0, le=65535, description="a port from 1 to 65535, or 0 for a free one")
    workers: int = Field(16, ge=1, le=64, description="how many resources are reconciled at one time, 1 to 64")
    resync_seconds: float = Field(
        300.0, ge=5, le=86400, description="seconds from 5 to 86400 between two looks at everything that is known"
    )
    request_seconds: float = Field(
        10.0, ge=0.5, le=60, description="seconds from 0.5 to 60 that one request to the API server may take"
    )
    silence_seconds: float = Field(
        120.0, ge=2, le=600, description="seconds from 2 to 600; a watch says something every minute, or it is dead"
    )
    lease_seconds: int = Field(15, ge=5, le=120, description="whole seconds from 5 to 120 that a dead leader stays one")
    service_address: str = Field(
        "http://{name}.{namespace}.svc:{port}",
        description="how a service is reached, with {name}, {namespace} and {port}",
    )
    identity: str = Field(
        default_factory=lambda: f"{socket.gethostname()}-{os.getpid()}",
        min_length=1,
        max_length=128,
        description="a name of this process, unique among the replicas",
    )
    log_format: Literal["json", "console"] = Field("json", description="json or console")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="debug, info, warning or error")

    @classmethod
    def load(cls, **options: Any) -> Self:
        """Read the environment; options that are not None win. ConfigurationError names what is wrong."""
        try:
            return cls(**{name: value for name, value in options.items() if value is not None})
        except ValidationError as error:
            fields = [str(details["loc"][0]) for details in error.errors(include_url=False)]
        problems = [f"{PREFIX}{field.upper()} must be {cls.model_fields[field].description}" for field in fields]
        raise ConfigurationError("; ".join(dict.fromkeys(problems)))
