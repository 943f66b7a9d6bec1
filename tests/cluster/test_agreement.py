"""stockbot.spec and the API server accept and refuse the same documents, and read the same out of them."""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic.alias_generators import to_camel
from tests.cluster.cluster import Cluster
from tests.cluster.resource_definition import GROUP_VERSION
from tests.services.spec.conftest import BLOCKS, COMMON
from tests.services.spec.generated import Given, changed, documents, mended, places

from stockbot.errors import ConfigurationError
from stockbot.spec import ServiceType, TradingService, load_documents, read_document
from stockbot.spec.yaml_text import LARGEST_IN_DIGITS

K8S = Path(__file__).parents[2] / "k8s"
SHIPPED = sorted([*K8S.glob("platform/*.yaml"), *K8S.glob("samples/*.yaml")])
SOME = settings(max_examples=20, suppress_health_check=list(HealthCheck))
REFUSED = {httpx.codes.BAD_REQUEST, httpx.codes.UNPROCESSABLE_ENTITY}
TEXTS = """
0 -0 1 -1 1.0 1e3 +1 007 25k 100 10 10.1 500m 1.5Gi 24/7 1234567890123456 999999999999999.999999999999
0.000000000001 0.999999999999 1.000000000001 5.000000000001 100.000000000001
2024-02-29 2023-02-29 0000-01-01 2024-1-1 10.0.0.0/8 10.0.0.1/8 10.0.0.0/08 10.00.0.0/8 10.0.0.0 1.2.3.4/33
10.0.0.0/255.0.0.0 ::/0 ::ffff:10.0.0.0/104 FE80::/10 fe80::%1/64 http://h http://u@h builtin:
AAPL aapl a.b a/b A/b - a- demo past yahoo external manual stockbot.dev/x RiskGuardian Paper Halted XNYS
"""
EDGES = [  # what is right in one place and wrong, by a little, in another
    *TEXTS.split(),
    *("", " ", "é", "a\n", "\x00", "\U0001d538", *("a" * length for length in (40, 41, 63, 64))),
    *(True, False, 0, 1, -1, 2, 64, 65, 2.0, -0.0, 1.5, 0.1, 1e20, 1e300),
    *(2**31, 2**53, 2**63 - 1, 2**63, -(2**63) - 1, 10**30, [], {}, [""], ["a", "a"], {"a": "b"}),
]
SCALARS = st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20)
VALUES = st.sampled_from(EDGES) | st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
)


@pytest.fixture(scope="module")
def server(cluster: Cluster, definition: None) -> Iterator[httpx.Client]:
    """Keep one connection to the API server."""
    assert definition is None
    with cluster.client() as client:
        yield client


def as_sent(value: Any) -> Any:
    """Write numbers as kubectl does, and as our own reader of YAML reads them: 2.0 is 2."""
    match value:
        case dict():
            return {key: as_sent(inner) for key, inner in value.items()}
        case list():
            return [as_sent(inner) for inner in value]
        case float():
            return int(value) if value.is_integer() and abs(value) < LARGEST_IN_DIGITS else value
        case _:
            return value


def judged_by_server(server: httpx.Client, document: Any) -> Given | str:
    """The document as the server would store it, or why it does not."""
    answer = server.post(
        f"{GROUP_VERSION}/namespaces/default/tradingservices",
        params={"dryRun": "All", "fieldValidation": "Strict"},
        content=json.dumps(document),
        headers={"Content-Type": "application/json"},
    )
    body: Given = answer.json()
    if answer.status_code in REFUSED:
        return str(body["message"])
    assert answer.is_success, body
    return body


def judged_by_spec(document: Any) -> TradingService | str:
    try:
        return read_document(document, "it")
    except ConfigurationError as refusal:
        return str(refusal)


def check_agreement(server: httpx.Client, document: Any) -> None:
    """Both refuse, or both accept; then what the server stores means what the document meant."""
    sent = as_sent(document)
    stored, meant = judged_by_server(server, sent), judged_by_spec(sent)
    if isinstance(stored, str) or isinstance(meant, str):
        assert isinstance(stored, str), f"the server accepts what the spec refuses: {meant}"
        assert isinstance(meant, str), f"the spec accepts what the server refuses: {stored}"
        return
    ours = read_document(stored, "stored")
    assert ours.spec == meant.spec


