"""What a trace tells of an order's life, out of events alone. Pure.

All ids follow from those of the events: the trace from the chain's correlation id, a span from its event and from who
did something about it. So each service tells its own part and nobody hands a context on; what is delivered or sent
twice is the same span again, and the parts of a replayed chain fall into their places.
"""

import re
from datetime import datetime
from hashlib import sha256

from msgspec import Struct

from stockbot.events.envelope import Name, Time

_TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}")  # W3C Trace Context


class Told(Struct, frozen=True, kw_only=True, rename={"event_type": "type"}):
    """The attributes of an event that place it in a trace; all others are passed over."""

    event_type: str
    id: Name
    time: Time
    subject: Name
    correlationid: Name
    causationid: Name | None = None
    traceparent: Name | None = None


class Span(Struct, frozen=True, kw_only=True):
    """`parent` is 0 where a trace begins. Times are wall times."""

    trace: int
    id: int
    parent: int
    name: str
    is_consumer: bool
    start: datetime
    end: datetime
    attributes: dict[str, str]


def publishing(event: Told, stream: str, now: datetime) -> Span:
    """From an event's commit at its source until the bus has it, below the event that caused it."""
    return Span(
        trace=trace_of(event),
        id=_span_id(event.id),
        parent=_parent_of(event),
        name=f"{stream} publish",
        is_consumer=False,
        start=min(event.time, now),
        end=now,
        attributes=_attributes(event, stream),
    )


def handling(event: Told, stream: str, group: str, now: datetime) -> Span:
    """From an event's commit at its source until a group has committed what follows from it, below that event."""
    return Span(
        trace=trace_of(event),
        id=_span_id(event.id, group),
        parent=_span_id(event.id),
        name=f"{stream} {group}",
        is_consumer=True,
        start=min(event.time, now),
        end=now,
        attributes=_attributes(event, stream) | {"messaging.consumer.group.name": group},
    )


def trace_of(event: Told) -> int:
    """The trace that a traceparent names, which somebody outside has begun; else the chain's own."""
    given = _TRACEPARENT.fullmatch(event.traceparent or "")
    return int(given[1], 16) if given and int(given[1], 16) else _number(event.correlationid, 16)


def _parent_of(event: Told) -> int:
    if event.causationid is not None and event.causationid != event.id:
        return _span_id(event.causationid)
    given = _TRACEPARENT.fullmatch(event.traceparent or "")
    return int(given[2], 16) if given else 0


def _attributes(event: Told, stream: str) -> dict[str, str]:
    return {
        "messaging.system": "stockbot",
        "messaging.destination.name": stream,
        "messaging.message.id": event.id,
        "messaging.message.conversation_id": event.correlationid,
        "stockbot.event.type": event.event_type,
        "stockbot.subject": event.subject,
    }


def _span_id(*parts: str) -> int:
    return _number("/".join(parts), 8)


def _number(text: str, size: int) -> int:
    """So many bytes of a hash, and never 0, which means that there is none."""
    return int.from_bytes(sha256(text.encode()).digest()[:size]) or 1
