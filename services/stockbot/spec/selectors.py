"""Kubernetes' label selectors, and the rules of affinity that are written with them."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from stockbot.spec.part import Part
from stockbot.spec.scalars import Whole
from stockbot.spec.texts import LabelKey, LabelMap, LabelValue, Namespace


class LabelOperator(StrEnum):
    IN = "In"
    NOT_IN = "NotIn"
    EXISTS = "Exists"
    DOES_NOT_EXIST = "DoesNotExist"


class NodeOperator(StrEnum):
    IN = "In"
    NOT_IN = "NotIn"
    EXISTS = "Exists"
    DOES_NOT_EXIST = "DoesNotExist"
    GT = "Gt"
    LT = "Lt"


Values = Annotated[tuple[LabelValue, ...], Field(max_length=32)]
Weight = Annotated[Whole, Field(ge=1, le=100)]


class LabelRequirement(Part):
    key: LabelKey = Field(description="The label's key.")
    operator: LabelOperator = Field(description="How the label's value is compared with `values`.")
    values: Values = Field(default=(), description="The values to compare with; none for Exists and DoesNotExist.")


class LabelSelector(Part):
    """Objects that carry all of these labels; an empty selector selects all."""

    match_labels: LabelMap = Field(default={}, description="Labels that must be there with exactly these values.")
    match_expressions: tuple[LabelRequirement, ...] = Field(
        default=(), max_length=16, description="Requirements that must hold as well."
    )


class NodeRequirement(Part):
    key: LabelKey = Field(description="The key of the node's label.")
    operator: NodeOperator = Field(description="How the label's value is compared with `values`.")
    values: Values = Field(default=(), description="The values to compare with; none for Exists and DoesNotExist.")


class NodeTerm(Part):
    match_expressions: tuple[NodeRequirement, ...] = Field(
        default=(), max_length=16, description="Requirements on the node's labels; all must hold."
    )
    match_fields: tuple[NodeRequirement, ...] = Field(
        default=(), max_length=8, description="Requirements on the node's fields; all must hold."
    )


class NodeTerms(Part):
    node_selector_terms: tuple[NodeTerm, ...] = Field(
        min_length=1, max_length=8, description="A node fits if any of these terms does."
    )


class PreferredNode(Part):
    weight: Weight = Field(description="How much it counts, 1 to 100.")
    preference: NodeTerm = Field(description="The nodes that are preferred.")


class NodeAffinity(Part):
    required: NodeTerms | None = Field(
        default=None,
        alias="requiredDuringSchedulingIgnoredDuringExecution",
        description="Nodes on which the pod may run at all.",
    )
    preferred: tuple[PreferredNode, ...] = Field(
        default=(),
        max_length=8,
        alias="preferredDuringSchedulingIgnoredDuringExecution",
        description="Nodes on which the pod should run where it can.",
    )


class PodTerm(Part):
    label_selector: LabelSelector = Field(default=LabelSelector(), description="The other pods that are meant.")
    topology_key: LabelKey = Field(
        description="The node label whose equal values mean one place, for example kubernetes.io/hostname."
    )
    namespaces: tuple[Namespace, ...] = Field(
        default=(), max_length=32, description="Namespaces of the other pods; empty means this one."
    )
    namespace_selector: LabelSelector | None = Field(
        default=None, description="Namespaces of the other pods, chosen by their labels."
    )


class PreferredPod(Part):
    weight: Weight = Field(description="How much it counts, 1 to 100.")
    pod_affinity_term: PodTerm = Field(description="The pods to be near to, or away from.")


class PodAffinity(Part):
    required: tuple[PodTerm, ...] = Field(
        default=(),
        max_length=8,
        alias="requiredDuringSchedulingIgnoredDuringExecution",
        description="Terms that must hold for the pod to run.",
    )
    preferred: tuple[PreferredPod, ...] = Field(
        default=(),
        max_length=8,
        alias="preferredDuringSchedulingIgnoredDuringExecution",
        description="Terms that should hold where they can.",
    )


class Affinity(Part):
    """Kubernetes' affinity, in its own words."""

    node_affinity: NodeAffinity | None = Field(default=None, description="Which nodes the pods need or prefer.")
    pod_affinity: PodAffinity | None = Field(default=None, description="Which other pods to run near to.")
    pod_anti_affinity: PodAffinity | None = Field(default=None, description="Which other pods to keep away from.")
