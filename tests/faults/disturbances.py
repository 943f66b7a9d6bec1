"""What can happen to a platform, one function each. All are over when they return, or are healed by `heal`.

Each takes the world and the chance that decides what is left open. They end only processes that the suite started.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from tests.faults.services import ENGINE, backup, restore
from tests.faults.world import World

from stockbot.events.streams import WORK

Disturbance = Callable[[World, random.Random], Awaitable[None]]

PAUSE_SECONDS = 10.0
DISK_SECONDS = 3.0


async def kill_a_service(world: World, chance: random.Random) -> None:
    """Kill -9 of any service; whoever supervises starts it again."""
    service = world.services.running[chance.choice(sorted(world.services.running))]
    service.kill()
    await asyncio.sleep(chance.uniform(0, 1))
    service.start()


async def kill_all_services(world: World, _: random.Random) -> None:
    """The machine loses its power."""
    for service in world.services.running.values():
        service.kill()
    for service in world.services.running.values():
        service.start()


async def pause_a_service(world: World, chance: random.Random) -> None:
    """SIGSTOP for longer than a lease lasts, as a laptop's sleep or a starved node does."""
    service = world.services.running[chance.choice(sorted(world.services.running))]
    service.pause()
    await asyncio.sleep(PAUSE_SECONDS)
    service.go_on()


async def kill_the_bus(world: World, chance: random.Random) -> None:
    """Kill -9 of the bus: it comes back with its last snapshot, which is old."""
    world.server.kill()
    await asyncio.sleep(chance.uniform(0, 2))
    world.server.restart()


async def wipe_the_bus(world: World, _: random.Random) -> None:
    """The bus forgets everything."""
    world.bus().flushall()


async def drop_broker_connections(world: World, _: random.Random) -> None:
    """The stream of the broker's updates breaks."""
    await asyncio.to_thread(world.broker.control.disconnect)


async def pause_the_broker(world: World, chance: random.Random) -> None:
    """The broker answers nothing for a while, and connections stay."""
    world.broker.pause()
    await asyncio.sleep(chance.uniform(1, 4))
    world.broker.resume()


async def restart_the_broker(world: World, _: random.Random) -> None:
    """The broker goes and comes back with its books."""
    world.broker.kill()
    await asyncio.sleep(1)
    world.broker.start()


async def spoil_broker_answers(world: World, chance: random.Random) -> None:
    """Orders arrive and their answers do not: timeouts, resets, 500s, rubbish; or they are refused for now."""
    for _ in range(3):
        kind = chance.choice(("hang", "drop", "status", "malformed", "html", "empty"))
        after = chance.random() < 0.8
        how = {"status": chance.choice((429, 500, 503, 504)), "after": after, "seconds": chance.uniform(1, 12)}
        await asyncio.to_thread(partial(world.broker.control.misbehave, kind, **how))
        await asyncio.sleep(chance.uniform(0.2, 1))


async def spoil_broker_queries(world: World, chance: random.Random) -> None:
    """What the broker is asked fails for a while; what it does goes on."""
    kind = chance.choice(("status", "drop", "malformed", "html", "nan", "wrong_types"))
    how = {"method": "GET", "path": "/v2/", "times": chance.randint(3, 20), "status": chance.choice((429, 500, 503))}
    await asyncio.to_thread(partial(world.broker.control.misbehave, kind, **how))
    await asyncio.sleep(chance.uniform(1, 3))


async def confuse_the_broker_stream(world: World, chance: random.Random) -> None:
    """Updates come twice, in another order, cut, or not at all."""
    manners = {name: chance.choice((0, 2, 4)) for name in ("duplicate", "lose", "swap", "garble")}
    await asyncio.to_thread(partial(world.broker.control.stream, **manners))
    await asyncio.sleep(chance.uniform(1, 4))


async def mute_the_broker_stream(world: World, chance: random.Random) -> None:
    """Connected, and nothing is told."""
    await asyncio.to_thread(partial(world.broker.control.stream, mute=True))
    await asyncio.sleep(chance.uniform(2, 5))


