"""Rounds of faults: disturb at a random moment under load, let everything heal by itself, and ask whether all is true.

Used by `make test` for a few rounds and by `make faults` for hundreds. A seed gives the same disturbances in the same
order with the same pauses; what the processes do meanwhile is their own.
"""

import asyncio
import os
import random
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from tests.faults.disturbances import CHOICES, Disturbance, heal
from tests.faults.invariants import complaints_of
from tests.faults.services import Services
from tests.faults.strategies import Strategies
from tests.faults.world import World

from stockbot.local.bus_server import BusServer
from stockbot.testing.alpaca import AlpacaProcess, alpaca_process
from stockbot.testing.databases import sqlite_url, start_postgres
from stockbot.testing.postgres import PostgresServer

DISK_MEGABYTES = 192
Say = Callable[[str], None]


@asynccontextmanager
async def world_of(folder: Path, backend: str) -> AsyncIterator[World]:
    """A platform that runs on one kind of database, ready to be disturbed."""
    with BusServer.start(folder / "bus") as server, alpaca_process(folder) as broker, disk(folder / "disk") as small:
        postgres = start_postgres() if backend == "postgresql" else None
        try:
            world = _world(folder, server, broker, postgres, small)
            async with world.running():
                await world.ready()
                yield world
        finally:
            if postgres is not None:
                postgres.destroy()


def _world(
    folder: Path, server: BusServer, broker: AlpacaProcess, postgres: PostgresServer | None, small: Path
) -> World:
    database_url = sqlite_url(small) if postgres is None else postgres.create_database()
    services = Services(folder, server.url, database_url, broker.url)
    return World(
        folder=folder,
        server=server,
        broker=broker,
        services=services,
        strategies=Strategies(server.url.get_secret_value(), database_url, services.account),
        postgres=postgres,
        database_file=small / "stockbot.db" if postgres is None else None,
    )


async def rounds(world: World, backend: str, *, seed: int, count: int, say: Say) -> None:
    """Play that many rounds; AssertionError names the round, the disturbance and what does not hold."""
    chance = random.Random(seed)
    for number in range(1, count + 1):
        disturb = draw(chance, backend)
        say(f"round {number} of {count}: {disturb.__name__}")
        try:
            await one_round(world, disturb, chance)
        except AssertionError as error:
            again = f"STOCKBOT_FAULT_SEED={seed} STOCKBOT_FAULT_DATABASE={backend} make faults ROUNDS={number}"
            raise AssertionError(f"round {number}, {disturb.__name__}: {error}\nrepeat it with: {again}") from error
    say(f"every invariant held over {await traded(world)}")


def draw(chance: random.Random, backend: str) -> Disturbance:
    """The next disturbance that this kind of database can have on this machine."""
    able = [choice for choice in CHOICES if getattr(choice, backend) and (os.geteuid() == 0 or not choice.own_disk)]
    return chance.choices(able, [choice.weight for choice in able])[0].disturb


async def one_round(world: World, disturb: Disturbance, chance: random.Random) -> None:
    """Trade, disturb, trade on, heal, settle, and check."""
    world.strategies.trading = True
    await asyncio.sleep(chance.uniform(0.5, 2))
    await disturb(world, chance)
    await asyncio.sleep(chance.uniform(0, 1.5))
    world.strategies.trading = False
    await heal(world)
    await world.settle()
    complaints = await complaints_of(world)
    assert not complaints, "; ".join(complaints)


async def traded(world: World) -> str:
    """How much was at stake, in words; AssertionError where nothing was ever filled."""
    broker = await world.books()
    accepted = sum(post.accepted for post in broker.posts)
    assert broker.fills, "no order was ever filled: nothing was tested"
    return f"{world.strategies.highest} signals, {accepted} orders, {len(broker.fills)} fills"


@contextmanager
def disk(folder: Path) -> Iterator[Path]:
    """A small disk of its own, so that it can be filled. Only root can have one; others get a plain folder."""
    folder.mkdir()
    if os.geteuid() != 0:
        yield folder
        return
    size = f"size={DISK_MEGABYTES}m"
    subprocess.run(["mount", "-t", "tmpfs", "-o", size, "stockbot-faults", str(folder)], check=True)  # noqa: S603, S607
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)  # noqa: S603, S607 - what was mounted above
