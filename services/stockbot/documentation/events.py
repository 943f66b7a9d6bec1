"""docs/events.md: every event type, who sends it to whom, and its fields, out of the models themselves."""

import inspect
from collections.abc import Iterator
from typing import Any, get_type_hints

import msgspec
from msgspec import Struct

from stockbot.events import EVENT_TYPES, Event
from stockbot.events.flows import CONSUMES, PUBLISHES, STREAM_OF
from stockbot.events.streams import delivery_of

HEAD = """# Events

Generated from `stockbot.events` by `make docs`; do not edit.

An event is one CloudEvents 1.0 object in JSON, in the single field `event` of a stream entry. Decimals travel as
strings, times as RFC 3339 in UTC. NaN, Infinity, unknown types and unknown versions are refused where an event comes
in: a work event is put aside in SQL with the reason and mirrored to `<stream>:dead`, a broadcast event is counted and
passed over. `docs/asyncapi.yaml` says the same for machines.
"""


def events_page() -> str:
    """The whole page as Markdown."""
    parts = [HEAD, _overview(), "## What every event carries\n", _fields(Event, leave_out="type")]
    for name, event in EVENT_TYPES.items():
        parts += [f"## {name}\n", inspect.getdoc(event) or "", "", _flow(name), ""]
        parts += _models(event)
    return "\n".join(parts).rstrip() + "\n"


def _overview() -> str:
    rows = [
        f"| [{name}](#{name.lower()}) | `{STREAM_OF[name]}` | {delivery_of(STREAM_OF[name])} "
        f"| {_services(PUBLISHES, name)} | {_services(CONSUMES, name)} |"
        for name in EVENT_TYPES
    ]
    head = "| Event | Stream | Delivery | From | To |\n| --- | --- | --- | --- | --- |"
    return "\n".join([head, *rows, ""])


def _flow(name: str) -> str:
    return f"On `{STREAM_OF[name]}`, {delivery_of(STREAM_OF[name])}."


def _services(table: dict[str, tuple[str, ...]], name: str) -> str:
    return ", ".join(service for service, types in table.items() if name in types)


def _models(event: type[Event]) -> Iterator[str]:
    """The struct in `data` and every struct inside it, each once, the outer one first."""
    waiting, seen = [get_type_hints(event)["data"]], set()
    while waiting:
        model = waiting.pop(0)
        if model in seen:
            continue
        seen.add(model)
        yield f"### {model.__name__}\n"
        yield inspect.getdoc(model) or ""
        yield ""
        yield _fields(model)
        waiting += [inner for field in msgspec.structs.fields(model) for inner in _structs_in(field.type)]


def _structs_in(kind: Any) -> Iterator[type[Struct]]:
    if inspect.isclass(kind) and issubclass(kind, Struct):
        yield kind
    for inner in getattr(kind, "__args__", ()):
        yield from _structs_in(inner)


def _fields(model: type[Struct], leave_out: str = "") -> str:
    schema = msgspec.json.schema(model)
    definition = schema["$defs"][model.__name__]
    rows = [
        f"| `{name}` | {_kind(field)} | {'yes' if name in definition.get('required', ()) else 'no'} |"
        for name, field in definition["properties"].items()
        if name not in {leave_out, "type"}
    ]
    return "\n".join(["| Field | Type | Required |", "| --- | --- | --- |", *rows, ""])


FORMATS = {"date-time": "time", "decimal": "decimal string"}


def _kind(schema: dict[str, Any]) -> str:
    """A JSON schema in a few words."""
    match schema:
        case {"$ref": reference}:
            words = _referred(reference)
        case {"anyOf": choices}:
            words = " or ".join(_kind(choice) for choice in choices)
        case {"enum": values}:
            words = ", ".join(f"`{value}`" for value in values)
        case {"type": "array", "items": items}:
            words = f"list of {_kind(items)}"
        case {"type": "object", "additionalProperties": dict(values)}:
            words = f"map of {_kind(values)}"
        case _:
            words = FORMATS.get(schema.get("format", ""), schema.get("type", "any"))
    return words


def _referred(reference: str) -> str:
    name = reference.rpartition("/")[2]
    for event in EVENT_TYPES.values():
        definition = msgspec.json.schema(event)["$defs"].get(name, {})
        if "enum" in definition:
            return _kind(definition)
    return name
