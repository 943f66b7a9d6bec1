"""Work: one reader per group reads in order, and acknowledges a batch once its effects are committed.

After a start, a reconnect or a failure the reader takes its own pending entries first (`XREADGROUP ... 0`) and then
new ones (`>`): order is kept, and there is nothing to claim from anybody.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from redis.exceptions import ResponseError

from stockbot.runtime.bus.connection import BLOCK_MILLISECONDS, Bus, BusUnavailable, translated

SUSPECT_DELIVERIES = 3
COUNTED = 1_000  # a longer backlog is shown as this: counting it would cost more than it tells
NEW = b">"
OWN_PENDING = b"0"
_GROUP_EXISTS = "BUSYGROUP"
_NO_GROUP = "NOGROUP"


@dataclass(frozen=True, slots=True)
class Entry:
    """One stream entry as it was read; `fields` is empty where the entry was trimmed while it was pending.

    `deliveries` counts how often it was handed out before; a high number means that the process ended each time.
    """

    id: bytes
    fields: dict[bytes, bytes]
    deliveries: int = 0


@dataclass(frozen=True, slots=True)
class Backlog:
    """How far a group is behind: entries not read (at most COUNTED), entries read and not acknowledged.

    `oldest_seconds` is the age of the oldest entry that is not acknowledged, 0 where there is none.
    """

    unread: int = 0
    pending: int = 0
    oldest_seconds: float = 0.0


class WorkReader:
    """The one reader of `group` on `stream`, under a fixed consumer name (`0`, or the shard)."""

    def __init__(self, bus: Bus, stream: str, group: str, *, consumer: str = "0", count: int = 100) -> None:
        self.stream = stream
        self.group = group
        self._bus = bus
        self._client = bus.blocking()
        self._consumer = consumer
        self._count = count
        self._from = OWN_PENDING
        self.drained = False  # True: the last read took all that was there when it began

    def start_over(self) -> None:
        """Read what is pending again before anything new: after a batch that was not acknowledged."""
        self._from = OWN_PENDING
        self.drained = False

    async def read(self) -> list[Entry]:
        """The next entries, oldest first; empty after BLOCK without any. Raises BusUnavailable."""
        try:
            with translated():
                return await self._read_or_create_group()
        except BusUnavailable as error:
            self.start_over()
            await self._client.connection_pool.disconnect()
            await self._bus.lost(error)
            raise

    async def acknowledge(self, entries: Sequence[Entry]) -> None:
        """One XACK for all of them; without an answer they come again, so effects must bear repetition."""
        if entries:
            with translated():
                await self._bus.commands.xack(self.stream, self.group, *(entry.id for entry in entries))

    async def forgive(self, entries: Sequence[Entry]) -> None:
        """Count them as never handed out: what failed was not their fault, and it did not end the process."""
        if entries:
            with translated():
                await self._bus.commands.xclaim(
                    self.stream,
                    self.group,
                    self._consumer,
                    min_idle_time=0,
                    message_ids=[entry.id for entry in entries],
                    retrycount=0,
                    justid=True,
                )

    async def backlog(self, now: datetime) -> Backlog:
        """How far the group is behind at `now`; raises BusUnavailable."""
        with translated():
            try:
                groups = await self._bus.commands.xinfo_groups(self.stream)
            except ResponseError:  # no such stream yet
                return Backlog()
            mine = next((group for group in groups if group["name"] == self.group.encode()), None)
            return Backlog() if mine is None else await self._backlog(mine["last-delivered-id"], now)

    async def _backlog(self, last_delivered: bytes, now: datetime) -> Backlog:
        unread = await self._bus.commands.xrange(self.stream, min=_next_id(last_delivered), count=COUNTED)
        summary = await self._bus.commands.xpending(self.stream, self.group)
        waiting = [summary["min"]] if summary["pending"] else [entry_id for entry_id, _ in unread[:1]]
        age = max((now - appended_at(entry_id)).total_seconds() for entry_id in waiting) if waiting else 0.0
        return Backlog(len(unread), int(summary["pending"]), max(0.0, age))

    async def _read_or_create_group(self) -> list[Entry]:
        try:
            return await self._read()
        except ResponseError as error:
            if not str(error).startswith(_NO_GROUP):
                raise
            await self._create_group()
            return []

    async def _read(self) -> list[Entry]:
        if self._from == NEW:
            entries = await self._read_from(NEW, self._count, 0)
            self.drained = len(entries) < self._count
            return entries
        deliveries = await self._deliveries_of_the_oldest()
        count = 1 if deliveries >= SUSPECT_DELIVERIES else self._count
        entries = await self._read_from(self._from, count, deliveries)
        self._from = entries[-1].id if entries else NEW
        return entries

    async def _read_from(self, start: bytes, count: int, deliveries: int) -> list[Entry]:
        answer = await self._client.xreadgroup(
            self.group, self._consumer, {self.stream: start}, count=count, block=BLOCK_MILLISECONDS
        )
        found = [entry for _, entries in answer or () for entry in entries]
        return [
            Entry(entry_id, fields or {}, deliveries if n == 0 else 0) for n, (entry_id, fields) in enumerate(found)
        ]

    async def _deliveries_of_the_oldest(self) -> int:
        """A suspect is read alone, so that the count of those behind it does not grow with its own."""
        rows = await self._client.xpending_range(
            self.stream, self.group, min="-", max="+", count=1, consumername=self._consumer
        )
        return int(rows[0]["times_delivered"]) if rows else 0

    async def _create_group(self) -> None:
        """From 0, never `$`: what was appended before the group existed is work as well."""
        self.start_over()
        try:
            await self._client.xgroup_create(self.stream, self.group, id="0", mkstream=True)
        except ResponseError as error:
            if not str(error).startswith(_GROUP_EXISTS):
                raise


def appended_at(entry_id: bytes) -> datetime:
    """The server's time at which a stream entry was appended, UTC."""
    return datetime.fromtimestamp(int(entry_id.partition(b"-")[0]) / 1000, UTC)


def _next_id(entry_id: bytes) -> str:
    milliseconds, _, counter = entry_id.decode().partition("-")
    return f"{milliseconds}-{int(counter or 0) + 1}"
