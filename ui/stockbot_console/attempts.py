"""Slows down guessing at the login: a few failures a minute for each address. Used by login."""

from collections import deque

from stockbot.runtime.clock import Clock

WINDOW_SECONDS = 60.0
ALLOWED = 5
REMEMBERED = 10_000  # failures; who comes from more addresses than that is not stopped here


class Attempts:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failures: deque[tuple[float, str]] = deque(maxlen=REMEMBERED)

    def wait_seconds(self, address: str) -> float:
        """Tell how long `address` has to wait before its next attempt; 0 where it may try now."""
        now = self._clock.monotonic()
        recent = [at for at, failed in self._failures if failed == address and at > now - WINDOW_SECONDS]
        return recent[-ALLOWED] + WINDOW_SECONDS - now if len(recent) >= ALLOWED else 0.0

    def failed(self, address: str) -> None:
        self._failures.append((self._clock.monotonic(), address))
