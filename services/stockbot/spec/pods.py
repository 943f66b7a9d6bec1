"""What the pods of a service are made with: resources, environment, labels, pull secrets, roll-outs."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from stockbot.spec.part import Complaint, Part
from stockbot.spec.scalars import Shape, Whole, text_of
from stockbot.spec.secret_references import SecretKey
from stockbot.spec.server_rules import Rule
from stockbot.spec.texts import AnnotationMap, LabelMap, ObjectName, Quantity

VariableName = Annotated[str, Shape(r"[A-Za-z_][A-Za-z0-9_]*", 128, "letters, digits and '_', no digit first")]
ImageReference = Annotated[
    str, Shape(r"[!-~]*", 512, "an image such as registry.example.com/stockbot:1.0, without spaces")
]
OWN_LABELS = "stockbot.dev/"


class Quantities(Part):
    cpu: Quantity | None = Field(default=None, description='Processor time, for example "500m" or "2".')
    memory: Quantity | None = Field(default=None, description='Memory, for example "256Mi".')
    ephemeral_storage: Quantity | None = Field(
        default=None, alias="ephemeral-storage", description='Local disk, for example "1Gi".'
    )


class Resources(Part):
    requests: Quantities = Field(default=Quantities(), description="What a pod is promised; the scheduler counts it.")
    limits: Quantities = Field(default=Quantities(), description="What a pod may use at most.")


class ValueSource(Part):
    secret_key_ref: SecretKey = Field(description="The Secret and key that hold the value.")


class EnvironmentVariable(Part):
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("has(self.value) != has(self.valueFrom)", "needs either value or valueFrom, and not both"),
    )

    name: VariableName = Field(description="Name of the environment variable.")
    value: Annotated[str, text_of(32768)] | None = Field(default=None, description="Its value, in quotes.")
    value_from: ValueSource | None = Field(default=None, description="Where its value is kept instead.")

    def complaints(self) -> Iterator[Complaint]:
        if (self.value is None) == (self.value_from is None):
            yield Complaint((), "needs either value or valueFrom, and not both")


class PodMetadata(Part):
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            f"!has(self.labels) || self.labels.all(key, !key.startsWith('{OWN_LABELS}'))",
            f"labels below {OWN_LABELS} are set by the platform; choose other keys",
            "labels",
        ),
    )

    labels: LabelMap = Field(default={}, description="Labels added to the pods.")
    annotations: AnnotationMap = Field(default={}, description="Annotations added to the pods.")

    def complaints(self) -> Iterator[Complaint]:
        for key in self.labels:
            if key.startswith(OWN_LABELS):
                yield Complaint(("labels", key), f"is set by the platform; choose a key that is not below {OWN_LABELS}")


class PullSecret(Part):
    name: ObjectName = Field(description="Name of a Secret with the credentials of an image registry.")


class RolloutWindow(StrEnum):
    ALWAYS = "Always"
    MARKET_CLOSED = "MarketClosed"


class Rollout(Part):
    window: RolloutWindow = Field(
        default=RolloutWindow.ALWAYS,
        description="When pods may be replaced: at any time, or only while the exchange is closed. The"
        " annotation stockbot.dev/rollout-now overrides it, and it does not apply while no pod is ready.",
    )
    drain_timeout_seconds: Whole = Field(
        default=60,
        ge=0,
        le=3600,
        description="How long a stopping pod may finish what is in flight, in seconds.",
    )
