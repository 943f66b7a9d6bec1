"""Bounds a work stream: what every group has acknowledged goes, and so does what is too old or too much.

A dead group must not fill the server's memory. Whoever was trimmed past notices the gap in the sequence numbers and
has the relay send again from SQL.
"""

from datetime import datetime, timedelta
from typing import Any

from redis.exceptions import ResponseError

from stockbot.runtime.bus.connection import Bus, translated

LONGEST = 100_000
OLDEST = timedelta(hours=24)


async def trim(bus: Bus, stream: str, now: datetime, *, longest: int = LONGEST, oldest: timedelta = OLDEST) -> None:
    """Trim `stream` once; a stream that does not exist is left alone. Raises BusUnavailable."""
    aged_out = f"{int((now - oldest).timestamp() * 1000)}-0"
    with translated():
        done = await _lowest_needed(bus, stream)
        lowest = aged_out if done is None else max(done, aged_out, key=_order)
        await bus.commands.xtrim(stream, minid=lowest, approximate=False)
        await bus.commands.xtrim(stream, maxlen=longest, approximate=True)


async def _lowest_needed(bus: Bus, stream: str) -> str | None:
    """The lowest id that some group has not acknowledged; None where the stream has no group."""
    try:
        groups = await bus.commands.xinfo_groups(stream)
    except ResponseError:  # no such stream
        return None
    needed = [await _needed_by(bus, stream, group) for group in groups]
    return min(needed, key=_order, default=None)


async def _needed_by(bus: Bus, stream: str, group: dict[str, Any]) -> str:
    if group["pending"]:
        summary = await bus.commands.xpending(stream, group["name"])
        if summary["min"]:
            return str(summary["min"].decode())
    return str(group["last-delivered-id"].decode())


def _order(entry_id: str) -> tuple[int, int]:
    milliseconds, _, counter = entry_id.partition("-")
    return int(milliseconds), int(counter or 0)
