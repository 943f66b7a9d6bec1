"""The relays of one service: one for each stream that it appends to, woken by what was appended.

relays = Relays(around.bus, around.storage, writer, STREAMS)
worker = Worker(..., committed=relays.wake)
background = [..., *relays.loops()]
"""

from collections.abc import Iterator, Sequence
from uuid import uuid4

from stockbot.runtime.bus import Bus
from stockbot.runtime.outbox import Writer
from stockbot.runtime.relay import Relay
from stockbot.runtime.storage import Transactions
from stockbot.runtime.supervise import Step


class Relays:
    """`wake` after a commit. What the writer has appended to, perhaps in a later transaction, has its relay look."""

    def __init__(self, bus: Bus, storage: Transactions, writer: Writer, streams: Sequence[str]) -> None:
        self._touched = writer.touched
        self._relays = {
            stream: Relay(
                bus,
                storage,
                writer.outbox,
                stream=stream,
                source=writer.source,
                new_incarnation=lambda: uuid4().hex,
            )
            for stream in streams
        }

    def wake(self) -> None:
        """Have sent what was committed."""
        while self._touched:
            self._relays[self._touched.pop()].wake()

    def loops(self) -> Iterator[tuple[str, Step]]:
        """The background loops with their names."""
        for stream, relay in self._relays.items():
            yield f"relay {stream}", relay.step
