"""The block `spec.alertManager`: who hears of an alert, and when it is passed on to others."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from stockbot.spec.part import Complaint, Part, unique
from stockbot.spec.scalars import Whole
from stockbot.spec.secret_references import SecretSource
from stockbot.spec.server_rules import BY_NAME, SET, Rule
from stockbot.spec.texts import DnsLabel

ChannelNames = Annotated[tuple[DnsLabel, ...], Field(min_length=1, max_length=16), SET]
UNKNOWN = "a channel is named that is none of this document"


class Severity(StrEnum):
    INFO = "Info"
    WARNING = "Warning"
    CRITICAL = "Critical"


class Channel(Part):
    """One way to reach people."""

    name: DnsLabel = Field(description="The name that routes refer to.")
    url: SecretSource = Field(
        description="The channel's address in Apprise's notation, for example slack:// or mailto://."
    )
    max_per_minute: Whole = Field(
        default=10, ge=1, le=1000, description="Most messages a minute; the rest are summed up."
    )


class Route(Part):
    """Alerts of a severity, and the channels that they go to. Every route that fits is followed."""

    at_least: Severity = Field(default=Severity.INFO, description="The lowest severity that goes this way.")
    services: Annotated[tuple[DnsLabel, ...], Field(max_length=64)] = Field(
        default=(), description="Names of the services whose alerts go this way; empty means all."
    )
    channels: ChannelNames = Field(description="Names of the channels.")

    def complaints(self) -> Iterator[Complaint]:
        yield from unique("channels", self.channels)


class Escalation(Part):
    """Where an alert goes that nobody acknowledges."""

    after_minutes: Whole = Field(default=15, ge=1, le=1440, description="How long to wait for somebody, in minutes.")
    channels: ChannelNames = Field(description="Names of the channels that are told then.")

    def complaints(self) -> Iterator[Complaint]:
        yield from unique("channels", self.channels)


class AlertManager(Part):
    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            "!has(self.routes) || self.routes.all(route, route.channels.all(name,"
            " has(self.channels) && self.channels.exists(channel, channel.name == name)))",
            UNKNOWN,
            "routes",
        ),
        Rule(
            "!has(self.escalation) || self.escalation.channels.all(name,"
            " has(self.channels) && self.channels.exists(channel, channel.name == name))",
            UNKNOWN,
            "escalation",
        ),
    )

    channels: Annotated[tuple[Channel, ...], Field(max_length=32), BY_NAME] = Field(
        default=(), description="The ways to reach people; the inbox of the console needs none."
    )
    routes: Annotated[tuple[Route, ...], Field(max_length=64)] = Field(
        default=(), description="Which alerts go to which channels."
    )
    escalation: Escalation | None = Field(default=None, description="What happens when nobody acknowledges.")
    group_seconds: Whole = Field(
        default=30,
        ge=0,
        le=3600,
        description="How long alerts of one kind are collected into one message, in seconds.",
    )
    quiet_after_seconds: Whole = Field(
        default=60,
        ge=15,
        le=3600,
        description="How long a service may be silent before an alert says so, in seconds.",
    )

    def complaints(self) -> Iterator[Complaint]:
        yield from unique("channels", [channel.name for channel in self.channels], key="name")
        for number, route in enumerate(self.routes):
            yield from self.unknown_channels(("routes", number, "channels"), route.channels)
        if self.escalation is not None:
            yield from self.unknown_channels(("escalation", "channels"), self.escalation.channels)

    def unknown_channels(self, place: tuple[str | int, ...], names: tuple[str, ...]) -> Iterator[Complaint]:
        known = [channel.name for channel in self.channels]
        for index, name in enumerate(names):
            if name not in known:
                listed = ", ".join(known) or "there are none"
                yield Complaint((*place, index), f'"{name}" is no channel of this document: {listed}')
