"""Generated documents are true of the code, and sound in themselves."""

from pathlib import Path

import jsonschema
import pytest
import yaml

from stockbot.codec import encode, type_of
from stockbot.documentation.__main__ import CHART_VALUES, FROM_CHART_VALUES, GENERATED
from stockbot.documentation.asyncapi import asyncapi_document
from stockbot.events import EVENT_TYPES, AnyEvent
from stockbot.events.flows import CONSUMES, PUBLISHES, STREAM_OF
from stockbot.spec import ServiceType
from stockbot.testing.samples import every_event

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("name", GENERATED)
def test_the_document_in_the_repository_is_the_generated_one(name: str) -> None:
    """Whoever changes a model runs `make docs`."""
    assert (ROOT / name).read_text(encoding="utf-8") == GENERATED[name](), "run `make docs` and commit the result"


@pytest.mark.parametrize("name", FROM_CHART_VALUES)
def test_what_is_made_from_the_charts_values_is_of_these(name: str) -> None:
    """Whoever changes a value or its comment runs `make docs`."""
    values = (ROOT / CHART_VALUES).read_text(encoding="utf-8")
    assert (ROOT / name).read_text(encoding="utf-8") == FROM_CHART_VALUES[name](values), "run `make docs`"


@pytest.mark.parametrize("event", every_event(), ids=type_of)
def test_every_event_satisfies_its_published_schema(event: AnyEvent) -> None:
    """What goes over the wire is what docs/asyncapi.yaml promises."""
    document = yaml.safe_load(asyncapi_document())
    message = document["components"]["messages"][type_of(event)]
    schema = {**message["payload"], "components": document["components"]}
    jsonschema.validate(yaml.safe_load(encode(event)), schema)


def test_every_reference_in_the_asyncapi_document_leads_somewhere() -> None:
    """Channels, operations and messages point at each other."""
    document = yaml.safe_load(asyncapi_document())
    for reference in _references(document):
        at = document
        for step in reference.removeprefix("#/").split("/"):
            at = at[step]


def test_the_table_of_flows_names_every_service_and_every_type() -> None:
    """Each service has its row, and each event somebody who sends and somebody who reads it."""
    assert set(PUBLISHES) == set(CONSUMES) == {str(kind) for kind in ServiceType}
    assert set(STREAM_OF) == set(EVENT_TYPES)
    for table in (PUBLISHES, CONSUMES):
        assert {name for types in table.values() for name in types} == set(EVENT_TYPES)


def _references(node: object) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [reference for value in node.values() for reference in _references(value)]
    if isinstance(node, list):
        return [reference for value in node for reference in _references(value)]
    return []
