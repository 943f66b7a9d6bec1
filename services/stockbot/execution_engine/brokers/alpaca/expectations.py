"""Finds out that a stream is connected and mute: an order that was taken must be told of within a time."""

from collections import OrderedDict

from stockbot.errors import Unavailable
from stockbot.runtime.clock import Clock

MOST = 10_000  # orders remembered as told of; an answer may come after the stream's own word


class Expectations:
    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._seconds = seconds
        self._due: dict[str, float] = {}
        self._told: OrderedDict[str, None] = OrderedDict()

    def start(self) -> None:
        """Forget everything: a new connection owes nothing that was before it."""
        self._due.clear()
        self._told.clear()

    def expect(self, broker_order_id: str) -> None:
        if broker_order_id not in self._told:
            self._due[broker_order_id] = self._clock.monotonic() + self._seconds

    def told(self, broker_order_id: str) -> None:
        self._due.pop(broker_order_id, None)
        self._told[broker_order_id] = None
        while len(self._told) > MOST:
            self._told.popitem(last=False)

    def check(self) -> None:
        """Raise Unavailable if the stream owes us word of an order."""
        late = next((order for order, due in self._due.items() if due < self._clock.monotonic()), None)
        if late is not None:
            raise Unavailable(f"it is mute: no word within {self._seconds:.0f} s of the order {late}, which was taken")