VARIANTS: dict[str, Given] = {  # what the samples of tests/services/spec leave out
    "StrategyOrchestrator": {
        "strategies": [
            {"name": "some", "class": "Hold", "symbols": ["KO"], "sizing": {"fixedQuantity": "1"}},
            {"name": "worth", "class": "Hold", "symbols": ["PEP"], "sizing": {"notional": "1000"}},
        ],
        "strategiesFrom": {"folder": "strategies"},
    },
    "ExecutionEngine": {"broker": {"type": "Paper", "paper": {"account": "Cash"}}},
}
PEER = {
    "podSelector": {"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["a", "b"]}]},
    "namespaceSelector": {},
}
TERM = {
    "topologyKey": "kubernetes.io/hostname",
    "namespaces": ["desk"],
    "namespaceSelector": {"matchLabels": {"a": ""}},
}
OTHERS: Given = {
    "network": {"ingressFrom": [PEER], "egress": {"to": [{"ipBlock": {"cidr": "fd00::/8"}}]}},
    "ingress": {"host": "*.example.com", "path": "/x", "className": "nginx", "annotations": {"A.example.com/b": "c"}},
    "scheduling": {
        "priorityClassName": "high",
        "affinity": {
            "podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [TERM]},
            "nodeAffinity": {
                "preferredDuringSchedulingIgnoredDuringExecution": [
                    {"weight": 1, "preference": {"matchFields": [{"key": "metadata.name", "operator": "Exists"}]}}
                ]
            },
        },
    },
}
SAMPLES = {
    **{type_: {to_camel(ServiceType(type_).field): block, **COMMON} for type_, block in BLOCKS.items()},
    **{f"{type_} again": {to_camel(ServiceType(type_).field): block, **OTHERS} for type_, block in VARIANTS.items()},
}


def complete(sample: str) -> Given:
    """A good document with every field that has a value, the defaults too."""
    spec = {"type": sample.partition(" ")[0], **SAMPLES[sample]}
    metadata = {"name": "it", "labels": {"app": "x"}, "annotations": {"A.example.com/b": "c"}}
    given = {"apiVersion": "stockbot.dev/v1alpha1", "kind": "TradingService", "metadata": metadata, "spec": spec}
    read = read_document(given, sample)
    return read.model_dump(mode="json", by_alias=True, exclude_none=True)


def deleted(document: Given, place: tuple[Any, ...]) -> Given:
    copied: Given = json.loads(json.dumps(document))
    owner: Any = copied
    for key in place[:-1]:
        owner = owner[key]
    del owner[place[-1]]
    return copied


def doubled(document: Given, place: tuple[Any, ...]) -> Given:
    """Say an entry of a list twice; anything else stays as it is."""
    *outer, last = place
    owner: Any = document
    for key in outer:
        owner = owner[key]
    if not isinstance(owner, list):
        return document
    twice: Given = changed(document, tuple(outer), [*owner, owner[last]])
    return twice


def mutations(document: Given) -> st.SearchStrategy[Given]:
    inner = st.sampled_from([place for place in places(document) if len(place) > 1])
    replaced = st.builds(partial(changed, document), inner, VALUES)
    return replaced | st.builds(partial(deleted, document), inner) | st.builds(partial(doubled, document), inner)


def own(document: Given) -> Given:
    """Leave the namespace to the server, which refuses any but that of the address."""
    metadata = {key: value for key, value in document["metadata"].items() if key != "namespace"}
    return document | {"metadata": metadata}


@pytest.mark.parametrize("type_", list(ServiceType))
@SOME
@given(data=st.data())
def test_made_up_documents(type_: ServiceType, data: st.DataObject, server: httpx.Client) -> None:
    """Documents that the schema allows, whether or not the rules across fields hold."""
    check_agreement(server, own(data.draw(documents(type_))))


@pytest.mark.parametrize("type_", list(ServiceType))
@SOME
@given(data=st.data())
def test_made_up_good_documents(type_: ServiceType, data: st.DataObject, server: httpx.Client) -> None:
    """Documents that the spec accepts, with whatever they may hold."""
    good = data.draw(documents(type_).map(mended).filter(bool))
    assert good
    check_agreement(server, own(good))


@pytest.mark.parametrize("sample", SAMPLES)
@settings(SOME, max_examples=150)
@given(data=st.data())
def test_mutated_documents(sample: str, data: st.DataObject, server: httpx.Client) -> None:
    """A good document with one place changed, deleted or doubled: most are bad in exactly one way."""
    check_agreement(server, data.draw(mutations(complete(sample))))


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_every_shipped_document_is_accepted(file: Path, server: httpx.Client) -> None:
    """What `stockbot up` runs, `kubectl apply` takes."""
    for document in load_documents(file):
        given = document.model_dump(mode="json", by_alias=True, exclude_unset=True)
        stored = judged_by_server(server, given)
        assert not isinstance(stored, str), stored
