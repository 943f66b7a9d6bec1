"""The structural schema: what Kubernetes asks of one, and what people read in it."""

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar

import pytest
from pydantic import Field

from stockbot.spec.crd.structural import Schema, structural
from stockbot.spec.part import Part
from stockbot.spec.scalars import DateText, Number, Switch, Whole
from stockbot.spec.server_rules import BY_NAME, RULES, SET, Rule, checked
from stockbot.spec.service import TradingServiceSpec
from stockbot.spec.status import TradingServiceStatus
from stockbot.spec.texts import DnsLabel, Fraction, LabelMap, Quantity, Symbol


class Inner(Part):
    """One of several."""

    rules: ClassVar[tuple[Rule, ...]] = (Rule("self.name != 'x'", "is not x", "name"),)

    name: DnsLabel = Field(description="The name.")
    size: Whole = Field(default=3, ge=0, le=9, description="The size.")


class Empty(Part):
    words: Annotated[tuple[Symbol, ...], Field(max_length=4), SET] = Field(default=(), description="Words.")


class Outer(Part):
    share: Fraction = Field(description="A share.")
    switch: Switch = Field(default=False, description="A switch.")
    only: Inner | None = Field(default=None, description="Only where it is given.")
    set: Inner = Field(default=Inner(name="it"), description="Always there.")
    empty: Empty = Field(default=Empty(), description="Nothing in it.")
    many: Annotated[tuple[Inner, ...], Field(max_length=2), BY_NAME] = Field(default=(), description="Many.")
    labels: LabelMap = Field(default={}, description="Labels.")
    cpu: Quantity | None = Field(default=None, description="Processor.")
    since: Annotated[Any, DateText()] = Field(default=None, description="A date.")
    seconds: Number = Field(default=1.0, ge=0.1, le=9, description="Seconds.")
    fixed: Annotated[Whole, checked(Rule("self == oldSelf", "never changes"))] = Field(ge=0, le=1, description="Fixed.")


PROPERTIES = structural(Outer)["properties"]


def nodes(schema: Schema, place: str = "") -> Iterator[tuple[str, Schema]]:
    yield place, schema
    for name, inner in schema.get("properties", {}).items():
        yield from nodes(inner, f"{place}.{name}")
    for key in ("items", "additionalProperties"):
        if key in schema:
            yield from nodes(schema[key], f"{place}.{key}")


def rules(schema: Schema) -> list[tuple[str, str]]:
    return [(rule["rule"], rule["message"]) for rule in schema[RULES]]


def test_a_reference_is_written_out_with_both_descriptions() -> None:
    """What a value means in its place comes first, then what its kind is; its rules come along."""
    only = PROPERTIES["only"]
    assert only["description"] == "Only where it is given. One of several."
    assert only["required"] == ["name"]
    assert only[RULES] == [{"rule": "self.name != 'x'", "message": "is not x", "fieldPath": ".name"}]


def test_a_default_is_written_where_it_says_something() -> None:
    """Absent and empty are the same, so an empty default would only fill every stored resource."""
    assert PROPERTIES["set"]["default"] == {"name": "it"}  # its size has a default of its own
    assert PROPERTIES["set"]["properties"]["size"]["default"] == 3
    assert PROPERTIES["switch"]["default"] is False
    for name in ("only", "empty", "many", "labels", "cpu", "since"):
        assert "default" not in PROPERTIES[name]


def test_a_default_is_told_in_the_description() -> None:
    """`kubectl explain` shows no defaults."""
    assert PROPERTIES["set"]["properties"]["size"]["description"] == "The size. Default: 3."
    assert PROPERTIES["share"]["description"] == "A share."


def test_a_decimal_is_text_with_a_rule() -> None:
    """Digits in quotes, in a range; the message is ours."""
    share = PROPERTIES["share"]
    assert (share["type"], share["maxLength"], "format" in share) == ("string", 29, False)
    ((rule, message),) = rules(share)
    assert rule.endswith(" && double(self) > 0.0 && double(self) <= 1.0")
    assert message == "must be a decimal number in quotes, above 0 and at most 1"


def test_a_list_without_twins() -> None:
    """The server itself refuses what stands twice."""
    assert PROPERTIES["empty"]["properties"]["words"]["x-kubernetes-list-type"] == "set"
    assert PROPERTIES["many"]["x-kubernetes-list-map-keys"] == ["name"]


def test_a_quantity_is_a_number_or_text() -> None:
    """Kubernetes' own notation for it, with a rule for both."""
    cpu = PROPERTIES["cpu"]
    assert cpu["x-kubernetes-int-or-string"] is True
    assert cpu["anyOf"] == [{"type": "integer"}, {"type": "string"}]
    assert rules(cpu)[0][0].startswith("string(self).matches(r'")


def test_a_date_and_a_bound_that_is_no_whole_number() -> None:
    """A server takes the year 0, and 0 for at least 0.1: both have a rule."""
    assert rules(PROPERTIES["since"]) == [("self.getFullYear() > 0", "must be a date such as 2024-01-31")]
    assert rules(PROPERTIES["seconds"]) == [("self >= 0.1", "must be at least 0.1")]
    assert rules(PROPERTIES["fixed"]) == [("self == oldSelf", "never changes")]


@pytest.mark.parametrize("model", [TradingServiceSpec, TradingServiceStatus])
def test_the_whole_schema_is_structural(model: type[Part]) -> None:
    """Each value has one type, a bound, a description where a person meets it, and no pattern that they would read."""
    walked = list(nodes(structural(model)))
    assert len(walked) > 15
    for place, schema in walked:
        assert "type" in schema or "x-kubernetes-int-or-string" in schema, place
        assert not schema.keys() & {"pattern", "$ref", "allOf", "oneOf", "title", "nullable"}, place
        assert "x-kubernetes-preserve-unknown-fields" not in schema, place
        assert is_bounded(schema), place
        assert "description" in schema or place.endswith(("items", "additionalProperties")) or not place, place


def is_bounded(schema: Schema) -> bool:
    match schema.get("type"):
        case "string":
            return bool(schema.keys() & {"maxLength", "enum"}) or schema.get("format") == "date-time"
        case "array":
            return "maxItems" in schema
        case "integer" | "number":
            return {"minimum", "maximum"} <= schema.keys()
        case "object":
            return "properties" in schema or "maxProperties" in schema
        case _:
            return True
