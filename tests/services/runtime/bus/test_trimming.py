"""Trimming takes what all groups are done with, and what is too old or too much, and nothing else."""

from datetime import timedelta

from stockbot.runtime.bus import Bus, Entry, WorkReader
from stockbot.runtime.bus.trimming import trim

STREAM = "stockbot:orders"


async def fill(bus: Bus, entries: int) -> None:
    for number in range(entries):
        await bus.commands.xadd(STREAM, {b"event": str(number).encode()})


async def left(bus: Bus) -> list[bytes]:
    return [fields[b"event"] for _, fields in await bus.commands.xrange(STREAM) if fields]


async def read_and_acknowledge(bus: Bus, group: str, count: int) -> None:
    reader = WorkReader(bus, STREAM, group, count=count)
    entries: list[Entry] = []
    while not entries:
        entries = await reader.read()
    await reader.acknowledge(entries)


async def test_what_one_group_still_needs_stays(bus: Bus) -> None:
    """The slowest group decides."""
    await fill(bus, 6)
    await read_and_acknowledge(bus, "fast", 5)
    await read_and_acknowledge(bus, "slow", 2)
    await trim(bus, STREAM, bus.clock.now())
    assert await left(bus) == [b"1", b"2", b"3", b"4", b"5"]  # the last one acknowledged marks the place


async def test_pending_entries_stay(bus: Bus) -> None:
    """Read is not done: what was not acknowledged will be asked for again."""
    await fill(bus, 4)
    reader = WorkReader(bus, STREAM, "group")
    while not await reader.read():
        continue
    await trim(bus, STREAM, bus.clock.now())
    assert len(await left(bus)) == 4


async def test_a_dead_group_cannot_fill_the_memory(bus: Bus) -> None:
    """Age and length bound the stream whatever a group has not read."""
    await fill(bus, 300)
    await bus.commands.xgroup_create(STREAM, "dead", id="0", mkstream=True)
    await trim(bus, STREAM, bus.clock.now(), longest=100)
    assert 100 <= await bus.commands.xlen(STREAM) < 300
    await trim(bus, STREAM, bus.clock.now() + timedelta(hours=25))
    assert await left(bus) == []


async def test_a_stream_that_does_not_exist_is_left_alone(bus: Bus) -> None:
    """Before the first event there is nothing to trim, and nothing is made."""
    await trim(bus, STREAM, bus.clock.now())
    assert await bus.commands.xlen(STREAM) == 0
