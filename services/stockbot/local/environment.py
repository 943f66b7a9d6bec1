"""The environment of a service's process, as the operator gives it on a cluster: a pure function.

Used by `stockbot up`.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from stockbot.events.streams import MOST_SHARDS
from stockbot.local.credentials import PINNED
from stockbot.local.ports import LOOPBACK
from stockbot.local.units import Unit
from stockbot.spec import ServiceType, secret_variable
from stockbot.spec.execution_engine import Broker
from stockbot.spec.pods import EnvironmentVariable


@dataclass(frozen=True)
class Surroundings:
    """What all processes of one platform share."""

    bus_url: SecretStr
    database_url: SecretStr
    data_dir: Path
    tokens_file: Path
    endpoints: Mapping[str, str]
    account: str = "paper"
    gateway_shards: int = MOST_SHARDS


def account_of(platform: Iterable[Unit]) -> str:
    """Name the account that the platform trades: that of the ExecutionEngine's broker, by default the paper one."""
    blocks = (unit.document.spec.execution_engine for unit in platform)
    return next((block.broker.account for block in blocks if block is not None), Broker().account)


def gateway_shards_of(platform: Iterable[Unit]) -> int:
    """Count the streams of market data: whoever misses one knows no price of its symbols.

    Without a gateway in the documents it runs elsewhere, and all there may be are read.
    """
    gateways = [unit.document for unit in platform if unit.type is ServiceType.MARKET_DATA_GATEWAY]
    return max((document.spec.replicas for document in gateways), default=MOST_SHARDS)


def environment_of(
    unit: Unit, surroundings: Surroundings, *, token: SecretStr, inherited: Mapping[str, str]
) -> dict[str, str]:
    """Return all variables of the unit's process.

    What `stockbot up` inherited comes first, less the person's own token; then the document's `env`; our own
    last, so that neither can redirect a process to another bus or database.
    """
    passed_on = {name: value for name, value in inherited.items() if name != PINNED}
    return passed_on | _declared(unit.document.spec.env, inherited) | _own(unit, surroundings, token)


def _declared(variables: Iterable[EnvironmentVariable], secrets: Mapping[str, str]) -> dict[str, str]:
    """Return the document's `env`; a secret that is not here stays unset, and the service says so."""
    values = {variable.name: _value(variable, secrets) for variable in variables}
    return {name: value for name, value in values.items() if value is not None}


def _value(variable: EnvironmentVariable, secrets: Mapping[str, str]) -> str | None:
    if variable.value_from is None:
        return variable.value
    reference = variable.value_from.secret_key_ref
    return secrets.get(secret_variable(reference.name, reference.key))


def _own(unit: Unit, surroundings: Surroundings, token: SecretStr) -> dict[str, str]:
    anonymous = "viewer" if unit.type is ServiceType.DASHBOARD else "none"
    own = {
        "BUS_URL": surroundings.bus_url.get_secret_value(),
        "DATABASE_URL": surroundings.database_url.get_secret_value(),
        "HOST": LOOPBACK,
        "PORT": str(unit.port),
        "SHARD": str(unit.shard),
        "GATEWAY_SHARDS": str(surroundings.gateway_shards),
        "ACCOUNT": surroundings.account,
        "TOKENS_FILE": str(surroundings.tokens_file),
        "TOKEN": token.get_secret_value(),
        "ENDPOINTS": json.dumps(surroundings.endpoints),
        "LOG_FORMAT": "json",
        "ENVIRONMENT": "local",
        "ANONYMOUS_ROLE": anonymous,
        "DATA_DIR": str(surroundings.data_dir),
        "DRAIN_SECONDS": str(unit.document.spec.rollout.drain_timeout_seconds),
        "INSTANCE": unit.name,
    }
    return {f"STOCKBOT_{name}": value for name, value in own.items()}
