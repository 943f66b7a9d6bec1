"""Who has gone quiet: from what was seen of each service to the alerts that hold now. Pure.

A service is well while it answers that it is ready, and its alive key, where one was ever seen, is there. Bus and
database are watched in the same way. While one of them is gone, services that say so are not reported one by one.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from stockbot.events.alerts import Alert, Severity
from stockbot.model.alerts.matters import SERVICE

KIND = "quiet"
BUS, DATABASE = "bus", "database"


class Sighting(Struct, frozen=True, kw_only=True):
    """What one look saw. `ready` or `alive` None: not known; `failing` are the names of readiness checks that fail."""

    name: str
    type: str
    url: str | None = None
    ready: bool | None = None
    alive: bool | None = None
    reason: str = ""
    failing: tuple[str, ...] = ()

    @property
    def is_well(self) -> bool:
        return self.ready is not False and self.alive is not False


class Watched(Struct, frozen=True, kw_only=True):
    """`since` is when it became well or not; its silence counts from `counted_from`, None while it is well."""

    sighting: Sighting
    since: datetime
    counted_from: datetime | None = None


def look(before: Mapping[str, Watched], seen: Iterable[Sighting], now: datetime) -> dict[str, Watched]:
    """Everything that is watched, by name, after one look."""
    sightings = {sighting.name: sighting for sighting in seen}
    gone = frozenset(name for name in (BUS, DATABASE) if name in sightings and not sightings[name].is_well)
    return {name: _watched(before.get(name), sighting, gone, now) for name, sighting in sightings.items()}


def alerts(
    watched: Mapping[str, Watched], now: datetime, *, after: timedelta, backbone_after: timedelta
) -> list[Alert]:
    """What is said of everything watched: gone for long enough, or (resolved) well; nothing while it is too early."""
    told = []
    for name, one in sorted(watched.items()):
        limit = backbone_after if name in (BUS, DATABASE) else after
        if one.sighting.is_well:
            told.append(_alert(one, resolved=True))
        elif one.counted_from is not None and now - one.counted_from >= limit:
            told.append(_alert(one, resolved=False))
    return told


def fingerprint(name: str) -> str:
    return f"{KIND}/{name}"


def _watched(before: Watched | None, seen: Sighting, gone: frozenset[str], now: datetime) -> Watched:
    changed = before is None or before.sighting.is_well is not seen.is_well
    since = now if before is None or changed else before.since
    if seen.is_well:
        return Watched(sighting=seen, since=since)
    fresh = before is None or before.counted_from is None or _is_explained(seen, gone)
    return Watched(sighting=seen, since=since, counted_from=now if before is None or fresh else before.counted_from)


def _is_explained(seen: Sighting, gone: frozenset[str]) -> bool:
    """It answers, and what it lacks is what everybody lacks: the time counts from when that is back."""
    return seen.name not in gone and not gone.isdisjoint(seen.failing)


def _alert(one: Watched, *, resolved: bool) -> Alert:
    seen = one.sighting
    said = BACKBONE.get(seen.name) or (
        f"{seen.name} has gone quiet",
        "It does no work, or nobody can tell whether it does.",
    )
    return Alert(
        fingerprint=fingerprint(seen.name),
        severity=Severity.CRITICAL,
        title=said[0],
        detail=f"{said[1]} {seen.reason}".strip()[:2000],
        resolved=resolved,
        labels={SERVICE: seen.name, "type": seen.type},
    )


BACKBONE = {
    BUS: ("The bus does not answer", "No signal, order or price gets from one service to another."),
    DATABASE: ("The database does not answer", "Nothing can be committed, so no order leaves and no fill is booked."),
}


def unseen(last: Watched, reason: str) -> Sighting:
    """The sighting of something that is not there any more."""
    return replace(last.sighting, alive=False, reason=reason)
