"""How long this process may still write. The holder of the lease stops before anybody else can hold it."""

import time
from typing import Protocol

from stockbot.errors import Unavailable


class NotLeading(Unavailable):
    """Another process holds the lease, or nobody knows: nothing is written."""


class Fence(Protocol):
    def remaining(self, namespace: str) -> float:
        """Return for how many seconds this process may write in the namespace; NotLeading where for none."""


def seconds_since_boot() -> float:
    """Read the clock that nobody sets and that goes on while the process is stopped and the machine sleeps."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))
