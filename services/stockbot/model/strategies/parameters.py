"""A strategy's parameters, from the document's text and whole numbers to its own typed struct."""

from collections.abc import Mapping
from decimal import Decimal
from difflib import get_close_matches
from math import isfinite
from typing import Any

import msgspec
from msgspec.structs import FieldInfo, fields

from stockbot.errors import ConfigurationError
from stockbot.model.strategies.strategy import P, Strategy

_LONGEST_ECHO = 60
_KINDS = {"integer": "a whole number", "number": "a number", "boolean": "true or false"}
_FORMATS = {"decimal": "a decimal number"}


def parse_parameters(kind: type[Strategy[P]], given: Mapping[str, str | int]) -> P:
    """Return the parameters of `kind`, with defaults for what is not given.

    Raises ConfigurationError that names the parameter, the value and what would be right.
    """
    known = {field.name: field for field in fields(kind.Parameters)}
    for name in given:
        if name not in known:
            raise ConfigurationError(f"{kind.__name__}: {_unknown(name, list(known))}")
    for field in known.values():
        if field.required and field.name not in given:
            raise ConfigurationError(f"{kind.__name__}: parameter {field.name} is missing: it must be {right(field)}")
    return _built(kind, {name: _converted(kind.__name__, known[name], value) for name, value in given.items()})


def _built(kind: type[Strategy[P]], values: dict[str, Any]) -> P:
    try:
        parameters: P = kind.Parameters(**values)  # type: ignore[assignment]  # the contract binds Parameters to P
    except ValueError as error:
        raise ConfigurationError(f"{kind.__name__}: {error}") from error
    return parameters


def _converted(owner: str, field: FieldInfo, value: str | int) -> Any:
    try:
        converted = msgspec.convert(value, field.type, strict=False)
        if isinstance(converted, float | Decimal) and not isfinite(converted):
            raise ValueError("not a finite number")
    except ValueError as error:
        raise ConfigurationError(
            f"{owner}: parameter {field.name} is {_echo(value)}, but must be {right(field)}"
        ) from error
    return converted


def _unknown(name: str, known: list[str]) -> str:
    if not known:
        return f"parameter {_echo(name)} does not exist: this strategy has none"
    close = get_close_matches(name, known, n=1)
    guess = f"; did you mean {close[0]}? " if close else ". "
    return f"parameter {_echo(name)} does not exist{guess}It has {', '.join(known)}"


def right(field: FieldInfo) -> str:
    """What a value of this field looks like, in words, with its bounds and its description."""
    schema = _schema(field)
    choices = schema.get("enum")
    kind = f"one of {', '.join(map(str, choices))}" if choices else _kind(schema)
    described = f" ({schema['description'].rstrip('.')})" if schema.get("description") else ""
    return f"{kind}{_bounds(schema)}{described}"


def _schema(field: FieldInfo) -> dict[str, Any]:
    whole = msgspec.json.schema(field.type)
    reference = whole.get("$ref", "").removeprefix("#/$defs/")
    return {**whole, **whole["$defs"][reference]} if reference else whole


def _kind(schema: dict[str, Any]) -> str:
    return _FORMATS.get(schema.get("format", ""), _KINDS.get(schema.get("type", ""), "text"))


def _bounds(schema: dict[str, Any]) -> str:
    words = {
        "minimum": "of at least",
        "exclusiveMinimum": "above",
        "maximum": "at most",
        "exclusiveMaximum": "below",
    }
    bounds = [f"{word} {schema[key]}" for key, word in words.items() if key in schema]
    if "maxLength" in schema:
        bounds.append(f"of at most {schema['maxLength']} characters")
    return f" {' and '.join(bounds)}" if bounds else ""


def _echo(value: str | int) -> str:
    written = repr(value)
    return written if len(written) <= _LONGEST_ECHO else f"{written[: _LONGEST_ECHO - 3]}..."
