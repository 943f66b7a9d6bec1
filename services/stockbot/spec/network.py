"""Who may talk to a service: the parts `spec.network` and `spec.ingress`."""

import re
from collections.abc import Iterator
from ipaddress import IPv6Network, ip_network
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from stockbot.spec.part import Complaint, Part, sentence
from stockbot.spec.scalars import Shape, Switch, text_of
from stockbot.spec.selectors import LabelSelector
from stockbot.spec.server_rules import Rule, checked
from stockbot.spec.texts import SUBDOMAIN, AnnotationMap, OptionalObjectName

RANGE = "must be a range of addresses such as 10.0.0.0/8, with no bit set after the mask"


def address_range(text: str) -> str:
    """Refuse what a NetworkPolicy does not take: a mask in dots or left out, zones, IPv4 written as IPv6."""
    try:
        network = ip_network(text)
    except ValueError as error:
        raise sentence(RANGE) from error
    mapped = isinstance(network, IPv6Network) and network.network_address.ipv4_mapped
    if mapped or "%" in text or not re.search(r"/(0|[1-9][0-9]*)\Z", text, re.ASCII):
        raise sentence(RANGE)
    return text


IS_RANGE = "isCIDR(self) && cidr(self).masked() == cidr(self)"
Cidr = Annotated[str, text_of(43), AfterValidator(address_range), checked(Rule(IS_RANGE, RANGE))]
HostName = Annotated[str, Shape(rf"((\*\.)?{SUBDOMAIN})?", 253, "a host name, for example stockbot.example.com")]
UrlPath = Annotated[str, Shape(r"/[-A-Za-z0-9_.~/]*", 256, "a path that starts with '/'")]


class AddressBlock(Part):
    cidr: Cidr = Field(description="A range of addresses, for example 10.0.0.0/8.")
    except_: tuple[Cidr, ...] = Field(
        default=(), max_length=32, alias="except", description="Ranges within it that are left out."
    )


PEER = "a peer is either ipBlock, or podSelector and namespaceSelector or one of them"


class NetworkPeer(Part):
    """Pods, namespaces or addresses, as a NetworkPolicy names them; an address block stands alone."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("has(self.ipBlock) != (has(self.podSelector) || has(self.namespaceSelector))", PEER),
    )

    pod_selector: LabelSelector | None = Field(
        default=None, description="Pods by their labels; alone: in this namespace."
    )
    namespace_selector: LabelSelector | None = Field(
        default=None, description="Namespaces by their labels; alone: all their pods."
    )
    ip_block: AddressBlock | None = Field(default=None, description="Addresses outside the cluster.")

    def complaints(self) -> Iterator[Complaint]:
        selects = self.pod_selector is not None or self.namespace_selector is not None
        if selects == (self.ip_block is not None):
            yield Complaint((), PEER)


Peers = Annotated[tuple[NetworkPeer, ...], Field(max_length=16)]


class Egress(Part):
    restricted: Switch = Field(
        default=False,
        description="Whether the pods reach only DNS, bus, database, the services they depend on, and `to`.",
    )
    to: Peers = Field(default=(), description="Further peers that the pods may reach when restricted.")


class Network(Part):
    ingress_from: Peers = Field(default=(), description="Who may call the service besides the platform itself.")
    metrics_from: Peers = Field(default=(), description="Who may scrape /metrics, for example the Prometheus pods.")
    egress: Egress = Field(default=Egress(), description="What the pods may reach; unrestricted by default.")


class Ingress(Part):
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            "(has(self.host) && self.host != '') || !((has(self.className) && self.className != '')"
            " || (has(self.tlsSecretName) && self.tlsSecretName != '')"
            " || (has(self.annotations) && self.annotations.size() > 0))",
            "host is missing; an Ingress needs the host name that it serves",
        ),
    )

    host: HostName = Field(default="", description="The host name to serve; empty means that no Ingress is made.")
    path: UrlPath = Field(default="/", description="The path below which the service is served.")
    class_name: OptionalObjectName = Field(default="", description="The IngressClass; empty means the default one.")
    tls_secret_name: OptionalObjectName = Field(default="", description="The Secret with the host's certificate.")
    annotations: AnnotationMap = Field(default={}, description="Annotations that the ingress controller asks for.")

    def complaints(self) -> Iterator[Complaint]:
        asked = self.class_name or self.tls_secret_name or self.annotations
        if asked and not self.host:
            yield Complaint(("host",), "is missing; an Ingress needs the host name that it serves")
