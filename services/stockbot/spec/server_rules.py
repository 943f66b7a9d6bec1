"""What the Kubernetes API server is told of the document besides its shape: rules in CEL, and lists without twins.

They say again, for a server, what `Part.complaints` says in Python, and stand beside it. A property test feeds the same
documents to both, so neither can drift.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from pydantic import GetJsonSchemaHandler
from pydantic.alias_generators import to_camel
from pydantic_core import CoreSchema

RULES = "x-kubernetes-validations"


class Rule(NamedTuple):
    """A rule in CEL about `self`, the sentence where it does not hold, and the key below that it is about."""

    expression: str
    sentence: str
    key: str = ""

    def keywords(self) -> dict[str, str]:
        place = {"fieldPath": f".{self.key}"} if self.key else {}
        return {"rule": self.expression, "message": self.sentence, **place}


def stated(rules: Iterable[Rule]) -> dict[str, Any]:
    return {RULES: [rule.keywords() for rule in rules]}


@dataclass(frozen=True)
class Told:
    """Adds keywords to a value's JSON schema: for use inside Annotated[...]."""

    keywords: Mapping[str, Any]

    def __get_pydantic_json_schema__(self, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(core_schema), **self.keywords}


SET = Told({"x-kubernetes-list-type": "set"})  # no entry stands twice
BY_NAME = Told({"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"]})  # nor does a name


def checked(*rules: Rule) -> Told:
    """Give a single value rules of its own."""
    return Told(stated(rules))


class BlockOwner(Protocol):
    """A type that owns one of several blocks."""

    @property
    def field(self) -> str: ...


def only_for(types: Iterable[BlockOwner]) -> tuple[Rule, ...]:
    """Each type's block is for this type alone; `self.type` says which it is."""
    return tuple(
        Rule(
            f"!has(self.{to_camel(type_.field)}) || self.type == '{type_}'",
            f"is not allowed for another type than {type_}: delete it, or write type: {type_}",
            to_camel(type_.field),
        )
        for type_ in types
    )
