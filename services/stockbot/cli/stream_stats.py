"""What stands on each stream, and how far its groups are: read once from the bus, and drawn as a table.

Used by `stockbot events stats`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from redis.exceptions import ResponseError
from rich.table import Table

from stockbot.cli.observer import Client, stream_names
from stockbot.events.streams import dead

SAMPLE = 100  # entries that the rate is measured on


@dataclass(frozen=True)
class GroupStats:
    """`lag` counts entries that were not delivered yet, None where the server does not know.

    `oldest_seconds` is the age of the oldest entry that the group has not acknowledged, None if there is none.
    """

    name: str
    pending: int
    lag: int | None
    oldest_seconds: float | None


@dataclass(frozen=True)
class StreamStats:
    """`rate` is in entries per second, over the last hundred and until now; `dead` counts dead letters."""

    name: str
    length: int
    rate: float
    dead: int
    groups: tuple[GroupStats, ...]


async def collect(client: Client) -> list[StreamStats]:
    seconds, microseconds = await client.time()
    now = seconds * 1000 + microseconds // 1000
    return [await _stream(client, name, now) for name in await stream_names(client)]


async def _stream(client: Client, name: str, now: int) -> StreamStats:
    sample = await client.xrevrange(name, count=SAMPLE)
    return StreamStats(
        name=name,
        length=await client.xlen(name),
        rate=rate([milliseconds(entry_id) for entry_id, _ in sample], now),
        dead=await client.xlen(dead(name)),
        groups=tuple([await _group(client, name, group, now) for group in await _groups(client, name)]),
    )


async def _groups(client: Client, name: str) -> Sequence[Mapping[str, Any]]:
    try:
        return await client.xinfo_groups(name)
    except ResponseError:  # the stream was forgotten a moment ago
        return ()


async def _group(client: Client, name: str, group: Mapping[str, Any], now: int) -> GroupStats:
    lag = group.get("lag")
    oldest = await _oldest(client, name, group)
    return GroupStats(
        name=group["name"].decode(),
        pending=int(group["pending"]),
        lag=None if lag is None else int(lag),
        oldest_seconds=None if oldest is None else max(0, now - oldest) / 1000,
    )


async def _oldest(client: Client, name: str, group: Mapping[str, Any]) -> int | None:
    """When the oldest entry was appended that is pending or not delivered, in milliseconds of the server's clock."""
    if group["pending"]:
        summary = await client.xpending(name, group["name"])
        if summary["min"]:
            return milliseconds(summary["min"])
    waiting = await client.xrange(name, min=f"({group['last-delivered-id'].decode()}", count=1)
    return milliseconds(waiting[0][0]) if waiting else None


def rate(appended: Sequence[int], now: int) -> float:
    """Entries per second until `now`; times in milliseconds, the newest first."""
    if not appended or now <= appended[-1]:
        return 0.0
    return len(appended) * 1000 / (now - appended[-1])


def milliseconds(entry_id: bytes) -> int:
    return int(entry_id.partition(b"-")[0])


def table(streams: Sequence[StreamStats]) -> Table:
    """One row for each group of a stream; a stream without a group is read by observers only."""
    drawn = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    drawn.add_column("Stream")
    for name in ("Length", "Per s", "Dead"):
        drawn.add_column(name, justify="right")
    drawn.add_column("Group")
    for name in ("Pending", "Lag", "Oldest"):
        drawn.add_column(name, justify="right")
    for stream in streams:
        for row in rows(stream):
            drawn.add_row(*row)
    return drawn


def rows(stream: StreamStats) -> list[tuple[str, ...]]:
    """The cells of a stream: its own beside its first group only."""
    own = (
        stream.name.removeprefix("stockbot:"),
        str(stream.length),
        f"{stream.rate:.2f}",
        str(stream.dead),
    )
    if not stream.groups:
        return [(*own, "-", "", "", "")]
    blank = ("",) * len(own)
    return [(*(blank if index else own), *_cells(group)) for index, group in enumerate(stream.groups)]


def _cells(group: GroupStats) -> tuple[str, ...]:
    lag = "?" if group.lag is None else str(group.lag)
    oldest = "" if group.oldest_seconds is None else f"{group.oldest_seconds:.1f}s"
    return group.name, str(group.pending), lag, oldest