async def repeat_events(world: World, chance: random.Random) -> None:
    """Entries of all work streams come again, the newest first."""
    bus = world.bus()
    for stream in WORK:
        entries: Any = bus.xrevrange(stream, count=chance.randint(1, 50))
        for _, fields in entries:
            bus.xadd(stream, fields)
    await asyncio.sleep(0.5)


async def forget_a_stream(world: World, chance: random.Random) -> None:
    """One stream and its groups are gone."""
    world.bus().delete(chance.choice(WORK))


async def a_second_engine(world: World, chance: random.Random) -> None:
    """Two Execution Engines at once; then one of them is killed, which may be the one that sends."""
    first, second = world.services.running[ENGINE], world.services.second_engine()
    second.start()
    await asyncio.sleep(chance.uniform(2, 5))
    if chance.random() < 0.5:
        first.kill()
        await asyncio.sleep(chance.uniform(3, 6))
        second.kill()
        first.start()
    else:
        second.kill()


async def stop_between_intent_and_send(world: World, chance: random.Random) -> None:
    """The engine freezes with a committed intent, another takes over, and the first wakes up and wants to send."""
    first, second = world.services.running[ENGINE], world.services.second_engine()
    second.start()
    await asyncio.sleep(2)
    await _until_an_order_is_on_its_way(world)
    first.pause()
    await asyncio.sleep(chance.uniform(3, 8))
    first.go_on()
    await asyncio.sleep(1)
    second.kill()


async def _until_an_order_is_on_its_way(world: World) -> None:
    """Until an intent is committed and not answered; at last whatever the state is then."""
    for _ in range(400):
        if await world.read("SELECT 1 FROM execution_orders WHERE state IN ('INTENT', 'SENT') LIMIT 1"):
            return
        await asyncio.sleep(0.005)


async def kill_postgresql(world: World, _: random.Random) -> None:
    """The database crashes and recovers."""
    assert world.postgres is not None
    world.postgres.kill()
    await asyncio.sleep(1)
    world.postgres.start()


async def fill_the_disk(world: World, _: random.Random) -> None:
    """The disk of the database has no byte left for a while."""
    assert world.database_file is not None
    filler = world.database_file.with_name("filler")
    with filler.open("wb", buffering=0) as file, suppress(OSError):  # it is full, as wanted
        while True:
            file.write(b"x" * 65536)
    await asyncio.sleep(DISK_SECONDS)
    filler.unlink()


async def restore_an_old_database(world: World, chance: random.Random) -> None:
    """A backup is restored: what was done since is known to the broker alone."""
    assert world.database_file is not None
    old = world.folder / "backup.db"
    backup(world.database_file, old)
    await asyncio.sleep(chance.uniform(1, 3))
    world.strategies.trading = False
    for service in world.services.running.values():
        service.stop()
    restore(world.database_file, old)
    world.restored_through = world.strategies.highest
    for service in world.services.running.values():
        service.start()
    world.strategies.trading = True


async def heal(world: World) -> None:
    """The broker behaves, and nobody is frozen or gone."""
    await asyncio.to_thread(world.broker.control.behave)
    await asyncio.to_thread(world.broker.control.stream)
    for service in world.services.running.values():
        service.go_on()
        if not service.is_running:
            service.start()


@dataclass(frozen=True)
class Choice:
    """A disturbance and how often it comes compared with the others."""

    disturb: Disturbance
    weight: int = 1
    sqlite: bool = True
    postgresql: bool = True
    own_disk: bool = False  # it needs a small disk, which only root can have


CHOICES = (
    Choice(kill_a_service, 4),
    Choice(kill_all_services),
    Choice(pause_a_service),
    Choice(kill_the_bus, 2),
    Choice(wipe_the_bus, 2),
    Choice(forget_a_stream),
    Choice(repeat_events, 2),
    Choice(drop_broker_connections),
    Choice(pause_the_broker),
    Choice(restart_the_broker),
    Choice(spoil_broker_answers, 4),
    Choice(spoil_broker_queries),
    Choice(confuse_the_broker_stream, 2),
    Choice(mute_the_broker_stream),
    Choice(a_second_engine, 2),
    Choice(stop_between_intent_and_send, 2),
    Choice(kill_postgresql, 2, sqlite=False),
    Choice(fill_the_disk, postgresql=False, own_disk=True),
    Choice(restore_an_old_database, 2, postgresql=False),
)
