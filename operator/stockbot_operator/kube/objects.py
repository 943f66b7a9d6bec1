"""Objects of the API as far as the operator reads them: what is not named here is dropped while it is decoded."""

from datetime import datetime
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

Key = tuple[str, str]  # namespace and name of a TradingService
Slot = tuple[str, str]  # kind and name of an object that a TradingService owns
Place = tuple[str, str, str]  # kind, namespace and name of what TradingServices refer to


class Owner(Struct, frozen=True, rename="camel"):
    kind: str = ""
    name: str = ""
    uid: str = ""
    controller: bool = False


class Meta(Struct, frozen=True, rename="camel", kw_only=True):
    name: str = ""
    namespace: str = ""
    uid: str = ""
    resource_version: str = ""
    generation: int = 0
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    owner_references: tuple[Owner, ...] = ()
    creation_timestamp: datetime | None = None
    deletion_timestamp: datetime | None = None

    @property
    def version(self) -> int:
        """The resource version as a number: servers since 1.35 promise that a later one is greater."""
        return int(self.resource_version or 0)

    @property
    def controller(self) -> Owner | None:
        return next((owner for owner in self.owner_references if owner.controller), None)


class PartialObject(Struct, frozen=True, kw_only=True):
    """An object's metadata alone."""

    metadata: Meta = Meta()


class FieldManager(Struct, frozen=True):
    manager: str = ""


class ManagedMeta(Struct, frozen=True, rename="camel"):
    managed_fields: tuple[FieldManager, ...] = ()


class Managed(Struct, frozen=True):
    """Who has a part in an object: asked once, of what we think is new, and kept nowhere."""

    metadata: ManagedMeta = ManagedMeta()


class Condition(Struct, frozen=True, kw_only=True):
    type: str
    status: str
    reason: str = ""
    message: str = ""


class DeploymentSpec(Struct, frozen=True, kw_only=True):
    replicas: int = 1


class DeploymentStatus(Struct, frozen=True, rename="camel", kw_only=True):
    observed_generation: int = 0
    replicas: int = 0
    updated_replicas: int = 0
    ready_replicas: int = 0
    conditions: tuple[Condition, ...] = ()


class Deployment(PartialObject, frozen=True, kw_only=True):
    spec: DeploymentSpec = DeploymentSpec()
    status: DeploymentStatus = DeploymentStatus()


class Terminated(Struct, frozen=True, rename="camel", kw_only=True):
    exit_code: int = 0
    reason: str = ""
    message: str = ""


class Waiting(Struct, frozen=True, kw_only=True):
    reason: str = ""
    message: str = ""


class ContainerState(Struct, frozen=True, kw_only=True):
    waiting: Waiting | None = None
    terminated: Terminated | None = None


class ContainerStatus(Struct, frozen=True, rename="camel", kw_only=True):
    restart_count: int = 0
    state: ContainerState = ContainerState()
    last_state: ContainerState = ContainerState()


class PodStatus(Struct, frozen=True, rename="camel", kw_only=True):
    phase: str = ""
    reason: str = ""
    message: str = ""
    conditions: tuple[Condition, ...] = ()
    container_statuses: tuple[ContainerStatus, ...] = ()


class Pod(PartialObject, frozen=True, kw_only=True):
    status: PodStatus = PodStatus()

    @property
    def is_ready(self) -> bool:
        return any(one.type == "Ready" and one.status == "True" for one in self.status.conditions)

    @property
    def has_ended(self) -> bool:
        return self.status.phase in {"Succeeded", "Failed"}


class Resource(PartialObject, frozen=True, kw_only=True):
    """A TradingService as it came: its spec is checked when it is reconciled."""

    spec: Any = None
    status: dict[str, Any] = {}

    @property
    def key(self) -> Key:
        return self.metadata.namespace, self.metadata.name

    def asks_else(self, other: "Resource") -> bool:
        """Tell whether the two differ in more than status and version: in what somebody has written."""
        other_version = replace(self.metadata, resource_version=other.metadata.resource_version)
        return self.spec != other.spec or other_version != other.metadata


class Material(PartialObject, frozen=True, kw_only=True):
    """A Secret or ConfigMap that a TradingService refers to; a Secret's values stay base64."""

    data: dict[str, str] = {}


class LeaseSpec(Struct, frozen=True, rename="camel", kw_only=True):
    holder_identity: str = ""
    lease_duration_seconds: int = 0
    renew_time: str = ""
    lease_transitions: int = 0


class Lease(PartialObject, frozen=True, kw_only=True):
    spec: LeaseSpec = LeaseSpec()


class ListMeta(Struct, frozen=True, rename="camel", kw_only=True):
    resource_version: str = ""
    continue_: str = field(default="", name="continue")
