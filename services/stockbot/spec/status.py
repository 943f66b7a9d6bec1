"""What the operator writes below `status` of a TradingService; nobody else does."""

from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, Field

from stockbot.spec.part import Part
from stockbot.spec.risk_guardian import TradingState
from stockbot.spec.scalars import Shape, Whole, text_of
from stockbot.spec.server_rules import Told

Generation = Annotated[Whole, Field(ge=0, le=2**53)]  # the largest bound that JSON carries exactly
PodCount = Annotated[Whole, Field(ge=0, le=1000)]
Reason = Annotated[str, Shape(r"[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?", 128, "a reason in one word, in CamelCase")]
Words = Annotated[str, text_of(4096)]
BY_TYPE = Told({"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["type"]})


class ConditionType(StrEnum):
    READY = "Ready"
    AVAILABLE = "Available"
    PROGRESSING = "Progressing"
    DEPENDENCIES_READY = "DependenciesReady"
    DEGRADED = "Degraded"
    SUSPENDED = "Suspended"


class ConditionStatus(StrEnum):
    TRUE = "True"
    FALSE = "False"
    UNKNOWN = "Unknown"


class Condition(Part):
    """One aspect of how the service is, in Kubernetes' standard shape."""

    type: ConditionType = Field(description="The aspect.")
    status: ConditionStatus = Field(description="Whether it holds.")
    reason: Reason = Field(description="Why, in one word that a program can read.")
    message: Words = Field(description="Why, in words, and what to do.")
    last_transition_time: AwareDatetime = Field(description="Since when it holds, or does not.")
    observed_generation: Generation = Field(description="The metadata.generation that it was judged by.")


class RiskGuardianStatus(Part):
    declared: TradingState | None = Field(default=None, description="The state in spec.riskGuardian.tradingState.")
    effective: TradingState | None = Field(
        default=None, description="The state that counts: the stricter of the declared one and that set at run time."
    )


class TradingServiceStatus(Part):
    observed_generation: Generation | None = Field(
        default=None, description="The metadata.generation that this status is about."
    )
    replicas: PodCount | None = Field(default=None, description="How many pods there are.")
    ready_replicas: PodCount | None = Field(default=None, description="How many of them are ready.")
    selector: Annotated[str, text_of(512)] | None = Field(
        default=None, description="The label selector of the pods, as text."
    )
    endpoint: Annotated[str, text_of(512)] | None = Field(
        default=None, description="Where the service answers inside the cluster."
    )
    reason: Reason | None = Field(default=None, description="The reason of the condition Ready.")
    message: Words | None = Field(default=None, description="The message of the condition Ready.")
    risk_guardian: RiskGuardianStatus | None = Field(
        default=None, description="The trading state of a RiskGuardian, as it answered."
    )
    conditions: Annotated[tuple[Condition, ...], Field(max_length=16), BY_TYPE] = Field(
        default=(), description="How the service is, one entry for each aspect."
    )
