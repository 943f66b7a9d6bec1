"""Which Events of a namespace are about one service, and in what order they are told. Pure."""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime

from stockbot.fleet import Happening
from stockbot.runtime.fleet.objects import Event

SHOWN = 40
KINDS = frozenset({"TradingService", "Deployment", "ReplicaSet", "Pod"})
BEFORE_ALL = datetime(1, 1, 1, tzinfo=UTC)


def happenings_of(service: str, services: Collection[str], events: Iterable[Event]) -> tuple[Happening, ...]:
    """The newest events about the service and what it consists of; `services` are all names of the namespace."""
    found = [_happening(event) for event in events if _owner(event, services) == service]
    found.sort(key=lambda one: one.at or BEFORE_ALL, reverse=True)
    return tuple(found[:SHOWN])


def _owner(event: Event, services: Collection[str]) -> str | None:
    """Name the service: a Deployment, ReplicaSet or pod begins with the name of its own, the longest that fits."""
    kind, name = event.involved.kind, event.involved.name
    if kind not in KINDS:
        return None
    if kind == "TradingService":
        return name
    fitting = [one for one in services if name == one or name.startswith(f"{one}-")]
    return max(fitting, key=len, default=None)


def _happening(event: Event) -> Happening:
    series = event.series
    return Happening(
        subject=f"{event.involved.kind} {event.involved.name}",
        reason=event.reason,
        message=event.message.strip(),
        is_warning=event.type == "Warning",
        at=(series and series.last_observed_time)
        or event.last_timestamp
        or event.event_time
        or event.metadata.creation_timestamp,
        count=series.count if series else event.count or 1,
    )
