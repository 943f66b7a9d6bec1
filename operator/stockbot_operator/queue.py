"""The work queue: each key at most once, at most one worker on a key, failures later and later.

Whoever sees a change only adds the key; what to do about it is decided when a worker takes it. All methods are for
one event loop.
"""

import asyncio
import heapq
from collections.abc import Callable
from dataclasses import dataclass

from stockbot_operator.kube.objects import Key
from stockbot_operator.metrics import OperatorMetrics

FIRST, LONGEST = 1.0, 300.0  # seconds


def backoff(failures: int, draw: float) -> float:
    """Return the pause after `failures` (1 or more) in a row; `draw` in [0, 1) takes up to half of it away."""
    whole = min(LONGEST, FIRST * 2.0 ** min(failures - 1, 32))
    return whole * (1.0 - draw / 2.0)


@dataclass
class _Entry:
    due: float
    running: bool = False
    again: float | None = None  # added while a worker has it: due then


class Queue:
    """Keys by the time when they are due; an earlier time replaces a later one, never the other way."""

    def __init__(self, monotonic: Callable[[], float], metrics: OperatorMetrics, draw: Callable[[], float]) -> None:
        self._monotonic, self._metrics, self._draw = monotonic, metrics, draw
        self._entries: dict[Key, _Entry] = {}
        self._heap: list[tuple[float, Key]] = []
        self._failures: dict[Key, int] = {}
        self._changed = asyncio.Event()

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, key: Key, after: float = 0.0) -> None:
        """Have the key taken in `after` seconds, or earlier where it is due earlier already."""
        due = self._monotonic() + after
        entry = self._entries.get(key)
        if entry is None:
            self._entries[key] = _Entry(due)
            self._push(due, key)
        elif entry.running:
            entry.again = due if entry.again is None else min(due, entry.again)
        elif due < entry.due:
            entry.due = due
            self._push(due, key)

    async def take(self) -> Key:
        """Wait for a key that is due; `done` or `failed` must follow."""
        while True:
            key = self._pop()
            if key is not None:
                return key
            self._changed.clear()
            try:
                async with asyncio.timeout(self._pause()):
                    await self._changed.wait()
            except TimeoutError:
                continue

    def done(self, key: Key, again: float | None = None) -> None:
        """Say that the key is reconciled; `again` in so many seconds."""
        self._failures.pop(key, None)
        self._release(key, again)

    def failed(self, key: Key, at_least: float = 0.0) -> float:
        """Say that it was not; it comes again after a growing pause, which is returned."""
        self._failures[key] = self._failures.get(key, 0) + 1
        pause = max(at_least, backoff(self._failures[key], self._draw()))
        self._release(key, pause, failed=True)
        return pause

    def forget(self, key: Key) -> None:
        """Drop what is known of the failures of a key that is gone."""
        self._failures.pop(key, None)

    def _release(self, key: Key, again: float | None, *, failed: bool = False) -> None:
        entry = self._entries.pop(key)
        if entry.again is not None and not failed:
            self.add(key, max(0.0, entry.again - self._monotonic()))
        if again is not None:
            self.add(key, again)
        self._metrics.queue_depth.set(len(self._entries))

    def _push(self, due: float, key: Key) -> None:
        heapq.heappush(self._heap, (due, key))
        self._metrics.queue_depth.set(len(self._entries))
        self._changed.set()

    def _pop(self) -> Key | None:
        now = self._monotonic()
        while self._heap and self._heap[0][0] <= now:
            due, key = heapq.heappop(self._heap)
            entry = self._entries.get(key)
            if entry is not None and not entry.running and entry.due == due:
                entry.running = True
                self._metrics.queue_seconds.observe(now - due)
                return key
        return None

    def _pause(self) -> float | None:
        return max(0.0, self._heap[0][0] - self._monotonic()) if self._heap else None
