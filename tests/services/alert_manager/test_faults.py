"""Real processes: killed, doubled, without bus and without database. No alert is lost, and people hear of it."""

import asyncio
import os
import random
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
import redis
from sqlalchemy import Connection, select
from tests.services.alert_manager.alert_process import AlertProcess, matter, process, producer, until_true
from tests.services.alert_manager.receivers import Webhook, webhook

from stockbot.alert_manager.tables import ALERTS, DEAD_LETTERS, DELIVERIES
from stockbot.events.alerts import Alert, Severity
from stockbot.local.bus_server import BusServer
from stockbot.runtime.database import Database
from stockbot.testing.bus import SERVERS
from stockbot.testing.databases import sqlite_url, start_postgres
from stockbot.testing.service_process import until

KILLS = 6  # for each database
BURST = 5


@pytest.fixture
def bus_address(bus_servers: Callable[[str], str]) -> str:
    url = bus_servers(SERVERS[0])
    client = redis.Redis.from_url(url, protocol=2)
    client.flushall()
    client.close()
    return url


def told(hook: Webhook) -> int:
    """How many alerts the messages that arrived were about."""
    return sum(_about(payload["message"]) for payload in hook.taken)


def _about(message: str) -> int:
    lines = len(re.findall(r"^- \[", message, re.MULTILINE)) or 1
    more = re.search(r"^and (\d+) more$", message, re.MULTILINE)
    return lines + (int(more[1]) if more else 0)


def states(connection: Connection) -> list[str]:
    """The state of every delivery of the load."""
    query = select(DELIVERIES.c.state).where(DELIVERIES.c.kind == "load")
    return list(connection.execute(query).scalars())


@pytest.mark.timeout(240)
async def test_killed_at_random_moments(bus_address: str, database_url: str, tmp_path: Path) -> None:
    """SIGKILL again and again under a load of alerts: each is stored and delivered once the dust has settled.

    A message that was sent when the process ended before its receipt is sent again, so at most one for each kill.
    """
    seed = int(os.environ.get("STOCKBOT_FAULT_SEED", random.SystemRandom().randrange(10**6)))
    chance = random.Random(seed)
    print(f"STOCKBOT_FAULT_SEED={seed} repeats it")  # noqa: T201 - shown when the test fails
    how = {"folder": tmp_path, "bus_url": bus_address, "database_url": database_url}
    async with producer(bus_address, database_url) as alarms, webhook() as hook:
        with process(**how, channels={"hook": hook.url}) as manager:
            for kill in range(KILLS):
                hook.status = chance.choice((200, 200, 500))
                first = kill * BURST
                await alarms.tell(*(load(number) for number in range(first, first + BURST)))
                if kill % 3:  # every third is killed while it starts
                    await manager.until_ready()
                await asyncio.sleep(chance.uniform(0, 1.2))
                manager.kill()
                manager.start()
            hook.status = 200
            total = KILLS * BURST

            async def all_delivered() -> bool:
                return await alarms.database.read(states) == ["delivered"] * total

            await until(all_delivered, "a receipt for each alert")
            kept = await alarms.database.read(
                lambda c: list(
                    c.execute(select(ALERTS.c.title).where(ALERTS.c.fingerprint.startswith("load/"))).scalars()
                )
            )
            letters = await alarms.database.read(lambda c: c.execute(select(DEAD_LETTERS.c.reason)).all())
    assert sorted(kept) == sorted(load(number).title for number in range(total))
    assert letters == []
    assert total <= told(hook) <= total * 2


def load(number: int) -> Alert:
    return Alert(fingerprint=f"load/{number}", severity=Severity.WARNING, title=f"load {number}")


