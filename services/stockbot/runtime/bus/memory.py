"""How full the bus is: at its limit it refuses every write, and then no event travels."""

from msgspec import Struct
from redis import exceptions

from stockbot.runtime.bus.connection import Bus, translated


class Memory(Struct, frozen=True):
    """Bytes; `limit` is 0 where the server has none."""

    used: int
    limit: int


async def memory(bus: Bus) -> Memory | None:
    """Ask the server; None where it does not tell us, as one that somebody else runs may not. Raises BusUnavailable."""
    try:
        with translated():
            told = await bus.commands.info("memory")
    except exceptions.ResponseError:
        return None
    return Memory(int(told["used_memory"]), int(told.get("maxmemory", 0)))
