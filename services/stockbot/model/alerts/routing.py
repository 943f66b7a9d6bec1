"""Who hears of a matter, and when it is passed on because nobody looks after it. Pure.

What is wanted follows from the matter alone, and each delivery has a name of its own: asking twice adds nothing.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from msgspec import Struct

from stockbot.events.alerts import Severity
from stockbot.events.identity import id_of
from stockbot.model.alerts.matters import RANKS, Matter, Standing

RAISED, ESCALATED, RESOLVED = "raised", "escalated", "resolved"
CHANNEL = "channel"  # the label that names the channel that an alert is about


class Route(Struct, frozen=True, kw_only=True):
    """Alerts of `services` (none: all) from a severity on go to `channels`."""

    at_least: Severity = Severity.INFO
    services: frozenset[str] = frozenset()
    channels: tuple[str, ...]

    def fits(self, matter: Matter) -> bool:
        severe = RANKS[matter.peak] >= RANKS[self.at_least]
        return severe and (not self.services or matter.service in self.services)


class Escalation(Struct, frozen=True, kw_only=True):
    after: timedelta
    channels: tuple[str, ...]


class Rules(Struct, frozen=True, kw_only=True):
    """`deliverable` are the channels that can be used: what others are for is shown, and told nobody."""

    deliverable: frozenset[str] = frozenset()
    routes: tuple[Route, ...] = ()
    escalation: Escalation | None = None


class Wanted(Struct, frozen=True):
    """One transition of one matter to one channel; `transition` carries the severity, so that worse is news."""

    alert_id: str
    channel: str
    transition: str

    @property
    def delivery_id(self) -> str:
        return id_of("delivery", self.alert_id, self.channel, self.transition)


def wanted(matter: Matter, rules: Rules, told: Collection[str]) -> list[Wanted]:
    """What should be delivered of a matter that no silence keeps quiet; `told` are the channels that knew of it."""
    if matter.state is Standing.RESOLVED:
        return [Wanted(matter.alert_id, channel, RESOLVED) for channel in sorted(told)]
    if matter.state is Standing.ACKNOWLEDGED:
        return []
    found = _to(
        matter, rules, RAISED, [name for route in rules.routes if route.fits(matter) for name in route.channels]
    )
    if rules.escalation is not None and matter.escalated_at is not None:
        found += _to(matter, rules, ESCALATED, rules.escalation.channels)
    return found


def is_escalating(matter: Matter, rules: Rules, now: datetime) -> bool:
    """Whether nobody has looked after it for so long that others are told now; once, and nothing that only informs."""
    return (
        rules.escalation is not None
        and matter.state is Standing.OPEN
        and matter.escalated_at is None
        and RANKS[matter.peak] >= RANKS[Severity.WARNING]
        and now - matter.opened_at >= rules.escalation.after
    )


def _to(matter: Matter, rules: Rules, what: str, channels: Collection[str]) -> list[Wanted]:
    """An alert about a channel does not go through that channel."""
    usable = rules.deliverable - {matter.labels.get(CHANNEL, "")}
    return [Wanted(matter.alert_id, name, f"{what}/{matter.peak}") for name in sorted(usable.intersection(channels))]
