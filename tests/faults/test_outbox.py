"""Every work event arrives, in order, and has its effect once, whatever happens to the bus and to both programs."""

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import redis
from sqlalchemy import func, select
from tests.faults.outbox_program import CAUSES, DEAD_LETTERS, EFFECTS, METADATA

from stockbot.local.bus_server import BusServer
from stockbot.runtime.database import Database

PROGRAM = Path(__file__).with_name("outbox_program.py")
DISTURBANCES = 110
SECONDS_TO_CATCH_UP = 60


class Chaos:
    """Two programs and a bus server, and the ways to hurt them."""

    def __init__(self, server: BusServer, database_url: str, folder: Path) -> None:
        self.server = server
        self._arguments = [database_url, server.url.get_secret_value(), str(folder / "stop")]
        self._log = (folder / "programs.log").open("wb")
        self._programs = {role: self._start(role) for role in ("produce", "consume")}

    def _start(self, role: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, str(PROGRAM), role, *self._arguments], stdout=self._log, stderr=subprocess.STDOUT
        )

    def kill_program(self, role: str) -> None:
        self._programs[role].kill()
        self._programs[role].wait()
        self._programs[role] = self._start(role)

    def pause_program(self, role: str) -> None:
        self._programs[role].send_signal(signal.SIGSTOP)
        time.sleep(0.3)
        self._programs[role].send_signal(signal.SIGCONT)

    def wipe(self) -> None:
        self._client().flushall()

    def forget_the_stream(self) -> None:
        self._client().delete("stockbot:alerts")

    def trim(self) -> None:
        self._client().xtrim("stockbot:alerts", maxlen=3, approximate=False)

    def snapshot(self) -> None:
        self._client().save()

    def fall_back(self) -> None:
        """Restart from the last snapshot, whatever its age."""
        self.server.kill()
        self.server.restart()

    def _client(self) -> redis.Redis:
        return redis.Redis.from_url(self._arguments[1], protocol=2)

    def end(self) -> None:
        for program in self._programs.values():
            program.kill()
            program.wait()
        self._log.close()


def disturbances(chaos: Chaos) -> list[tuple[Callable[[], None], int]]:
    """What can happen, and how often compared with the others."""
    return [
        (chaos.wipe, 4),
        (chaos.forget_the_stream, 2),
        (chaos.trim, 2),
        (chaos.snapshot, 2),
        (chaos.fall_back, 4),
        (lambda: chaos.kill_program("produce"), 2),
        (lambda: chaos.kill_program("consume"), 2),
        (lambda: chaos.pause_program("produce"), 1),
        (lambda: chaos.pause_program("consume"), 1),
    ]


def counts(database: Database) -> tuple[int, int]:
    """How many facts were committed, and how many effects they had."""
    return database.call(
        lambda c: (
            c.execute(select(func.count()).select_from(CAUSES)).scalar_one(),
            c.execute(select(func.count()).select_from(EFFECTS)).scalar_one(),
        )
    )


def wait_for_load(database: Database) -> None:
    """Until there were more facts than disturbances, or time is up: on a busy machine they come slowly."""
    deadline = time.monotonic() + SECONDS_TO_CATCH_UP
    while counts(database)[0] <= DISTURBANCES and time.monotonic() < deadline:
        time.sleep(0.2)


def wait_for_all(database: Database) -> None:
    """Until nothing is committed any more and every fact has had its effect, or time is up."""
    deadline = time.monotonic() + SECONDS_TO_CATCH_UP
    before = (-1, -2)
    while time.monotonic() < deadline:
        now = counts(database)
        if now == before and now[0] == now[1]:
            return
        before = now
        time.sleep(1)


@pytest.mark.timeout(400)
def test_wiped_killed_and_rolled_back(
    own_bus_server: BusServer, database_url: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """At least 100 wipes, kills and rollbacks under load: nothing lost, nothing twice, nothing out of order."""
    seed = int(os.environ.get("STOCKBOT_FAULT_SEED", random.SystemRandom().randrange(10**6)))
    chance = random.Random(seed)
    database = Database.open(database_url)
    database.call(METADATA.create_all)
    chaos = Chaos(own_bus_server, database_url, tmp_path)
    try:
        while counts(database)[1] < 10:
            time.sleep(0.1)
        hurts, weights = zip(*disturbances(chaos), strict=True)
        for _ in range(DISTURBANCES):
            chance.choices(hurts, weights)[0]()
            time.sleep(chance.uniform(0.02, 0.3))
        wait_for_load(database)
        (tmp_path / "stop").touch()
        wait_for_all(database)
    finally:
        chaos.end()
        request.addfinalizer(lambda: asyncio.run(database.close()))
    causes, _ = counts(database)
    taken = database.call(lambda c: [row.sequence for row in c.execute(select(EFFECTS).order_by(EFFECTS.c.taken))])
    letters = database.call(lambda c: c.execute(select(DEAD_LETTERS.c.reason)).all())
    print(f"seed {seed}: {causes} facts, {len(taken)} effects")  # noqa: T201 - shown when the test fails
    assert causes > DISTURBANCES
    assert taken == list(range(1, causes + 1)), f"STOCKBOT_FAULT_SEED={seed} repeats it"
    assert letters == []
