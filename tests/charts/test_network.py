"""Who may talk to whom: the chart's policies and the operator's, each pair of ends against the design's table."""

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

import pytest
from tests.charts.conftest import Render
from tests.charts.manifests import of_kind, pods
from tests.charts.network import Address, End, Pod, Policy, passes
from tests.cluster.helm import Manifest

from stockbot.spec.documents import read_document
from stockbot_operator.builders.blueprint import Blueprint
from stockbot_operator.builders.network_policy import network_policy
from stockbot_operator.builders.pod_template import pod_template

PORTS = {
    "MarketDataGateway": 3001,
    "RiskGuardian": 3002,
    "ExecutionEngine": 3003,
    "PortfolioManager": 3004,
    "AlertManager": 3005,
    "StrategyOrchestrator": 4001,
    "Dashboard": 5173,
}
OBSERVERS = {"AlertManager", "Dashboard"}
BUS, DATABASE, OPERATOR = ("bus", 6379), ("database", 5432), ("operator", 8080)
SERVERS = [*PORTS.items(), BUS, DATABASE, OPERATOR]

# The design's table, and what decisions.md adds to it: who may call what.
TABLE: dict[str, set[str]] = {
    "MarketDataGateway": {"MarketDataGateway", "bus", "database"},
    "RiskGuardian": {"MarketDataGateway", "bus", "database"},
    "ExecutionEngine": {"MarketDataGateway", "bus", "database"},
    "PortfolioManager": {"MarketDataGateway", "bus", "database"},
    "StrategyOrchestrator": {"MarketDataGateway", "bus", "database"},
    "AlertManager": {*PORTS, "bus", "database"} - {"AlertManager"},
    "Dashboard": {*PORTS, "bus"} - {"Dashboard"},
    "operator": {"RiskGuardian"},
    "database-backup": {"database"},
    "database-restored": {"database"},
    "bus": set(),
    "database": set(),
    "stranger": set(),
    "prometheus": {*PORTS, "bus", "operator"},
    "ingress": {"Dashboard"},
}
TABLE["MarketDataGateway"].discard("MarketDataGateway")  # shards learn each other's quotes from the bus


def policies_of(manifests: list[Manifest]) -> Iterator[Policy]:
    """Those of the chart, and those that the operator makes of its TradingServices."""
    yield from of_kind(manifests, "NetworkPolicy").values()
    for blueprint in blueprints(manifests):
        yield network_policy(blueprint)


def blueprints(manifests: list[Manifest]) -> Iterator[Blueprint]:
    for given in of_kind(manifests, "TradingService").values():
        yield Blueprint(
            document=read_document(given, "the chart"),
            namespace="stockbot",
            uid="uid",
            image="stockbot:1",
            endpoints={},
            account="paper",
            gateway_shards=1,
            secrets_hash="",
        )


def ends_of(manifests: list[Manifest]) -> dict[str, End]:
    """Every pod that there is, by its type or name, and some who are not of the platform."""
    found: dict[str, End] = {
        str(one.type): Pod(pod_template(one, 0)["metadata"]["labels"]) for one in blueprints(manifests)
    }
    for _, metadata, _ in pods(manifests):
        name = metadata["labels"]["app.kubernetes.io/name"].removeprefix("stockbot-")
        found[name] = Pod(metadata["labels"])
    return found | {
        "stranger": Pod({"app": "stranger"}),
        "prometheus": Pod({"app.kubernetes.io/name": "prometheus"}, "monitoring"),
        "ingress": Pod({"app.kubernetes.io/name": "ingress-nginx"}, "ingress-nginx"),
    }


class World:
    """One set of values, rendered: its policies, and who is there."""

    def __init__(self, manifests: list[Manifest]) -> None:
        self.policies = list(policies_of(manifests))
        self.ends = ends_of(manifests)

    def passes(self, source: str, target: str, port: int, protocol: str = "TCP") -> bool:
        return passes(self.policies, self.ends[source], self.ends[target], port, protocol)

    def reaches(self, source: str, ip: str, port: int) -> bool:
        return passes(self.policies, self.ends[source], Address(ip), port)


