"""What each shard of a service says of itself, so that any of them can answer for all: one key a shard, which ends.

For what only the owner of a symbol knows and nobody acts on: how its providers and its strategies fare. Used by the
gateway and by the orchestrator.
"""

import asyncio
from typing import Generic, TypeVar

import msgspec
import structlog

from stockbot.events.streams import shard_key
from stockbot.runtime.bus.connection import Bus, BusUnavailable, translated

ASK_SECONDS = 1.0  # whoever asks the API waits no longer for the others

Note = TypeVar("Note")

logger = structlog.stdlib.get_logger(__name__)


class ShardNotes(Generic[Note]):
    """`kind` is the type of a note, `source` this process and `shards` how many there are.

    A note is forgotten after `lifetime` seconds: a shard that has ended says nothing any more.
    """

    def __init__(self, bus: Bus, kind: type[Note], *, source: str, shards: int, lifetime: float) -> None:
        service, _, shard = source.partition("/")
        self._bus = bus
        self._kind = kind
        self._own = source
        self._others = {number: f"{service}/{number}" for number in range(shards) if number != int(shard)}
        self._lifetime_milliseconds = int(lifetime * 1000)

    @property
    def is_alone(self) -> bool:
        """Whether there is nobody to say anything to."""
        return not self._others

    async def tell(self, note: Note) -> None:
        """Say it to the others; raises BusUnavailable."""
        with translated():
            document = msgspec.json.encode(note)
            await self._bus.commands.set(shard_key(self._own), document, px=self._lifetime_milliseconds)

    async def of_others(self) -> dict[int, Note | None]:
        """The note of every other shard; None for one that has said nothing lately, and for all without the bus."""
        if self.is_alone:
            return {}
        try:
            async with asyncio.timeout(ASK_SECONDS):
                return await self._read()
        except (BusUnavailable, TimeoutError) as error:
            logger.warning("what the other shards say is not known", reason=str(error))
            return dict.fromkeys(self._others)

    async def _read(self) -> dict[int, Note | None]:
        keys = [shard_key(source) for source in self._others.values()]
        with translated():
            documents = await self._bus.commands.mget(keys)
        return {shard: self._decoded(found) for shard, found in zip(self._others, documents, strict=True)}

    def _decoded(self, document: bytes | None) -> Note | None:
        if document is None:
            return None
        try:
            return msgspec.json.decode(document, type=self._kind)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            logger.warning("malformed note of a shard", reason=str(error))
            return None
