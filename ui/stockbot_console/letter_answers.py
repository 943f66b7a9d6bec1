"""What a service with dead letters answers about them, decoded at this edge. Used by client, acts and view models."""

from datetime import datetime

from msgspec import Struct


class Letter(Struct, frozen=True, kw_only=True):
    """An event that a service could not take in; `resolution` says what a person wants of it, and what became of it.

    `document` is the event as it came, whatever that is; times in UTC.
    """

    letter_id: str
    stream: str
    consumer: str
    reason: str
    received_at: datetime
    resolved_at: datetime | None = None
    resolution: str | None = None
    document: str = ""