@pytest.fixture(scope="module")
def open_world(render: Render) -> World:
    """As it comes, with scraping allowed, and a backup."""
    return World(render("monitoring", "--set=database.backup.enabled=true"))


@pytest.fixture(scope="module")
def locked(render: Render) -> World:
    """Egress restricted, behind an ingress controller."""
    return World(render("locked-down"))


@pytest.mark.parametrize("source", [name for name in TABLE if name != "ingress"])
def test_the_table_in_the_open_world(open_world: World, source: str) -> None:
    """Each end reaches exactly what its row names."""
    found = {target for target, port in SERVERS if target != source and open_world.passes(source, target, port)}
    assert found == TABLE[source]


@pytest.mark.parametrize("source", [name for name in TABLE if name != "prometheus"])
def test_the_table_with_egress_restricted(locked: World, source: str) -> None:
    """The same with both directions shut: whoever may call may also leave."""
    found = {target for target, port in SERVERS if target != source and locked.passes(source, target, port)}
    assert found == TABLE[source]


def test_no_other_port_is_open(open_world: World) -> None:
    """A server's own port alone, in TCP alone."""
    for source, (target, port) in product(TABLE, SERVERS):
        others = {other for _, other in SERVERS} - {port}
        assert not any(open_world.passes(source, target, other) for other in others)
        assert not open_world.passes(source, target, port, "UDP")


def test_who_reaches_the_internet_and_the_api_server(locked: World) -> None:
    """Providers, brokers and channels are outside; the cluster's own addresses are not among them."""
    outside = {name for name in TABLE if name in locked.ends and locked.reaches(name, "203.0.113.7", 443)}
    assert outside == {"MarketDataGateway", "ExecutionEngine", "AlertManager", "stranger", "ingress", "prometheus"}
    server = {name for name in TABLE if name in locked.ends and locked.reaches(name, "10.0.0.1", 6443)}
    assert server == {"operator", "Dashboard", "stranger", "ingress", "prometheus"}


def test_names_can_be_looked_up_by_all_who_call(locked: World) -> None:
    """DNS is open to everyone but the bus and the database, which call nobody."""
    dns = Pod({"k8s-app": "kube-dns"}, "kube-system")
    for protocol in ("UDP", "TCP"):
        asking = {name for name, end in locked.ends.items() if passes(locked.policies, end, dns, 53, protocol)}
        assert set(TABLE) - asking == {"bus", "database"}


def test_another_platforms_services_stay_out(open_world: World) -> None:
    """The same labels in another namespace open nothing, but for the operator, which may be elsewhere."""
    for name in (*PORTS, "operator"):
        labels: Mapping[str, Any] = open_world.ends[name].labels  # type: ignore[union-attr]
        far = Pod(labels, "elsewhere")
        found = {target for target, port in SERVERS if passes(open_world.policies, far, open_world.ends[target], port)}
        assert found == ({"RiskGuardian"} if name == "operator" else set())


@pytest.mark.parametrize(
    ("selector", "chosen"),
    [
        ({}, True),
        ({"matchLabels": {"a": "1"}}, True),
        ({"matchLabels": {"a": "2"}}, False),
        ({"matchExpressions": [{"key": "a", "operator": "NotIn", "values": ["1"]}]}, False),
        ({"matchExpressions": [{"key": "b", "operator": "NotIn", "values": ["1"]}]}, True),
        ({"matchExpressions": [{"key": "b", "operator": "DoesNotExist"}]}, True),
    ],
)
def test_the_evaluator_selects_as_kubernetes_does(selector: dict[str, Any], chosen: bool) -> None:
    """Labels must all be there; NotIn chooses also what lacks the key."""
    policy = {
        "metadata": {"namespace": "stockbot"},
        "spec": {"podSelector": selector, "policyTypes": ["Ingress"], "ingress": []},
    }
    assert passes([policy], Address("192.0.2.1"), Pod({"a": "1"}), 80) is not chosen
