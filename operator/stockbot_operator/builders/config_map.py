"""The immutable ConfigMap with the document that a pod runs: its name says what is in it. Pure.

Only what the program reads is in it, so a change of image, network or rollout makes no new one. The trading state is
in the text and not in the name: the operator tells a change of it to the Risk Guardian itself.
"""

from typing import Any

from stockbot.spec import ServiceType
from stockbot.spec.yaml_text import write
from stockbot_operator.builders.blueprint import Blueprint, Manifest, hash_of
from stockbot_operator.kube.kinds import CONFIG_MAPS, TRADING_SERVICES

FILE = "service.yaml"
DIGITS = 10


def config_map_name(blueprint: Blueprint) -> str:
    """Name the ConfigMap of this configuration."""
    hashed = configuration(blueprint)
    if blueprint.type is ServiceType.RISK_GUARDIAN:
        hashed.get("riskGuardian", {}).pop("tradingState", None)
    return f"{blueprint.name}-{hash_of(without_empty_block(hashed), DIGITS)}"


def config_map(blueprint: Blueprint) -> Manifest:
    document = {
        "apiVersion": TRADING_SERVICES.api_version,
        "kind": TRADING_SERVICES.name,
        "metadata": {"name": blueprint.name},
        "spec": configuration(blueprint),
    }
    manifest = blueprint.manifest(CONFIG_MAPS, config_map_name(blueprint))
    return {**manifest, "immutable": True, "data": {FILE: write(document)}}


def configuration(blueprint: Blueprint) -> dict[str, Any]:
    """Return the part of the spec that the program reads, without what equals the defaults."""
    spec = blueprint.spec
    chosen = {"type": spec.type.value}
    if spec.replicas > 1:
        chosen["replicas"] = spec.replicas  # type: ignore[assignment] # a map of JSON
    block = getattr(spec, spec.type.field)
    if block is not None:
        whole = block.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        chosen |= {_block_name(spec.type): whole}
    return chosen


def without_empty_block(chosen: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in chosen.items() if value != {}}


def _block_name(type_: ServiceType) -> str:
    return type_.value[0].lower() + type_.value[1:]
