"""Which deliveries go into the next message of a channel, and when. Pure.

The first alert of a kind goes at once; what follows within the group time is collected into one message. Where more
kinds wait than the channel may still send this minute, one message sums up all of them.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct

MINUTE = timedelta(minutes=1)


class Pending(Struct, frozen=True, kw_only=True):
    """A delivery that waits; `due_at` is when its matter has been collected long enough, whatever else waits."""

    delivery_id: str
    alert_id: str
    kind: str
    rank: int
    due_at: datetime
    attempts: int = 0


class Sent(Struct, frozen=True):
    """That a message of the channel carried something of this kind."""

    message_id: str
    kind: str
    at: datetime


class Pace(Struct, frozen=True, kw_only=True):
    max_per_minute: int
    group: timedelta


class Send(Struct, frozen=True):
    deliveries: tuple[Pending, ...]


class Wait(Struct, frozen=True):
    """Nothing to send before `until`; None: nothing waits at all."""

    until: datetime | None = None


def next_message(
    pending: Sequence[Pending], sent: Sequence[Sent], pace: Pace, *, not_before: datetime | None, now: datetime
) -> Send | Wait:
    """The next message, or how long to wait; `not_before` ends the pause of a channel that has failed."""
    due = _due(pending, sent, pace.group)
    if not due:
        return Wait()
    may_send = max(filter(None, (not_before, _free_at(sent, pace.max_per_minute, now))), default=now)
    ready = [kind for kind, at in due.items() if at <= now]
    if not ready or may_send > now:
        return Wait(max(may_send, min(due.values())))
    return Send(_chosen(pending, ready, pace.max_per_minute - _used(sent, now)))


def _due(pending: Sequence[Pending], sent: Sequence[Sent], group: timedelta) -> dict[str, datetime]:
    """When each kind that waits is due: its most urgent delivery, not within the group time of its last message."""
    due: dict[str, datetime] = {}
    for one in pending:
        due[one.kind] = min(due.get(one.kind, one.due_at), one.due_at)
    for past in sent:
        if past.kind in due:
            due[past.kind] = max(due[past.kind], past.at + group)
    return due


def _chosen(pending: Sequence[Pending], ready: Sequence[str], allowed: int) -> tuple[Pending, ...]:
    """One kind, the most severe first; all of them where the channel may send too few, or has just failed."""
    waiting = sorted((one for one in pending if one.kind in ready), key=lambda one: (-one.rank, one.due_at))
    one_by_one = len(ready) < allowed and not any(one.attempts for one in waiting)
    kinds = {waiting[0].kind} if one_by_one else set(ready)
    return tuple(one for one in waiting if one.kind in kinds)


def _times(sent: Sequence[Sent], now: datetime) -> list[datetime]:
    """When the messages of the last minute were sent, the oldest first."""
    return sorted({one.message_id: one.at for one in sent if one.at > now - MINUTE}.values())


def _used(sent: Sequence[Sent], now: datetime) -> int:
    return len(_times(sent, now))


def _free_at(sent: Sequence[Sent], limit: int, now: datetime) -> datetime | None:
    """When the channel may send again; None: now."""
    times = _times(sent, now)
    return times[-limit] + MINUTE if len(times) >= limit else None
