"""What the Alert Manager's API answers, decoded at this edge. Used by client, state and the view models."""

from datetime import datetime
from typing import Any, Literal

from msgspec import Struct

Severity = Literal["info", "warning", "critical"]


class Delivery(Struct, frozen=True, kw_only=True):
    """What became of telling one channel."""

    channel: str
    state: str  # delivered, pending or failed
    attempts: int = 0
    at: datetime | None = None
    reason: str | None = None


class Alert(Struct, frozen=True, kw_only=True):
    """One matter, however often it was told; times in UTC."""

    number: int
    alert_id: str
    fingerprint: str
    severity: Severity
    title: str
    detail: str = ""
    source: str = ""
    labels: dict[str, str] = {}
    state: Literal["open", "acknowledged", "resolved"]
    count: int = 1
    first_at: datetime
    last_at: datetime
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = None
    note: str | None = None
    resolved_at: datetime | None = None
    silenced_until: datetime | None = None
    escalated_at: datetime | None = None
    deliveries: tuple[Delivery, ...] = ()


class Silence(Struct, frozen=True, kw_only=True):
    """Nobody is told of what matches, until then. What is `active` still counts."""

    silence_id: str
    matchers: dict[str, Any] = {}
    until: datetime
    created_by: str = ""
    created_at: datetime | None = None
    reason: str = ""
    active: bool = True


class Channel(Struct, frozen=True, kw_only=True):
    """A way to tell a person; `kind` is the scheme of its address, whose rest is a secret."""

    name: str
    kind: str
    last_delivery_at: datetime | None = None
    last_error: str | None = None
    pending: int = 0
    muted_until: datetime | None = None


class Tested(Struct, frozen=True, kw_only=True):
    delivered: bool
    reason: str | None = None


class Watched(Struct, frozen=True, kw_only=True):
    """A service as the watchdog sees it: over HTTP, and by its sign of life on the bus."""

    name: str
    type: str = ""
    url: str | None = None
    ready: bool | None = None
    alive: bool | None = None
    reason: str | None = None
    since: datetime | None = None
