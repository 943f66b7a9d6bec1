"""What all builders start from, and what every manifest has: names, labels, the owner. Pure."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from stockbot.spec import PORTS, ServiceType, TradingService, TradingServiceSpec
from stockbot_operator.kube.kinds import TRADING_SERVICES, Kind
from stockbot_operator.names import MANAGED_BY, SERVICE, TYPE, kebab

Manifest = dict[str, Any]

# Maps that mean something when they are empty: everything, or the defaults of what they choose.
MEANINGFUL = frozenset({"podSelector", "namespaceSelector", "labelSelector", "emptyDir"})


@dataclass(frozen=True, kw_only=True)
class Blueprint:
    """One TradingService, and what its surroundings add. Equal blueprints give equal manifests."""

    document: TradingService
    namespace: str
    uid: str
    image: str
    endpoints: Mapping[str, str]
    account: str
    gateway_shards: int
    secrets_hash: str
    restarted_at: str = ""
    is_running: bool = True  # False: suspended, or waiting for pods of before to end
    bus_port: int = 6379
    database_port: int = 5432

    @property
    def spec(self) -> TradingServiceSpec:
        return self.document.spec

    @property
    def name(self) -> str:
        return self.document.metadata.name

    @property
    def type(self) -> ServiceType:
        return self.spec.type

    @property
    def port(self) -> int:
        return PORTS[self.type]

    @property
    def account_name(self) -> str:
        """Return the ServiceAccount of the pods: the person's, else the service's own."""
        return self.spec.service_account_name or self.name

    @property
    def selector(self) -> dict[str, str]:
        """Return what all pods of the service carry, and no others."""
        return {SERVICE: self.name}

    @property
    def labels(self) -> dict[str, str]:
        return {
            "app.kubernetes.io/name": kebab(self.type),
            "app.kubernetes.io/part-of": "stockbot",
            "app.kubernetes.io/managed-by": MANAGED_BY,
            SERVICE: self.name,
            TYPE: self.type.value,
        }

    def manifest(self, kind: Kind, name: str, *, annotations: Mapping[str, str] | None = None) -> Manifest:
        """Begin a manifest of ours: its owner is the TradingService, and garbage collection ends it."""
        metadata = {
            "name": name,
            "namespace": self.namespace,
            "labels": self.labels,
            "ownerReferences": [
                {
                    "apiVersion": TRADING_SERVICES.api_version,
                    "kind": TRADING_SERVICES.name,
                    "name": self.name,
                    "uid": self.uid,
                    "controller": True,
                }
            ],
        }
        if annotations:
            metadata["annotations"] = dict(annotations)
        return {"apiVersion": kind.api_version, "kind": kind.name, "metadata": metadata}


def pruned(value: Any, key: str = "") -> Any:
    """Leave out nulls, empty texts, lists and maps at every depth, save those that mean something."""
    if isinstance(value, dict):
        inner = {name: pruned(one, name) for name, one in value.items()}
        return {name: one for name, one in inner.items() if not is_void(one, name)}
    if isinstance(value, list | tuple):
        return [pruned(one, key) for one in value]
    return value


def is_void(value: Any, key: str) -> bool:
    return value is None or (value in ("", [], {}) and key not in MEANINGFUL)


def hash_of(value: Any, digits: int) -> str:
    """Hash JSON whose keys are sorted, so that only the content counts."""
    return hashlib.sha256(msgspec.json.encode(value, order="sorted")).hexdigest()[:digits]
