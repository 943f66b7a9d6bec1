"""From a refused document to lines that a person can act on: where, what, and what would be right."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from stockbot.spec.part import RULE
from stockbot.spec.scalars import shortened

MOST_LINES = 20  # more are counted, not shown

Context = Mapping[str, Any]
Place = Sequence[str | int]


def lines(error: ValidationError, model: type[BaseModel]) -> list[str]:
    """Say `path: what is wrong` once for each complaint about a document of `model`, in the model's order."""
    said = [line(details, model) for details in error.errors(include_url=False) if not repeats(details)]
    once = list(dict.fromkeys(said))
    rest = [f"and {len(once) - MOST_LINES} more"] if len(once) > MOST_LINES else []
    return once[:MOST_LINES] + rest


def repeats(details: ErrorDetails) -> bool:
    """True where a list only seems too short, because its bad entries were left out; they have their own lines."""
    return details["type"] == "too_short" and len(details["input"]) >= details["ctx"]["min_length"]


def line(details: ErrorDetails, model: type[BaseModel]) -> str:
    place = details["loc"]
    if details["type"] == "extra_forbidden":
        return f"{path(place)}: {unknown_key(model, place)}"
    sentence = SENTENCES.get(details["type"])
    words = sentence(details["input"], details.get("ctx", {})) if sentence else f"is not right: {details['msg']}"
    if place and place[-1] == "[key]":
        return f"{path(place[:-2])}: the key {words}"
    return f"{path(place)}: {words}"


def path(place: Place) -> str:
    """`spec.env[0].name`; a key that holds a dot or worse is quoted: `metadata.labels["a.b/c"]`."""
    text = "".join(step(part) for part in place)
    return text.removeprefix(".") or "document"


def step(part: str | int) -> str:
    if isinstance(part, int):
        return f"[{part}]"
    return f".{part}" if re.fullmatch(r"[A-Za-z0-9_-]+", part) else f'["{shortened(part)}"]'


def unknown_key(model: type[BaseModel], place: Place) -> str:
    owner = model_at(model, place[:-1])
    known = [field.alias or name for name, field in owner.model_fields.items()]
    close = get_close_matches(str(place[-1]), known, n=1, cutoff=0.6)
    if close:
        return f"unknown key; did you mean {close[0]}?"
    return f"unknown key; allowed here: {', '.join(known)}"


def model_at(model: type[BaseModel], place: Place) -> type[BaseModel]:
    """Find the model that describes the map at `place`."""
    for key in place:
        if isinstance(key, str):
            field = next(field for name, field in model.model_fields.items() if key in {name, field.alias})
            model = next(models_in(field.annotation))
    return model


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """Yield the models that an annotation names: itself, or within a tuple, an Annotated or a union."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from models_in(inner)


KINDS: dict[type, str] = {
    type(None): "nothing",
    bool: "true or false",
    float: "a number with a point",
    str: "text",
    dict: "a map",
    list: "a list",
}


def kind_of(given: Any) -> str:
    """Name what YAML read without repeating it: it may be a secret in the wrong place."""
    return KINDS.get(type(given), "a number")


def shown(given: Any) -> str:
    """Write a number or a name as the document does."""
    return f'"{shortened(given)}"' if isinstance(given, str) else shortened(str(given))


def must_be(wanted: str) -> Callable[[Any, Context], str]:
    def sentence(given: Any, _context: Context) -> str:
        if given is None:
            return f"has no value; write {wanted}, or delete the line"
        return f"must be {wanted}, not {kind_of(given)}"

    return sentence


def must_be_text(given: Any, context: Context) -> str:
    if given is None or isinstance(given, dict | list):
        return must_be("text")(given, context)
    return f"must be text, but YAML reads {kind_of(given)}; put the value in quotes"


def must_be_one_of(given: Any, context: Context) -> str:
    expected = context["expected"].replace("''", '""').replace("'", "").replace(" or ", ", ")
    if not isinstance(given, str):
        return f"must be one of {expected}, not {kind_of(given)}"
    close = get_close_matches(given, expected.split(", "), n=1, cutoff=0.6)
    hint = f"; did you mean {close[0]}?" if close else ""
    return f"{shown(given)} is none of {expected}{hint}"


def counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


SENTENCES: dict[str, Callable[[Any, Context], str]] = {
    RULE: lambda _given, context: str(context["words"]),
    "missing": lambda _given, _context: "is missing",
    "model_type": must_be("a map of keys and values"),
    "dict_type": must_be("a map of keys and values"),
    "tuple_type": must_be("a list"),
    "bool_type": must_be("true or false without quotes"),
    "int_type": must_be("a whole number without quotes"),
    "float_type": must_be("a number without quotes"),
    "string_type": must_be_text,
    "string_unicode": lambda _given, _context: "holds characters that are no text",
    "finite_number": lambda given, _context: f"{shown(given)} is not a number to count with; write digits",
    "greater_than_equal": lambda given, context: f"{shown(given)} is too small: at least {context['ge']:g}",
    "less_than_equal": lambda given, context: f"{shown(given)} is too large: at most {context['le']:g}",
    "string_too_long": lambda _given, context: f"is too long: at most {context['max_length']} characters",
    "string_too_short": lambda _given, context: f"is too short: at least {counted(context['min_length'], 'character')}",
    "too_long": lambda _given, context: f"has too many entries: at most {context['max_length']}",
    "too_short": lambda _given, context: f"needs at least {counted(context['min_length'], 'entry')}",
    "enum": must_be_one_of,
    "literal_error": must_be_one_of,
    "invalid_key": lambda _given, _context: "is a key that is not text; put it in quotes",
}
