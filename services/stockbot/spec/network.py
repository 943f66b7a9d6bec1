"""Who may talk to a service: the parts `spec.network` and `spec.ingress`."""

from collections.abc import Iterator
from ipaddress import ip_network
from typing import Annotated

from pydantic import AfterValidator, Field

from stockbot.spec.part import Complaint, Part, sentence
from stockbot.spec.scalars import Shape, Switch, text_of
from stockbot.spec.selectors import LabelSelector
from stockbot.spec.texts import SUBDOMAIN, AnnotationMap, OptionalObjectName


def address_range(text: str) -> str:
    try:
        ip_network(text)
    except ValueError as error:
        raise sentence("must be a range of addresses such as 10.0.0.0/8, with no bit set after the mask") from error
    return text


Cidr = Annotated[str, text_of(43), AfterValidator(address_range)]
HostName = Annotated[str, Shape(rf"((\*\.)?{SUBDOMAIN})?", 253, "a host name, for example stockbot.example.com")]
UrlPath = Annotated[str, Shape(r"/[-A-Za-z0-9_.~/]*", 256, "a path that starts with '/'")]


class AddressBlock(Part):
    cidr: Cidr = Field(description="A range of addresses, for example 10.0.0.0/8.")
    except_: tuple[Cidr, ...] = Field(
        default=(), max_length=32, alias="except", description="Ranges within it that are left out."
    )


class NetworkPeer(Part):
    """Pods, namespaces or addresses, as a NetworkPolicy names them; an address block stands alone."""

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
            yield Complaint((), "a peer is either ipBlock, or podSelector and namespaceSelector or one of them")


Peers = Annotated[tuple[NetworkPeer, ...], Field(max_length=32)]


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
    host: HostName = Field(default="", description="The host name to serve; empty means that no Ingress is made.")
    path: UrlPath = Field(default="/", description="The path below which the service is served.")
    class_name: OptionalObjectName = Field(default="", description="The IngressClass; empty means the default one.")
    tls_secret_name: OptionalObjectName = Field(default="", description="The Secret with the host's certificate.")
    annotations: AnnotationMap = Field(default={}, description="Annotations that the ingress controller asks for.")

    def complaints(self) -> Iterator[Complaint]:
        asked = self.class_name or self.tls_secret_name or self.annotations
        if asked and not self.host:
            yield Complaint(("host",), "is missing; an Ingress needs the host name that it serves")
