"""The JSON schema that the custom resource definition comes from: everything is bounded and described."""

from collections.abc import Callable, Iterator
from typing import Any

import jsonschema
import pytest
from pydantic import BaseModel

from stockbot.spec import ServiceType, TradingService
from stockbot.spec.complaints import models_in

Schema = dict[str, Any]

SCHEMA = TradingService.model_json_schema(by_alias=True)


def nodes(schema: Any, place: str = "") -> Iterator[tuple[str, Schema]]:
    """Walk every schema with a type, with its place; defaults and names of keys are no schemas."""
    if not isinstance(schema, dict):
        return
    if "type" in schema or "x-kubernetes-int-or-string" in schema:
        yield place, schema
        if "x-kubernetes-int-or-string" in schema:
            return
    for key in ("properties", "$defs", "patternProperties"):
        for name, inner in schema.get(key, {}).items():
            yield from nodes(inner, f"{place}.{name}")
    for key in ("items", "additionalProperties"):
        yield from nodes(schema.get(key), f"{place}.{key}")
    for inner in schema.get("anyOf", ()):
        yield from nodes(inner, place)


def is_bounded(schema: Schema) -> bool:
    match schema.get("type"):
        case "string":
            return "maxLength" in schema or "enum" in schema or "const" in schema
        case "array":
            return "maxItems" in schema
        case "integer" | "number":
            return "minimum" in schema and "maximum" in schema
        case "object":
            return "maxProperties" in schema or schema.get("additionalProperties") is False
        case "boolean" | "null":
            return True
        case _:
            return "x-kubernetes-int-or-string" in schema and "maxLength" in schema


def test_everything_is_bounded() -> None:
    """No string, list, map or number may grow without end: a server refuses rules over unbounded lists."""
    walked = list(nodes(SCHEMA))
    assert len(walked) > 250
    assert [place for place, schema in walked if not is_bounded(schema)] == []


def models(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    yield model
    for field in model.model_fields.values():
        for inner in models_in(field.annotation):
            yield from models(inner)


def test_every_field_is_described() -> None:
    """`kubectl explain` reads like documentation: each field has a sentence, and no name of a library in it."""
    described = {
        f"{model.__name__}.{name}": field.description or ""
        for model in models(TradingService)
        for name, field in model.model_fields.items()
    }
    assert len(described) > 150
    assert [name for name, words in described.items() if not words.endswith(".")] == []


@pytest.mark.parametrize("type_", list(ServiceType))
def test_schema_accepts_what_the_models_accept(
    type_: ServiceType, document: Callable[..., dict[str, Any]], common: dict[str, Any]
) -> None:
    """A full document of every type is valid under the generated schema."""
    jsonschema.Draft202012Validator(SCHEMA).validate(document(type_, **common))


def test_decimals_carry_their_range() -> None:
    """A decimal is a string whose range the schema still knows."""
    daily_loss = SCHEMA["$defs"]["RiskLimits"]["properties"]["maxDailyLoss"]
    assert daily_loss["format"] == "decimal"
    assert daily_loss["x-range"] == {"above": "0", "atMost": "1"}
    assert daily_loss["default"] == "0.02"


def test_defaults_are_valid() -> None:
    """Each default in the schema is allowed by the schema itself."""
    defaults = [
        (place, schema, schema["default"])
        for place, schema in nodes(SCHEMA)
        if schema.get("type") != "object" and "default" in schema
    ]
    assert len(defaults) > 60
    for _place, schema, default in defaults:
        jsonschema.Draft202012Validator(schema | {"$defs": SCHEMA["$defs"]}).validate(default)
