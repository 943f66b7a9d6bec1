"""The schema of the chart's values: Helm refuses what breaks it before anything is made.

The chart's own keys come from values.yaml, closed, so that a misspelt one is named; what a TradingService may have
comes from the definition, its rules included as far as a JSON schema can say them.
"""

import json
from collections.abc import Callable, Iterable
from typing import Any

from pydantic.alias_generators import to_camel

from stockbot.documentation.chart_values import Path, Value, values_of
from stockbot.documentation.conditions import conditions
from stockbot.spec import ServiceType
from stockbot.spec.crd import definition
from stockbot.spec.service_types import SHARDED

Schema = dict[str, Any]

DRAFT = "http://json-schema.org/draft-07/schema#"  # the newest that every Helm 3 and 4 knows
RULES = "x-kubernetes-validations"
BLOCKS = {to_camel(type_.field): type_ for type_ in ServiceType}
TEXTS: Schema = {"type": "object", "additionalProperties": {"type": "string"}}
PEERS: Schema = {"type": "array", "items": {"$ref": "#/definitions/peer"}}
OBJECTS: Schema = {"type": "array", "items": {"type": "object"}}
NAMES: Schema = {"type": "array", "items": {"type": "string"}}
PULL_POLICIES: Schema = {"enum": ["Always", "IfNotPresent", "Never"]}
QUANTITIES: Schema = {"type": "object", "additionalProperties": {"type": ["string", "number"]}}

# By the key's whole name, else by its last part. What is not here has the type of its default.
REFINED: dict[str, Schema] = {
    "rbac.scope": {"enum": ["Namespace", "Cluster"]},
    "operator.replicas": {"type": "integer", "minimum": 1, "maximum": 5},
    "operator.logLevel": {"enum": ["debug", "info", "warning", "error"]},
    "operator.env": OBJECTS,
    "tokens.existingSecret": {"enum": ["", "stockbot-tokens"]},
    "database.backup.keep": {"type": "integer", "minimum": 1},
    "metrics.from": PEERS,
    "networkPolicy.egress.apiServer": PEERS,
    "networkPolicy.egress.internet": PEERS,
    "networkPolicy.egress.everyone": PEERS,
    "ingressFrom": PEERS,
    "pullPolicy": PULL_POLICIES,
    "digest": {"type": "string", "pattern": "^(sha256:[0-9a-f]{64})?$"},
    "imagePullSecrets": {"$ref": "#/definitions/imagePullSecrets"},
    "watchNamespaces": NAMES,
    "secretNamespaces": NAMES,
    "command": NAMES,
    "args": NAMES,
    "tolerations": OBJECTS,
    "affinity": {"type": "object"},
    "nodeSelector": TEXTS,
    "labels": TEXTS,
    "annotations": TEXTS,
    "podLabels": TEXTS,
    "podAnnotations": TEXTS,
    "podSecurityContext": {"type": "object"},
    "resources": {
        "type": "object",
        "properties": {"limits": QUANTITIES, "requests": QUANTITIES, "claims": OBJECTS},
        "additionalProperties": False,
    },
    "platform.defaults": {"$ref": "#/definitions/defaults"},
}


def chart_schema(values_text: str) -> str:
    """Return the content of values.schema.json."""
    root = closed({})
    for value in values_of(values_text):
        _put(root, value.path, _schema_of(value))
    root["properties"]["global"] = {**root["properties"]["global"], "additionalProperties": True}  # parents' keys too
    schema = {"$schema": DRAFT, "title": "Values of the chart stockbot", **root, "definitions": _definitions()}
    return json.dumps(schema, indent=1) + "\n"


def closed(properties: dict[str, Schema]) -> Schema:
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _put(root: Schema, path: Path, schema: Schema) -> None:
    for step in path[:-1]:
        root = root["properties"][step]
    root["properties"][path[-1]] = schema


def _schema_of(value: Value) -> Schema:
    described = {"description": value.description} if value.description else {}
    return {**described, **_shape(value)}


def _shape(value: Value) -> Schema:
    if value.path[-1] == "spec":
        return {"$ref": f"#/definitions/{value.path[-2]}"}
    refined = REFINED.get(value.name) or REFINED.get(value.path[-1])
    if refined is not None:
        return refined
    return closed({}) if value.is_group else {"type": TYPES[type(value.default)]}


TYPES: dict[type, str] = {bool: "boolean", int: "integer", str: "string"}


def _definitions() -> dict[str, Schema]:
    """Return what `$ref`s lead to: the spec of each type, the parts that all share, a NetworkPolicy's peer."""
    spec = converted(definition()["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"])
    parts: dict[str, Schema] = spec["properties"]
    shared = {name: part for name, part in parts.items() if name not in BLOCKS and name != "type"}
    own = {name: _spec_of(name, parts[name], shared) for name in BLOCKS}
    peer = parts["network"]["properties"]["ingressFrom"]["items"]
    return {**shared, "defaults": closed(_references(shared)), "peer": peer, **own}


def _spec_of(block: str, schema: Schema, shared: Iterable[str]) -> Schema:
    properties = {**_references(shared), block: schema}
    if BLOCKS[block] not in SHARDED:
        properties["replicas"] = {"const": 1}
    return closed(properties)


def _references(names: Iterable[str]) -> dict[str, Schema]:
    return {name: {"$ref": f"#/definitions/{name}"} for name in names}


def converted(schema: Schema) -> Schema:
    """Return a structural schema of Kubernetes as a JSON schema: closed maps, rules as patterns and conditions."""
    found = {key: value for key, value in schema.items() if key in KEPT}
    for key, convert in NESTED.items():
        if key in schema:
            found[key] = convert(schema[key])
    if "properties" in schema and "additionalProperties" not in schema:
        found["additionalProperties"] = False
    if schema.get("x-kubernetes-int-or-string"):
        found["type"] = ["integer", "string"]
    return {**found, **_rules(schema.get(RULES, ()))}


def _all(properties: dict[str, Schema]) -> dict[str, Schema]:
    return {name: converted(one) for name, one in properties.items()}


NESTED: dict[str, Callable[[Any], Any]] = {"properties": _all, "items": converted, "additionalProperties": converted}
KEPT = frozenset(
    {
        *("type", "description", "enum", "pattern", "required", "minimum", "maximum"),
        *("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties", "uniqueItems"),
    }
)


def _rules(rules: Iterable[dict[str, str]]) -> Schema:
    """Return what the rules in CEL say, where a JSON schema can."""
    found = [condition for rule in rules for condition in conditions(rule["rule"])]
    return {"allOf": found} if found else {}
