"""The NetworkPolicy: who may call the service, and whom it may reach where the document restricts that. Pure.

Callers come from the design's table (`topology`). A kubelet's probes come from the node and pass.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from stockbot.spec import PORTS, ServiceType
from stockbot.spec.network import NetworkPeer
from stockbot_operator.builders.blueprint import Blueprint, Manifest, pruned
from stockbot_operator.kube.kinds import NETWORK_POLICIES
from stockbot_operator.names import MANAGED_BY, TYPE
from stockbot_operator.topology import CALLS, callers_of

DNS = [{"protocol": protocol, "port": 53} for protocol in ("UDP", "TCP")]


def network_policy(blueprint: Blueprint) -> Manifest:
    restricted = blueprint.spec.network.egress.restricted
    spec: dict[str, Any] = {
        "podSelector": {"matchLabels": blueprint.selector},
        "policyTypes": ["Ingress", "Egress"] if restricted else ["Ingress"],
        "ingress": list(_ingress(blueprint)),
    }
    if restricted:
        spec["egress"] = list(_egress(blueprint))
    return {**blueprint.manifest(NETWORK_POLICIES, blueprint.name), "spec": spec}


def _ingress(blueprint: Blueprint) -> Iterator[dict[str, Any]]:
    network = blueprint.spec.network
    callers = [_pods_of(type_) for type_ in callers_of(blueprint.type)]
    if blueprint.type is ServiceType.RISK_GUARDIAN:
        callers.append(_operator())
    peers = [*callers, *_peers(network.ingress_from), *_peers(network.metrics_from)]
    if peers:
        yield {"from": peers, "ports": [_tcp(blueprint.port)]}


def _egress(blueprint: Blueprint) -> Iterator[dict[str, Any]]:
    yield {"ports": DNS}
    yield {"ports": [_tcp(port) for port in sorted({blueprint.bus_port, blueprint.database_port})]}
    for type_ in CALLS[blueprint.type]:
        yield {"to": [_pods_of(type_)], "ports": [_tcp(PORTS[type_])]}
    further = _peers(blueprint.spec.network.egress.to)
    if further:
        yield {"to": further}


def _pods_of(type_: ServiceType) -> dict[str, Any]:
    return {"podSelector": {"matchLabels": {TYPE: type_.value}}}


def _operator() -> dict[str, Any]:
    """The operator tells the Risk Guardian what is declared, from whatever namespace it runs in."""
    return {"namespaceSelector": {}, "podSelector": {"matchLabels": {"app.kubernetes.io/name": MANAGED_BY}}}


def _peers(declared: Iterable[NetworkPeer]) -> list[dict[str, Any]]:
    return [pruned(peer.model_dump(mode="json", by_alias=True, exclude_none=True)) for peer in declared]


def _tcp(port: int) -> dict[str, Any]:
    return {"protocol": "TCP", "port": port}
