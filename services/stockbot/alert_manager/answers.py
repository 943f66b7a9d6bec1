"""The API's own shapes: what is asked in a body, and what is answered."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated

from msgspec import Struct
from msgspec.structs import asdict
from pydantic import BaseModel, ConfigDict, Field

from stockbot.alert_manager.channels import Channel
from stockbot.alert_manager.delivery_rows import ChannelState, Delivered
from stockbot.events.alerts import Severity
from stockbot.model.alerts.matters import Matter, Standing
from stockbot.model.alerts.silences import Silence, silenced_until
from stockbot.model.alerts.watchdog import Watched
from stockbot.runtime.web.paging import PRINTABLE

MINUTES_OF_A_MONTH = 31 * 24 * 60
Word = Annotated[str, Field(min_length=1, max_length=128, pattern=PRINTABLE)]


class AcknowledgeRequest(BaseModel):
    """Who asks looks after it."""

    model_config = ConfigDict(extra="forbid")

    note: str = Field(
        "", max_length=1000, pattern=PRINTABLE, description="What is being done, in a few words; it is kept for good."
    )


class SilenceRequest(BaseModel):
    """What to keep quiet about: at least one of the three, and what fits all that are given."""

    model_config = ConfigDict(extra="forbid")

    fingerprint_prefix: Word | None = None
    service: Word | None = None
    severity: Severity | None = None
    minutes: int = Field(ge=1, le=MINUTES_OF_A_MONTH, description="How long, in minutes; at most a month.")
    reason: str = Field(
        min_length=1, max_length=1000, pattern=PRINTABLE, description="Why, in a few words; it is kept for good."
    )


class AlertItem(Struct, frozen=True, kw_only=True):
    """An alert as it is listed, with what became of it in each channel."""

    number: int
    alert_id: str
    fingerprint: str
    severity: Severity
    title: str
    detail: str
    source: str
    service: str
    labels: Mapping[str, str]
    correlationid: str
    state: Standing
    count: int
    first_at: datetime
    last_at: datetime
    acknowledged_by: str | None
    acknowledged_at: datetime | None
    note: str | None
    resolved_at: datetime | None
    silenced_until: datetime | None
    escalated_at: datetime | None
    deliveries: Sequence[Delivered]


class SilenceItem(Struct, frozen=True, kw_only=True):
    """A silence; only its matchers that count are there."""

    silence_id: str
    matchers: Mapping[str, str]
    until: datetime
    created_by: str
    created_at: datetime
    reason: str
    active: bool


class ChannelItem(Struct, frozen=True, kw_only=True):
    """A channel; `kind` is the scheme of its address, which nobody sees. `muted_until`: no message before that."""

    name: str
    kind: str
    last_delivery_at: datetime | None
    last_error: str | None
    pending: int
    muted_until: datetime | None


class TestAnswer(Struct, frozen=True, kw_only=True):
    delivered: bool
    reason: str


class ServiceItem(Struct, frozen=True, kw_only=True):
    """What the watchdog sees of a service; null where it cannot know."""

    name: str
    type: str
    url: str | None
    ready: bool | None
    alive: bool | None
    reason: str
    since: datetime


def alert_item(
    number: int, matter: Matter, deliveries: Sequence[Delivered], silences: Sequence[Silence], now: datetime
) -> AlertItem:
    shown = {name: value for name, value in asdict(matter).items() if name in AlertItem.__struct_fields__}
    over = matter.state is Standing.RESOLVED
    return AlertItem(
        **shown,
        number=number,
        service=matter.service,
        silenced_until=None if over else silenced_until(matter, silences, now),
        deliveries=deliveries,
    )


def silence_of(asked: SilenceRequest, silence_id: str, who: str, now: datetime) -> Silence:
    return Silence(
        silence_id=silence_id,
        until=now + timedelta(minutes=asked.minutes),
        created_by=who,
        created_at=now,
        reason=asked.reason,
        fingerprint_prefix=asked.fingerprint_prefix,
        service=asked.service,
        severity=asked.severity,
    )


def silence_item(silence: Silence, now: datetime) -> SilenceItem:
    matchers = {
        "fingerprint": silence.fingerprint_prefix,
        "service": silence.service,
        "severity": silence.severity,
    }
    return SilenceItem(
        silence_id=silence.silence_id,
        matchers={name: str(value) for name, value in matchers.items() if value is not None},
        until=silence.until,
        created_by=silence.created_by,
        created_at=silence.created_at,
        reason=silence.reason,
        active=silence.is_active(now),
    )


def channel_item(channel: Channel, state: ChannelState, pending: int, muted_until: datetime | None) -> ChannelItem:
    return ChannelItem(
        name=channel.name,
        kind=channel.kind,
        last_delivery_at=state.last_delivery_at,
        last_error=channel.trouble or state.last_error,
        pending=pending,
        muted_until=muted_until,
    )


def service_item(one: Watched) -> ServiceItem:
    seen = one.sighting
    return ServiceItem(
        name=seen.name,
        type=seen.type,
        url=seen.url,
        ready=seen.ready,
        alive=seen.alive,
        reason=seen.reason,
        since=one.since,
    )
