"""What a network that enforces NetworkPolicies lets through, as a pure function: the cluster of the tests does not.

A connection needs the leave of both ends: the source's egress and the target's ingress. A pod that no policy of a
direction chooses is free in that direction.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import Any

Policy = Mapping[str, Any]


@dataclass(frozen=True)
class Pod:
    labels: Mapping[str, str]
    namespace: str = "stockbot"

    @property
    def namespace_labels(self) -> Mapping[str, str]:
        return {"kubernetes.io/metadata.name": self.namespace}


@dataclass(frozen=True)
class Address:
    """Outside the cluster."""

    ip: str
    namespace: str = field(default="", init=False)


End = Pod | Address


def passes(policies: Iterable[Policy], source: End, target: End, port: int, protocol: str = "TCP") -> bool:
    """Tell whether a connection from source to a port of target comes about."""
    known = list(policies)
    ends = (("Egress", "egress", "to", source, target), ("Ingress", "ingress", "from", target, source))
    return all(
        _is_let(_choosing(known, own, type_), rules, peers, own, other, (protocol, port))
        for type_, rules, peers, own, other in ends
    )


def _choosing(policies: Iterable[Policy], end: End, type_: str) -> list[Policy]:
    if isinstance(end, Address):
        return []
    return [
        one
        for one in policies
        if one["metadata"]["namespace"] == end.namespace
        and type_ in one["spec"]["policyTypes"]
        and selects(one["spec"]["podSelector"], end.labels)
    ]


def _is_let(policies: list[Policy], rules: str, peers: str, own: End, other: End, port: tuple[str, int]) -> bool:
    found = [rule for policy in policies for rule in policy["spec"].get(rules, ())]
    return not policies or any(_rule_lets(rule, peers, own, other, port) for rule in found)


def _rule_lets(rule: Mapping[str, Any], peers: str, own: End, other: End, port: tuple[str, int]) -> bool:
    ports = [(one.get("protocol", "TCP"), one["port"]) for one in rule.get("ports", ())]
    is_peer = peers not in rule or any(_is_peer(one, own, other) for one in rule[peers])
    return is_peer and (not ports or port in ports)


def _is_peer(peer: Mapping[str, Any], own: End, other: End) -> bool:
    if "ipBlock" in peer:
        return isinstance(other, Address) and _is_within(peer["ipBlock"], other.ip)
    if isinstance(other, Address):
        return False
    if "namespaceSelector" in peer:
        in_namespace = selects(peer["namespaceSelector"], other.namespace_labels)
    else:
        in_namespace = own.namespace == other.namespace
    return in_namespace and selects(peer.get("podSelector", {}), other.labels)


def _is_within(block: Mapping[str, Any], ip: str) -> bool:
    address = ip_address(ip)
    return address in ip_network(block["cidr"]) and not any(
        address in ip_network(one) for one in block.get("except", ())
    )


def selects(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Tell whether a label selector chooses what has these labels; an empty one chooses everything."""
    wanted: Mapping[str, str] = selector.get("matchLabels", {})
    return wanted.items() <= labels.items() and all(_holds(one, labels) for one in selector.get("matchExpressions", ()))


def _holds(expression: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    value, values = labels.get(expression["key"]), expression.get("values", ())
    return {
        "Exists": value is not None,
        "DoesNotExist": value is None,
        "In": value in values,
        "NotIn": value not in values,
    }[expression["operator"]]
