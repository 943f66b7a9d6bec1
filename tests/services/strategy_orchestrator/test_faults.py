"""A real process that is killed, on a bus that is wiped: every signal of an undisturbed run is committed, and once."""

import asyncio
import os
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
from sqlalchemy import select
from tests.services.strategy_orchestrator.world import (
    MINUTE,
    REVERSION,
    TREND,
    OrchestratorProcess,
    World,
    document,
    world,
)

from stockbot.codec import decode_entry
from stockbot.events.streams import SIGNALS as SIGNALS_STREAM
from stockbot.events.trading import SignalGenerated
from stockbot.runtime.headers import read_header
from stockbot.runtime.inbox import Intake, Verdict
from stockbot.strategy_orchestrator import store
from stockbot.strategy_orchestrator.tables import SIGNALS
from stockbot.testing.clock import START
from stockbot.testing.databases import sqlite_url
from stockbot.testing.fork_server import ForkServer

KILLS = int(os.environ.get("STOCKBOT_KILLS", "30"))  # for each database
MINUTES_AFTER = 20  # of the market, undisturbed, after the last kill
DESKS = len(TREND["symbols"]) + len(REVERSION["symbols"])
LEEWAY = timedelta(seconds=90)  # of the market: a signal lives for two minutes


async def reached(here: World) -> list[Any]:
    """Through when each desk has decided; empty while there are no tables."""
    try:
        progress = await here.database.read(store.progress)
    except Exception:  # noqa: BLE001 - whatever a database without tables says
        return []
    return sorted(each.decided_until for each in progress.values())


async def is_within(here: World, leeway: timedelta) -> bool:
    found = await reached(here)
    return len(found) == DESKS and here.market.now - found[0] <= leeway


async def signals(here: World) -> dict[str, tuple[object, ...]]:
    """What was committed, by id."""
    items = await here.database.read(lambda c: store.signals(c, limit=1_000_000))
    return {
        item.id: (item.signal.strategy, item.signal.symbol, item.signal.side, item.signal.quantity, item.signal.reason)
        for item in items
    }


async def run_market(here: World, is_over: Callable[[], bool]) -> None:
    """Move the market on as fast as the process follows, and to a full minute at the end."""
    while not (is_over() and here.market.now.second == 0):
        await here.step()
        await here.until(lambda: is_within(here, LEEWAY))
    await here.step()
    await here.until(lambda: is_within(here, MINUTE))


@asynccontextmanager
async def trading(here: World, forks: ForkServer | None = None) -> AsyncIterator[OrchestratorProcess]:
    """A process that has begun to trade at the market's first moment."""
    process = here.process(document(here.folder), forks=forks)
    process.start()
    try:
        await process.until("/healthz", lambda answer: answer.status_code == 200)
        await here.until(lambda: _all_run(here))
        yield process
    finally:
        await process.close()


async def _all_run(here: World) -> bool:
    """Each desk has signalled or withheld from its first bar: it knows its history."""
    progress = await here.database.read(store.progress) if await reached(here) else {}
    return len(progress) == DESKS and not any(each.waiting for each in progress.values())


async def undisturbed(folder: Path, minutes: int) -> dict[str, tuple[object, ...]]:
    async with world(folder, sqlite_url(folder)) as here, trading(here):
        await run_market(here, lambda: here.market.now - START >= minutes * MINUTE)
        return await signals(here)


def on_the_stream(here: World) -> list[str]:
    """The ids of the signals that a consumer with an inbox takes in, in their order."""
    intake, taken = Intake({}), []
    with redis.Redis.from_url(here.server.url.get_secret_value(), protocol=2) as client:
        for _, fields in client.xrange(SIGNALS_STREAM):
            if intake.judge(read_header(fields[b"event"])) is Verdict.FRESH:
                event = decode_entry(fields)
                assert isinstance(event, SignalGenerated)
                taken.append(event.id)
    return taken


async def all_are_on_the_stream(here: World) -> bool:
    """Whether the relay has sent everything that is committed."""
    return set(on_the_stream(here)) == set(await signals(here))


@pytest.mark.timeout(600)
async def test_killed_at_random_moments(database_url: str, tmp_path: Path) -> None:
    """After each kill the next process goes on: the signals are those of a run without kills, each on the bus once."""
    seed = int(os.environ.get("STOCKBOT_FAULT_SEED", random.SystemRandom().randrange(10**6)))
    chance = random.Random(seed)
    with ForkServer.start(["stockbot.cli.serve", "stockbot.strategy_orchestrator.main"]) as forks:
        last, committed, taken = await killed(tmp_path / "killed", database_url, chance, forks)
    print(f"seed {seed}: {last} minutes, {len(committed)} signals")  # noqa: T201 - shown when the test fails
    assert len(committed) > KILLS
    assert committed == await undisturbed(tmp_path / "undisturbed", last)
    assert sorted(taken) == sorted(committed)


async def killed(
    folder: Path, database_url: str, chance: random.Random, forks: ForkServer
) -> tuple[int, dict[str, tuple[object, ...]], list[str]]:
    """How many minutes the market ran, the signals that were committed, and those that a consumer takes in."""
    async with world(folder, database_url) as here, trading(here, forks) as process:

        async def kill() -> None:
            for _ in range(KILLS):
                await asyncio.sleep(chance.uniform(0.05, 1.6))
                await process.close()
                process.start()

        killing = asyncio.create_task(kill())
        await run_market(here, killing.done)
        await killing
        last = (here.market.now - START) // MINUTE + MINUTES_AFTER
        await run_market(here, lambda: here.market.now - START >= last * MINUTE)
        committed = await signals(here)
        await here.until(lambda: all_are_on_the_stream(here))
        return last, committed, on_the_stream(here)


@pytest.mark.timeout(300)
async def test_a_wiped_bus_is_filled_again(tmp_path: Path) -> None:
    """Ticks, signals and groups are forgotten again and again: nothing is missing, and everything goes on by itself."""
    minutes = 60
    async with world(tmp_path / "wiped", sqlite_url(tmp_path)) as here, trading(here):

        async def wipe() -> None:
            with redis.Redis.from_url(here.server.url.get_secret_value(), protocol=2) as client:
                for _ in range(10):
                    await asyncio.sleep(0.5)
                    client.flushall()

        wiping = asyncio.create_task(wipe())
        await run_market(here, lambda: wiping.done() and here.market.now - START >= minutes * MINUTE)
        last = (here.market.now - START) // MINUTE
        committed = await signals(here)
        await here.until(lambda: all_are_on_the_stream(here))
        taken = on_the_stream(here)
    assert committed == await undisturbed(tmp_path / "undisturbed", last)
    assert sorted(taken) == sorted(committed)


async def test_signals_are_rows(tmp_path: Path) -> None:
    """What the helper reads is all there is."""
    async with world(tmp_path / "short", sqlite_url(tmp_path)) as here, trading(here):
        await run_market(here, lambda: here.market.now - START >= 5 * MINUTE)
        rows = await here.database.read(lambda c: c.execute(select(SIGNALS.c.id)).scalars().all())
        assert set(rows) == set(await signals(here))