@pytest.mark.timeout(120)
async def test_two_processes_tell_once(bus_address: str, tmp_path: Path) -> None:
    """Only the holder of the lease takes in and delivers; the other one takes over when it ends."""
    how = {"folder": tmp_path, "bus_url": bus_address, "database_url": sqlite_url(tmp_path)}
    async with producer(bus_address, sqlite_url(tmp_path)) as alarms, webhook() as hook:
        with process(**how, channels={"hook": hook.url}) as one:
            await one.until_ready()
            with process(**how, channels={"hook": hook.url}, holder="two") as two:
                await alarms.tell(matter("first"))
                await until_true(lambda: len(hook.taken) == 1, "a message")
                await asyncio.sleep(2)
                assert hook.titles == ["[WARNING] matter <first>"]
                one.kill()
                await two.until_ready()
                await alarms.tell(matter("second"))
                await until_true(lambda: "[WARNING] matter <second>" in hook.titles, "a message of the other")


@pytest.mark.timeout(120)
async def test_a_bus_that_dies_is_told_and_so_is_its_return(tmp_path: Path) -> None:
    """People hear that the bus is dead while it is, and that it is back; what was told meanwhile arrives."""
    server = BusServer.start(tmp_path / "bus")
    url, database_url = server.url.get_secret_value(), sqlite_url(tmp_path)
    try:
        async with producer(url, database_url) as alarms, webhook() as hook:
            with process(
                folder=tmp_path, bus_url=url, database_url=database_url, channels={"hook": hook.url}
            ) as manager:
                await manager.until_ready()
                server.kill()
                await until_true(lambda: "[CRITICAL] The bus does not answer" in hook.titles, "that it is dead")
                await alarms.tell(matter("meanwhile"))
                server.restart()
                await until_true(lambda: "[RESOLVED] The bus does not answer" in hook.titles, "that it is back")
                await until_true(lambda: "[WARNING] matter <meanwhile>" in hook.titles, "what was told meanwhile")
    finally:
        server.kill()


@contextmanager
def lost_file(path: Path) -> Iterator[None]:
    """The database's file is not where it was."""
    path.rename(path.with_suffix(".away"))
    yield
    path.with_suffix(".away").rename(path)


@pytest.mark.timeout(120)
async def test_a_database_file_that_is_gone(bus_address: str, tmp_path: Path) -> None:
    """SQLite: people hear of it while it is gone, and everything is in the database once it is back."""
    await _without_database(bus_address, sqlite_url(tmp_path), tmp_path, lambda: lost_file(tmp_path / "stockbot.db"))


@pytest.mark.timeout(120)
async def test_a_database_server_that_is_stopped(bus_address: str, tmp_path: Path) -> None:
    """PostgreSQL: the same."""
    server = start_postgres()

    @contextmanager
    def stopped() -> Iterator[None]:
        server.kill()
        yield
        server.start()

    try:
        await _without_database(bus_address, server.create_database(), tmp_path, stopped)
    finally:
        server.destroy()


async def _without_database(
    bus_url: str, database_url: str, folder: Path, away: Callable[[], AbstractContextManager[None]]
) -> None:
    async with webhook() as hook:
        with process(folder=folder, bus_url=bus_url, database_url=database_url, channels={"hook": hook.url}) as manager:
            await manager.until_ready()
            with away():
                await until_true(lambda: "[CRITICAL] The database does not answer" in hook.titles, "that it is gone")
                (shown,) = await manager.items("alerts")
                assert shown["title"] == "The database does not answer"
            await until_true(lambda: "[RESOLVED] The database does not answer" in hook.titles, "that it is back")
            await _has_receipts(manager)
            assert len(hook.titles) == 2
        database = Database.open(database_url)
        kept = await database.read(lambda c: [tuple(row) for row in c.execute(select(ALERTS.c.title, ALERTS.c.state))])
        await database.close()
    assert kept == [("The database does not answer", "resolved")]


async def _has_receipts(manager: AlertProcess) -> None:
    async def both() -> bool:
        found = [one["state"] for item in await manager.items("alerts") for one in item["deliveries"]]
        return found == ["delivered", "delivered"]

    await until(both, "two receipts")
