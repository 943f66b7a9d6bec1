"""Where the pods of a service may run: the part `spec.scheduling`, passed on to Kubernetes."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from stockbot.spec.part import Complaint, Part, unique
from stockbot.spec.scalars import Whole, text_of
from stockbot.spec.selectors import Affinity
from stockbot.spec.server_rules import Told
from stockbot.spec.texts import LabelKey, LabelMap, OptionalObjectName

# As in a pod: a server takes no two with the same, and says so to nobody who could mend it.
BY_KEY = Told({"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["topologyKey", "whenUnsatisfiable"]})


class TolerationOperator(StrEnum):
    EXISTS = "Exists"
    EQUAL = "Equal"


class TaintEffect(StrEnum):
    ANY = ""
    NO_SCHEDULE = "NoSchedule"
    PREFER_NO_SCHEDULE = "PreferNoSchedule"
    NO_EXECUTE = "NoExecute"


class WhenUnsatisfiable(StrEnum):
    DO_NOT_SCHEDULE = "DoNotSchedule"
    SCHEDULE_ANYWAY = "ScheduleAnyway"


class Toleration(Part):
    key: Annotated[str, text_of(317)] = Field(default="", description="The taint's key; empty with Exists means all.")
    operator: TolerationOperator = Field(
        default=TolerationOperator.EQUAL,
        description="Whether the taint's value must be equal, or only exist.",
    )
    value: Annotated[str, text_of(63)] = Field(default="", description="The taint's value, for Equal.")
    effect: TaintEffect = Field(default=TaintEffect.ANY, description="The effect tolerated; empty means all.")
    toleration_seconds: Whole | None = Field(
        default=None, ge=0, le=86400, description="For NoExecute: how many seconds the pod may stay."
    )


class TopologySpread(Part):
    """Spreads the pods of this service; the label selector is the service's own."""

    topology_key: LabelKey = Field(
        description="The node label to spread over, for example topology.kubernetes.io/zone."
    )
    max_skew: Whole = Field(default=1, ge=1, le=100, description="The largest difference in pods between two places.")
    when_unsatisfiable: WhenUnsatisfiable = Field(
        default=WhenUnsatisfiable.SCHEDULE_ANYWAY,
        description="What happens to a pod that would break the spread.",
    )


class Scheduling(Part):
    node_selector: LabelMap = Field(default={}, description="Labels that a node must have.")
    tolerations: tuple[Toleration, ...] = Field(
        default=(), max_length=32, description="Taints of nodes that the pods tolerate."
    )
    affinity: Affinity | None = Field(default=None, description="Which nodes and pods to be near to or away from.")
    priority_class_name: OptionalObjectName = Field(default="", description="The PriorityClass of the pods.")
    topology_spread: Annotated[tuple[TopologySpread, ...], Field(max_length=8), BY_KEY] = Field(
        default=(), description="How the pods spread over zones or nodes."
    )

    def complaints(self) -> Iterator[Complaint]:
        keys = [f"{one.topology_key} {one.when_unsatisfiable}" for one in self.topology_spread]
        yield from unique("topologySpread", keys)
