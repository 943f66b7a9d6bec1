"""docs/asyncapi.yaml: the streams as AsyncAPI 3 channels, with the JSON schema of each event."""

from typing import Any

import msgspec
import yaml

from stockbot import __version__
from stockbot.events import EVENT_TYPES
from stockbot.events.flows import CONSUMES, MARKET_DATA_STREAM, PUBLISHES, STREAM_OF
from stockbot.events.streams import delivery_of

HEAD = "# Generated from stockbot.events by `make docs`; do not edit.\n"


def asyncapi_document() -> str:
    """The document as YAML."""
    schemas, components = msgspec.json.schema_components(
        list(EVENT_TYPES.values()), ref_template="#/components/schemas/{name}"
    )
    document = {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Stockbot events",
            "version": __version__,
            "description": "Streams on Dragonfly, Valkey or Redis; each entry has the single field `event`.",
        },
        "defaultContentType": "application/cloudevents+json",
        "channels": {_channel(stream): _described(stream) for stream in dict.fromkeys(STREAM_OF.values())},
        "operations": dict(_operations()),
        "components": {
            "messages": {
                name: {"name": name, "contentType": "application/cloudevents+json", "payload": schema}
                for name, schema in zip(EVENT_TYPES, schemas, strict=True)
            },
            "schemas": components,
        },
    }
    return HEAD + yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=120)


def _channel(stream: str) -> str:
    return stream.removeprefix("stockbot:").partition(":")[0]


def _described(stream: str) -> dict[str, Any]:
    types = [name for name, its_stream in STREAM_OF.items() if its_stream == stream]
    channel: dict[str, Any] = {
        "address": stream,
        "description": f"Delivery: {delivery_of(stream)}.",
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in types},
    }
    if stream == MARKET_DATA_STREAM:
        channel["parameters"] = {"shard": {"description": "The symbol shard, from 0."}}
    return channel


def _operations() -> list[tuple[str, dict[str, Any]]]:
    """One operation for each service, direction and event type."""
    return [
        (f"{service}.{action}.{name}", _operation(action, name))
        for action, table in (("send", PUBLISHES), ("receive", CONSUMES))
        for service, types in table.items()
        for name in types
    ]


def _operation(action: str, name: str) -> dict[str, Any]:
    channel = f"#/channels/{_channel(STREAM_OF[name])}"
    return {"action": action, "channel": {"$ref": channel}, "messages": [{"$ref": f"{channel}/messages/{name}"}]}
