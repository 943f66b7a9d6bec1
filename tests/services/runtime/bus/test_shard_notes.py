"""Notes of the shards of a service to each other."""

import asyncio

from prometheus_client import CollectorRegistry

from stockbot.events.streams import shard_key
from stockbot.local.ports import free_port
from stockbot.runtime.bus import Bus, ShardNotes
from stockbot.runtime.clock import SystemClock
from stockbot.runtime.metrics import Metrics


def notes(bus: Bus, shard: int, shards: int = 3, lifetime: float = 30.0) -> ShardNotes[list[int]]:
    return ShardNotes(bus, list[int], source=f"gateway/{shard}", shards=shards, lifetime=lifetime)


async def test_everybody_hears_all_others(bus: Bus) -> None:
    """A note for each shard but the own one; None for one that has said nothing, or nothing that can be read."""
    await notes(bus, 0).tell([1, 2])
    await bus.commands.set(shard_key("gateway/2"), b"{")
    assert await notes(bus, 1).of_others() == {0: [1, 2], 2: None}
    assert await notes(bus, 0).of_others() == {1: None, 2: None}


async def test_a_note_ends_with_its_shard(bus: Bus) -> None:
    """What nobody repeats is forgotten."""
    await notes(bus, 0, lifetime=0.05).tell([1])
    await asyncio.sleep(0.1)
    assert (await notes(bus, 1).of_others())[0] is None


async def test_a_single_shard_is_alone(bus: Bus) -> None:
    """It has nobody to tell, and asks nobody."""
    assert (notes(bus, 0, shards=1).is_alone, notes(bus, 0, shards=2).is_alone) == (True, False)
    assert await notes(bus, 0, shards=1).of_others() == {}


async def test_without_the_bus_nothing_is_known_of_the_others() -> None:
    """The answer says so instead of failing: the own part is still true."""
    bus = Bus(f"redis://127.0.0.1:{free_port()}/0", clock=SystemClock(), metrics=Metrics(CollectorRegistry()))
    assert await notes(bus, 0).of_others() == {1: None, 2: None}
    await bus.close()
