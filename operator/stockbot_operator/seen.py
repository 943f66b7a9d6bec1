"""What a reconciliation starts from: everything that it may look at, in one frozen value. Every decision reads it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from stockbot.errors import ConfigurationError
from stockbot.spec import TradingService, read_document
from stockbot_operator.kube.kinds import DEPLOYMENTS, TRADING_SERVICES
from stockbot_operator.kube.objects import Deployment, Key, Material, PartialObject, Pod, Resource, Slot
from stockbot_operator.topology import Peers

Checked = tuple[TradingService | None, str | None]  # the document, or what is wrong with it


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One TradingService and its surroundings. `document` is None where `complaint` says what is wrong with it."""

    resource: Resource
    document: TradingService | None
    complaint: str | None
    owned: Mapping[Slot, PartialObject]
    pods: tuple[Pod, ...]
    materials: Mapping[Slot, Material | None]  # None: there is no such object; absent: not known yet
    peers: Peers
    has_service_monitors: bool
    open_exchanges: frozenset[str] | None  # None: not known
    now: datetime

    @property
    def key(self) -> Key:
        return self.resource.key

    @property
    def uid(self) -> str:
        return self.resource.metadata.uid

    @property
    def deployments(self) -> dict[str, Deployment]:
        """Return our Deployments by name; those of others are not among them."""
        return {
            name: cast(Deployment, item)
            for (kind, name), item in self.owned.items()
            if kind == DEPLOYMENTS.name and self.is_ours(item)
        }

    def is_ours(self, item: PartialObject) -> bool:
        owner = item.metadata.controller
        return owner is not None and owner.uid == self.uid


def checked(resource: Resource) -> Checked:
    """Read the document by the rules of `stockbot.spec`: the document, or what is wrong with it in one line."""
    meta = resource.metadata
    given = {
        "apiVersion": TRADING_SERVICES.api_version,
        "kind": TRADING_SERVICES.name,
        "metadata": {"name": meta.name, "namespace": meta.namespace},
        "spec": resource.spec,
    }
    try:
        return read_document(given, meta.name), None
    except ConfigurationError as error:
        return None, "; ".join(str(error).splitlines())
