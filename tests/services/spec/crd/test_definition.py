"""The definition around the schema: names, columns, subresources, size."""

import json

from stockbot.spec.crd import crd_yaml, definition

VERSION = definition()["spec"]["versions"][0]
LARGEST = 262_144  # bytes of an annotation, where `kubectl apply` keeps what it applied


def test_its_names() -> None:
    """What people type: `kubectl get ts`, `kubectl get stockbot`."""
    names = definition()["spec"]["names"]
    assert (names["shortNames"], names["categories"], names["plural"]) == (["ts"], ["stockbot"], "tradingservices")
    assert definition()["metadata"]["name"] == "tradingservices.stockbot.dev"


def test_its_columns() -> None:
    """The table, with the image for those who ask for more."""
    columns = {column["name"]: column.get("priority", 0) for column in VERSION["additionalPrinterColumns"]}
    assert columns == {"Type": 0, "Ready": 0, "Reason": 0, "Replicas": 0, "Image": 1, "Age": 0}


def test_it_is_far_below_the_size_of_an_annotation() -> None:
    """Client-side `kubectl apply` works too."""
    assert len(json.dumps(definition())) < LARGEST / 2


def test_it_says_where_it_comes_from() -> None:
    """Nobody edits what is generated."""
    assert crd_yaml().startswith("# Generated from stockbot.spec by `make docs`; do not edit.\n")
