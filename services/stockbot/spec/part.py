"""The base of every model of the document, and how a rule across several fields reports what is wrong."""

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler, ValidationError, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError

from stockbot.spec.server_rules import BlockOwner, Rule, stated

RULE = "rule"  # the type of an error whose message is already a sentence for a person


class Complaint(NamedTuple):
    """What is wrong, at a place below the model that complains: the document's keys, and indexes."""

    place: tuple[str | int, ...]
    sentence: str


class Part(BaseModel):
    """One map of the document: camelCase keys, nothing unknown, nothing changed after reading."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", frozen=True)

    rules: ClassVar[tuple[Rule, ...]] = ()  # the same as `complaints`, for an API server

    def complaints(self) -> Iterator[Complaint]:
        """Yield what the rules across this part's fields have against it; by default nothing."""
        yield from ()

    @model_validator(mode="after")
    def check_rules(self) -> Self:
        refuse(self.complaints())
        return self

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        schema = handler(core_schema)
        if cls.rules:
            handler.resolve_ref_schema(schema).update(stated(cls.rules))
        return schema


def sentence(words: str) -> PydanticCustomError:
    """Make the error with which a validator says these words; braces in them mean nothing."""
    return PydanticCustomError(RULE, "{words}", {"words": words})


def refuse(complaints: Iterable[Complaint]) -> None:
    """Raise all complaints as one ValidationError, each at its own place; none: do nothing."""
    details = [
        InitErrorDetails(type=sentence(complaint.sentence), loc=complaint.place, input=None) for complaint in complaints
    ]
    if details:
        raise ValidationError.from_exception_data("document", details)


def without(given: Any, keys: frozenset[str]) -> Any:
    """`given` less the keys that a cluster writes and nobody reads; anything but a map stays what it is."""
    if not isinstance(given, dict):
        return given
    return {key: value for key, value in given.items() if key not in keys}


def repeated(names: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Index and name of each that stood in `names` before."""
    seen: set[str] = set()
    for index, name in enumerate(names):
        if name in seen:
            yield index, name
        seen.add(name)


def unique(field: str, names: Iterable[str], *, key: str | None = None) -> Iterator[Complaint]:
    """Complain of every repeated name in the list `field`; `key` is where an item of it has its name."""
    for index, name in repeated(names):
        yield Complaint((field, index, *([key] if key else [])), f'"{name}" is there twice; each may stand once')


def foreign_blocks(part: Part, own: BlockOwner, types: Iterable[BlockOwner]) -> Iterator[Complaint]:
    """Complain of every block of `part` that belongs to another of `types` than its own."""
    for other in types:
        if other != own and getattr(part, other.field) is not None:
            yield Complaint((to_camel(other.field),), f"is not allowed for {own}: delete it, or write type: {other}")
