"""Who is told and who is not: silences, channels, and what the watchdog sees. Used by the alerts page. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any

from msgspec import Struct

from stockbot_console.alarm_answers import Channel, Silence, Watched
from stockbot_console.view_models.alerts import clock_date
from stockbot_console.view_models.moments import Moment, moment
from stockbot_console.view_models.questions import Question


class SilenceRow(Struct, frozen=True, kw_only=True):
    key: str
    what: str
    reason: str
    who: str
    until: Moment
    until_text: str
    end: Question


class ChannelRow(Struct, frozen=True, kw_only=True):
    key: str
    kind: str
    word: str
    level: str
    note: str
    last: Moment | None


class WatchedRow(Struct, frozen=True, kw_only=True):
    key: str
    word: str
    level: str
    reason: str
    since: Moment | None


def silence_rows(silences: Sequence[Silence], zone: tzinfo) -> dict[str, SilenceRow]:
    """Those that still count, the one that ends first at the top."""
    active = sorted((one for one in silences if one.active), key=lambda one: one.until)
    return {one.silence_id: _silence(one, zone) for one in active}


def channel_rows(channels: Sequence[Channel], now: datetime, zone: tzinfo) -> dict[str, ChannelRow]:
    return {one.name: _channel(one, now, zone) for one in channels}


def watched_rows(watched: Sequence[Watched], zone: tzinfo) -> dict[str, WatchedRow]:
    """What is not well first."""
    rows = [_watched(one, zone) for one in watched]
    return {row.key: row for row in sorted(rows, key=lambda row: row.level == "good")}


def _silence(silence: Silence, zone: tzinfo) -> SilenceRow:
    what = matcher_text(silence.matchers)
    return SilenceRow(
        key=silence.silence_id,
        what=what,
        reason=silence.reason,
        who=silence.created_by,
        until=moment(silence.until, zone),
        until_text=f"until {clock_date(silence.until, zone)}",
        end=Question(
            title="End the silence",
            effects=(what, "From now on people are told of it again."),
            button="End it",
            tone="go",
            done="The silence is over.",
            optional=True,
            asks="Note",
        ),
    )


def matcher_text(matchers: Mapping[str, Any]) -> str:
    """`severity info, service gateway`; everything where nothing is named."""
    named = [f"{name.replace('_', ' ')} {value}" for name, value in matchers.items() if value]
    return ", ".join(named) or "every alert"


def _channel(channel: Channel, now: datetime, zone: tzinfo) -> ChannelRow:
    muted = channel.muted_until is not None and channel.muted_until > now
    word, level = ("FAILING", "bad") if channel.last_error else ("DELIVERS", "good")
    if not channel.last_error and channel.last_delivery_at is None:
        word, level = "UNUSED", "idle"
    if muted:
        word, level = "MUTED", "warning"
    notes = (channel.last_error or "", f"{channel.pending} waiting" if channel.pending else "")
    return ChannelRow(
        key=channel.name,
        kind=channel.kind,
        word=word,
        level=level,
        note="; ".join(note for note in notes if note),
        last=moment(channel.last_delivery_at, zone) if channel.last_delivery_at else None,
    )


def _watched(watched: Watched, zone: tzinfo) -> WatchedRow:
    if watched.ready and watched.alive is not False:
        word, level = "READY", "good"
    elif watched.ready is None and watched.alive is None:
        word, level = "NOT ASKED", "waiting"
    elif watched.ready:
        word, level = "NO SIGN OF LIFE", "warning"
    elif watched.alive:
        word, level = "NOT READY", "warning"
    else:
        word, level = "GONE", "bad"
    return WatchedRow(
        key=watched.name,
        word=word,
        level=level,
        reason=watched.reason or "",
        since=moment(watched.since, zone) if watched.since else None,
    )
