"""How far each source's relay is on a stream: kept on the bus beside the stream, so both are forgotten together.

The hash `<stream>:position` has two fields for each source: `<source>`, the last sequence appended, and
`<source>:floor`, the oldest sequence that SQL can still give. Values read `incarnation:sequence`. The scripts declare
their keys, as Dragonfly demands.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from stockbot.events.streams import FIELD, position
from stockbot.runtime.bus.connection import Bus, translated

# KEYS: stream, position. ARGV: source, expected or "", new, floor, field name, then the events.
_APPEND = """
local at = redis.call('HGET', KEYS[2], ARGV[1]) or ''
if at ~= ARGV[2] then return at end
for i = 6, #ARGV do redis.call('XADD', KEYS[1], '*', ARGV[5], ARGV[i]) end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[3], ARGV[1] .. ':floor', ARGV[4])
return ARGV[3]
"""

# KEYS: position. ARGV: source, sequence. Only ever moves back, and leaves the incarnation as it is.
_REWIND = """
local at = redis.call('HGET', KEYS[1], ARGV[1])
if not at then return 0 end
local incarnation, sequence = string.match(at, '^(.*):(%d+)$')
if tonumber(sequence) <= tonumber(ARGV[2]) then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], incarnation .. ':' .. ARGV[2])
return 1
"""

_FLOOR = b":floor"


@dataclass(frozen=True, slots=True, order=False)
class Position:
    """A place in one source's events on one stream: the sequence, in one incarnation of its database."""

    incarnation: str
    sequence: int

    def __str__(self) -> str:
        return f"{self.incarnation}:{self.sequence}"

    @classmethod
    def parse(cls, text: bytes | str | None) -> "Position | None":
        if not text:
            return None
        incarnation, _, sequence = (text.decode() if isinstance(text, bytes) else text).rpartition(":")
        return cls(incarnation, int(sequence))


async def read_position(bus: Bus, stream: str, source: str) -> Position | None:
    """How far the relay of `source` is, None where the bus knows nothing of it; raises BusUnavailable."""
    with translated():
        return Position.parse(await bus.commands.hget(position(stream), source))


async def read_positions(bus: Bus, stream: str) -> dict[str, Position]:
    """How far the relay of every source is; raises BusUnavailable."""
    with translated():
        fields = await bus.commands.hgetall(position(stream))
    found = {field.decode(): Position.parse(text) for field, text in fields.items() if not field.endswith(_FLOOR)}
    return {source: at for source, at in found.items() if at is not None}


async def read_floor(bus: Bus, stream: str, source: str) -> Position | None:
    """The oldest event that the source can still send; raises BusUnavailable."""
    with translated():
        return Position.parse(await bus.commands.hget(position(stream), f"{source}:floor"))


async def append(
    bus: Bus,
    stream: str,
    source: str,
    *,
    expected: Position | None,
    new: Position,
    floor: Position,
    documents: Sequence[bytes],
) -> Position | None:
    """Append the documents and move the position from `expected` to `new`, both or neither.

    Returns where the position is now: `new` if it was done, anything else if somebody or something moved it before.
    Raises BusUnavailable, which leaves open whether it was done.
    """
    script = bus.commands.register_script(_APPEND)
    with translated():
        at = await script(
            keys=[stream, position(stream)],
            args=[source, str(expected or ""), str(new), str(floor), FIELD, *documents],
        )
    return Position.parse(at)


async def rewind(bus: Bus, stream: str, source: str, sequence: int) -> None:
    """Make the source's relay send again what comes after `sequence`; raises BusUnavailable."""
    script = bus.commands.register_script(_REWIND)
    with translated():
        await script(keys=[position(stream)], args=[source, sequence])
