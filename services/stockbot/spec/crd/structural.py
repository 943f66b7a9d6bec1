"""From pydantic's JSON schema of a model to the structural schema that Kubernetes asks for. Pure.

References are written out, null and titles left out, patterns become rules with a sentence of our own: a server
prints a pattern as it is. A default is written where it says something; an absent list and an empty one are the same.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from stockbot.spec.crd import expressions
from stockbot.spec.server_rules import RULES

Schema = dict[str, Any]

KEPT = (
    "type",
    "format",
    "enum",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "maxProperties",
    "required",
    "x-kubernetes-int-or-string",
    "x-kubernetes-list-type",
    "x-kubernetes-list-map-keys",
)
OWN_FORMATS = frozenset({"decimal"})  # no format of Kubernetes


def structural(model: type[BaseModel]) -> Schema:
    """The structural schema of a model."""
    schema = model.model_json_schema(by_alias=True)
    return converted(resolved(schema, schema.get("$defs", {})))


def resolved(schema: Schema, definitions: Mapping[str, Schema]) -> Schema:
    """Put what a reference or the one branch that is not null says in its place; what stands beside it wins."""
    beside = {key: value for key, value in schema.items() if key not in {"$ref", "anyOf"}}
    if "$ref" in schema:
        named = definitions[schema["$ref"].rpartition("/")[2]]
        return merged(resolved(named, definitions), beside)
    branches = [branch for branch in schema.get("anyOf", ()) if branch.get("type") != "null"]
    if len(branches) == 1:
        return merged(resolved(branches[0], definitions), beside)
    inner: Schema = {
        key: {name: resolved(value, definitions) for name, value in schema[key].items()}
        for key in ("properties", "patternProperties")
        if key in schema
    }
    items = {"items": resolved(schema["items"], definitions)} if "items" in schema else {}
    return {**schema, **inner, **items}


def merged(named: Schema, beside: Schema) -> Schema:
    """What is said of a value in its place comes before what is said of its kind."""
    sentences = [part["description"] for part in (beside, named) if "description" in part]
    rules = named.get(RULES, []) + beside.get(RULES, [])
    description = {"description": " ".join(sentences)} if sentences else {}
    return {**named, **beside, **description, **({RULES: rules} if rules else {})}


def converted(schema: Schema) -> Schema:
    kept = {key: schema[key] for key in KEPT if key in schema}
    if kept.get("format") in OWN_FORMATS:
        del kept["format"]
    if "x-kubernetes-int-or-string" in schema:
        kept["anyOf"] = [{"type": "integer"}, {"type": "string"}]
    rules = [*schema.get(RULES, []), *(rule.keywords() for rule in expressions.rules_of(schema))]
    default = telling_default(schema)
    return {
        **described(schema, default),
        **kept,
        **({} if default is None else {"default": default}),
        **inner_schemas(schema),
        **({RULES: rules} if rules else {}),
    }


def described(schema: Schema, default: Any) -> Schema:
    """`kubectl explain` shows no default, so the description does."""
    if "description" not in schema:
        return {}
    words = schema["description"]
    if default is not None and not isinstance(default, dict | list):
        words += f" Default: {json.dumps(default)}."
    return {"description": words}


def inner_schemas(schema: Schema) -> Schema:
    if "patternProperties" in schema:
        (values,) = schema["patternProperties"].values()
        return {"additionalProperties": converted(values)}
    if "properties" in schema:
        return {"properties": {name: converted(inner) for name, inner in schema["properties"].items()}}
    if "items" in schema:
        return {"items": converted(schema["items"])}
    return {}


def telling_default(schema: Schema) -> Any:
    """The default without what says nothing; None where nothing is left.

    A map's default is what its own keys' defaults do not say. It is empty where they say it all, because a server
    fills in the keys of a map only where there is a map.
    """
    default = schema.get("default")
    if not isinstance(default, dict) or "properties" not in schema:
        return None if default in (None, "", [], {}) else default
    said = dict(differing(default, schema["properties"]))
    has_inner = any(telling_default(inner) is not None for inner in schema["properties"].values())
    return said if said or has_inner else None


def differing(default: Mapping[str, Any], properties: Mapping[str, Schema]) -> Iterator[tuple[str, Any]]:
    for name, value in default.items():
        if value is not None and value != properties[name].get("default"):
            yield name, value
