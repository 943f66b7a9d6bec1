"""The environment of a service's container: what `stockbot.runtime.settings` reads. Pure."""

import json
from collections.abc import Iterator

from stockbot.spec import ServiceType, secret_variable
from stockbot.spec.pods import EnvironmentVariable
from stockbot.spec.secret_references import SecretKey
from stockbot_operator.builders.blueprint import Blueprint, Manifest
from stockbot_operator.names import SERVICE_TOKEN_KEY, TOKENS_FILE_KEY, TOKENS_SECRET
from stockbot_operator.references import secrets_of_block, strategies_config_map

PREFIX = "STOCKBOT_"
TOKENS_FOLDER = "/etc/stockbot/tokens"
STATE_FOLDER = "/var/lib/stockbot"
STRATEGIES_FOLDER = "/etc/stockbot/strategies"


def environment(blueprint: Blueprint, shard: int) -> list[Manifest]:
    """Return all variables, each name once: ours win over the document's, so that none redirects a service."""
    declared = {variable.name: _declared(variable) for variable in blueprint.spec.env}
    ours = {one["name"]: one for one in [*_secrets(blueprint), *_own(blueprint, shard)]}
    return [*(one for name, one in declared.items() if name not in ours), *ours.values()]


def _own(blueprint: Blueprint, shard: int) -> Iterator[Manifest]:
    spec = blueprint.spec
    yield _from_secret(f"{PREFIX}BUS_URL", spec.bus.secret_ref)
    yield _from_secret(f"{PREFIX}DATABASE_URL", spec.database.secret_ref)
    yield _from_secret(f"{PREFIX}TOKEN", SecretKey(name=TOKENS_SECRET, key=SERVICE_TOKEN_KEY))
    values = {
        "TOKENS_FILE": f"{TOKENS_FOLDER}/{TOKENS_FILE_KEY}",
        "HOST": "0.0.0.0",  # noqa: S104 - within a pod of its own, and the NetworkPolicy says who may come
        "SHARD": str(shard),
        "ENDPOINTS": json.dumps(dict(blueprint.endpoints), sort_keys=True),
        "ACCOUNT": blueprint.account,
        "ENVIRONMENT": blueprint.namespace,
        "DATA_DIR": STATE_FOLDER,
        "DRAIN_SECONDS": str(spec.rollout.drain_timeout_seconds),
        **_of_type(blueprint),
    }
    for name, value in values.items():
        yield {"name": f"{PREFIX}{name}", "value": value}
    yield {"name": f"{PREFIX}INSTANCE", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}


def _of_type(blueprint: Blueprint) -> dict[str, str]:
    """Return what only one type of service reads."""
    if blueprint.type is ServiceType.RISK_GUARDIAN:
        return {"DECLARED_BY": "operator"}  # a restart must not bring back what the document said at the last roll-out
    if blueprint.type is not ServiceType.STRATEGY_ORCHESTRATOR:
        return {}
    own = {"STRATEGIES_FOLDER": STRATEGIES_FOLDER} if strategies_config_map(blueprint.document) else {}
    return {"GATEWAY_SHARDS": str(blueprint.gateway_shards), **own}


def _secrets(blueprint: Blueprint) -> Iterator[Manifest]:
    """Yield the document's own secrets under the names by which `secret_of` looks for them."""
    for reference in secrets_of_block(blueprint.document):
        yield _from_secret(secret_variable(reference.name, reference.key), reference)


def _declared(variable: EnvironmentVariable) -> Manifest:
    if variable.value_from is not None:
        return _from_secret(variable.name, variable.value_from.secret_key_ref)
    return {"name": variable.name, **({"value": variable.value} if variable.value else {})}


def _from_secret(name: str, reference: SecretKey) -> Manifest:
    return {"name": name, "valueFrom": {"secretKeyRef": {"name": reference.name, "key": reference.key}}}
