"""One holder per name: tokens only grow, whatever clocks, processes and the database do."""

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, Connection, Integer, MetaData, Table, Text, select

from stockbot.errors import Unavailable
from stockbot.runtime import lease as lease_module
from stockbot.runtime.columns import LongInteger
from stockbot.runtime.database import Database
from stockbot.runtime.lease import CAUTION, Lease, LeaseLost, lease_table, seconds_since_boot
from stockbot.testing.clock import FixedClock

metadata = MetaData()
table = lease_table(metadata, "sample_")
effects = Table(
    "effects",
    metadata,
    Column("id", LongInteger, primary_key=True),
    Column("token", Integer, nullable=False),
    Column("holder", Text, nullable=False),
)
HOLDER_IN_A_PROCESS = """
import asyncio, json, sys
from sqlalchemy import MetaData
from stockbot.runtime.database import Database
from stockbot.runtime.lease import Lease, LeaseLost, lease_table

async def passes(database, lease):
    try:
        await database.run(lease.check)
    except LeaseLost:
        return False
    return True

async def main(url, holder):
    database = Database.open(url)
    lease = Lease(lease_table(MetaData(), "sample_"), "account", holder, seconds=1.0)
    for line in sys.stdin:
        if line == "acquire\\n":
            await lease.acquire(database)
        answer = {"token": lease.token, "held": lease.held(), "passes": await passes(database, lease)}
        print(json.dumps(answer), flush=True)

asyncio.run(main(*sys.argv[1:]))
"""


class Clocks:
    """A wall clock that can be set, and the time since boot, which cannot."""

    def __init__(self) -> None:
        self.wall = datetime(2026, 3, 2, 15, tzinfo=UTC)
        self.since_boot = 1000.0

    def pass_by(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)
        self.since_boot += seconds

    def step(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> Clocks:
    """Let the test move both clocks, in place of the server's and the machine's."""
    clocks = Clocks()
    monkeypatch.setattr(lease_module, "wall_clock", lambda _connection: clocks.wall)
    return clocks


@pytest.fixture
async def store(database: Database) -> Database:
    """Make the tables in a database of each kind."""
    await database.run(metadata.create_all)
    return database


def _contenders(clocks: Clocks, *names: str) -> list[Lease]:
    return [Lease(table, "account", name, elapsed=lambda: clocks.since_boot) for name in names]


async def test_the_first_holds_and_the_second_waits(store: Database, clocks: Clocks) -> None:
    """A free lease is taken with token 1; another contender gets nothing while it lasts."""
    first, second = _contenders(clocks, "first", "second")
    assert await first.acquire(store)
    assert not await second.acquire(store)
    assert (first.token, first.held(), second.token, second.held()) == (1, True, None, False)
    await store.run(first.check)
    with pytest.raises(LeaseLost, match="second has token None of the lease account, the newest is 1"):
        await store.run(second.check)


async def test_an_expired_lease_goes_to_the_next(store: Database, clocks: Clocks) -> None:
    """After its period the next contender takes over with a higher token, and the old one can do nothing."""
    first, second = _contenders(clocks, "first", "second")
    await first.acquire(store)
    clocks.pass_by(15)
    assert await second.acquire(store)
    assert second.token == 2
    with pytest.raises(LeaseLost):
        await store.run(first.check)
    with pytest.raises(LeaseLost):
        await first.renew(store)
    assert first.token is None


async def test_renewing_prolongs(store: Database, clocks: Clocks) -> None:
    """Renewed in time, it lasts another period, for the holder and for the contender."""
    first, second = _contenders(clocks, "first", "second")
    await first.acquire(store)
    clocks.pass_by(10)
    await first.renew(store)
    clocks.pass_by(10)
    assert first.held()
    assert not await second.acquire(store)


async def test_a_late_renewal_holds_again_if_nobody_came(store: Database, clocks: Clocks) -> None:
    """Past the deadline the holder holds nothing; with nobody in between, its token is good again."""
    [first] = _contenders(clocks, "first")
    await first.acquire(store)
    clocks.pass_by(60)
    assert not first.held()
    await first.renew(store)
    assert (first.held(), first.token) == (True, 1)


async def test_the_holder_gives_up_before_others_may_take(store: Database, clocks: Clocks) -> None:
    """Between the holder's deadline and the expiry in SQL nobody holds."""
    first, second = _contenders(clocks, "first", "second")
    await first.acquire(store)
    clocks.pass_by(15 * CAUTION)
    assert not first.held()
    assert not await second.acquire(store)


async def test_a_slow_commit_counts_against_the_holder(
    store: Database, clocks: Clocks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The deadline counts from before the transaction: a commit that took 14 seconds gives nothing to hold."""

    def read_and_wait(_connection: Connection) -> datetime:
        read = clocks.wall
        clocks.pass_by(14)
        return read

    monkeypatch.setattr(lease_module, "wall_clock", read_and_wait)
    [first] = _contenders(clocks, "first")
    assert await first.acquire(store)
    assert not first.held()
    await first.renew(store)
    assert not first.held()


async def test_released_is_free_at_once(store: Database, clocks: Clocks) -> None:
    """After a release the next one need not wait, and its token is still higher."""
    first, second = _contenders(clocks, "first", "second")
    await first.acquire(store)
    await first.release(store)
    assert not first.held()
    assert await second.acquire(store)
    assert second.token == 2


async def test_releasing_what_was_lost_harms_nobody(store: Database, clocks: Clocks) -> None:
    """A holder that was overtaken cannot free its successor's lease."""
    first, second, third = _contenders(clocks, "first", "second", "third")
    await first.acquire(store)
    clocks.pass_by(15)
    await second.acquire(store)
    await first.release(store)
    assert not await third.acquire(store)
    await store.run(second.check)


async def test_a_wall_clock_that_steps_back_delays_by_one_lease(store: Database, clocks: Clocks) -> None:
    """A day back in time does not lock everybody out for a day."""
    first, second = _contenders(clocks, "first", "second")
    await first.acquire(store)
    clocks.step(-86_400)
    assert not await second.acquire(store)
    clocks.pass_by(15)
    assert not first.held()
    assert await second.acquire(store)


async def test_a_wall_clock_that_steps_ahead_costs_the_old_holder_its_transactions(
    store: Database, clocks: Clocks
) -> None:
    """An early takeover leaves one token that can write, and the old `held` ends by its own deadline."""
    first, second = _contenders(clocks, "first", "second")
    await first.acquire(store)
    clocks.step(3_600)
    assert await second.acquire(store)
    with pytest.raises(LeaseLost):
        await store.run(first.check)
    clocks.pass_by(15)
    assert not first.held()


async def test_leases_of_different_names_are_apart(store: Database) -> None:
    """Two names, two holders, two counts of tokens."""
    one, other = Lease(table, "one", "first"), Lease(table, "other", "second")
    assert await one.acquire(store)
    assert await other.acquire(store)
    assert (one.token, other.token) == (1, 1)


async def test_a_transaction_that_fails_gives_nothing(
    store: Database, clocks: Clocks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither token nor deadline is believed before the commit."""

    async def commit_fails(fn: Callable[[Connection], object]) -> None:
        def fail(connection: Connection) -> None:
            fn(connection)
            raise Unavailable("the disk is full")

        await Database.run(store, fail)

    [first] = _contenders(clocks, "first")
    monkeypatch.setattr(store, "run", commit_fails)
    with pytest.raises(Unavailable):
        await first.acquire(store)
    assert (first.token, first.held()) == (None, False)


async def _until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110 - the loop under test has no event to wait for
        await asyncio.sleep(0)


async def test_keeping_acquires_renews_and_releases(store: Database) -> None:
    """The loop holds through many periods of the clock and frees the lease when it is cancelled."""
    clock = FixedClock()
    lease = Lease(table, "account", "first", elapsed=clock.monotonic)
    keeping = asyncio.create_task(lease.keep(store, clock))
    start = clock.monotonic()
    while clock.monotonic() < start + 100:
        await asyncio.sleep(0)
        assert lease.token in (None, 1)
    assert lease.held()
    keeping.cancel()
    await asyncio.wait([keeping])
    assert await Lease(table, "account", "second").acquire(store)


async def test_keeping_comes_back_after_a_loss(store: Database) -> None:
    """Overtaken, the loop says so and tries again until the lease is free."""
    clock = FixedClock()
    lease, thief = Lease(table, "account", "first"), Lease(table, "account", "thief")
    await lease.acquire(store)
    await store.run(lambda connection: connection.execute(table.update().values(token=7)))
    keeping = asyncio.create_task(lease.keep(store, clock))
    await _until(lambda: lease.token is None)
    await store.run(lambda connection: connection.execute(table.update().values(expires=lease_module.NEVER)))
    await _until(lambda: lease.token == 8)
    assert not await thief.acquire(store)
    keeping.cancel()
    await asyncio.wait([keeping])


actions = st.lists(
    st.tuples(
        st.sampled_from(["acquire", "renew", "release", "pass", "step"]),
        st.integers(0, 2),
        st.integers(-40, 40),
    ),
    max_size=25,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(actions=actions)
def test_one_token_at_most_can_write(database: Database, monkeypatch: pytest.MonkeyPatch, actions: Any) -> None:
    """Any order of takeovers, renewals, releases and clock steps: one token at most can write.

    Tokens given only grow, only the newest passes `check`, and two hold at once only if the clock was set ahead.
    """
    clocks = Clocks()
    monkeypatch.setattr(lease_module, "wall_clock", lambda _connection: clocks.wall)
    asyncio.run(_play(database, clocks, actions))


async def _play(database: Database, clocks: Clocks, actions: list[tuple[str, int, int]]) -> None:
    await database.run(metadata.drop_all)
    await database.run(metadata.create_all)
    contenders = _contenders(clocks, "a", "b", "c")
    given_tokens, set_ahead = [0], False
    for action, who, seconds in actions:
        before = contenders[who].token
        set_ahead |= action == "step" and seconds > 0
        await _act(database, clocks, contenders[who], action, seconds)
        token = contenders[who].token
        if token not in (None, before):
            given_tokens.append(token)
        writers = [lease.token for lease in contenders if await _passes(database, lease)]
        assert len(writers) <= 1
        assert set(writers) <= {max(given_tokens)}
        assert set_ahead or sum(lease.held() for lease in contenders) <= 1
    assert given_tokens == sorted(set(given_tokens))


async def _act(database: Database, clocks: Clocks, lease: Lease, action: str, seconds: int) -> None:
    if action == "acquire":
        await lease.acquire(database)
    elif action == "release":
        await lease.release(database)
    elif action == "pass":
        clocks.pass_by(abs(seconds))
    elif action == "step":
        clocks.step(seconds)
    else:
        await _renewed(database, lease)


async def _renewed(database: Database, lease: Lease) -> bool:
    try:
        await lease.renew(database)
    except LeaseLost:
        return False
    return True


async def _passes(database: Database, lease: Lease) -> bool:
    try:
        await database.run(lease.check)
    except LeaseLost:
        return False
    return True


async def test_effects_of_contenders_never_interleave(store: Database, database_url: str) -> None:
    """Four contenders with leases far too short write under `check`: tokens lie in the order of commits."""

    def write(lease: Lease, pause: float, connection: Connection) -> None:
        lease.check(connection)
        time.sleep(pause)  # the lease expires inside the transaction
        connection.execute(effects.insert().values(token=lease.token, holder=lease.holder))

    async def contend(name: str) -> None:
        dice = random.Random(name)
        database = Database.open(database_url)
        lease = Lease(table, "account", name, seconds=0.01)
        for _ in range(40):
            await lease.acquire(database)
            try:
                await database.run(lambda connection: write(lease, dice.uniform(0, 0.03), connection))
            except LeaseLost:
                await asyncio.sleep(dice.uniform(0, 0.01))
        await database.close()

    await asyncio.gather(*(contend(name) for name in "abcd"))
    written = await store.read(lambda c: c.execute(select(effects).order_by(effects.c.id)).all())
    assert [row.token for row in written] == sorted(row.token for row in written)
    assert len({(row.token, row.holder) for row in written}) == len({row.token for row in written}) > 1


class Process:
    """A holder in a process of its own, commanded by lines."""

    def __init__(self, url: str, holder: str) -> None:
        self.process = subprocess.Popen(  # noqa: S603 - this interpreter and the program above
            [sys.executable, "-c", HOLDER_IN_A_PROCESS, url, holder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, command: str) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{command}\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.process.pid, number)

    def end(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def processes(database_url: str) -> Iterator[tuple[Process, Process]]:
    """Start two contenders for one lease of one second."""
    pair = Process(database_url, "first"), Process(database_url, "second")
    yield pair
    for process in pair:
        process.end()


async def test_a_stopped_holder_is_overtaken(store: Database, processes: tuple[Process, Process]) -> None:
    """SIGSTOP past the deadline: the other takes over; after SIGCONT the first neither holds nor passes."""
    first, second = processes
    assert first.ask("acquire") == {"token": 1, "held": True, "passes": True}
    first.signal(signal.SIGSTOP)
    while (taken := await asyncio.to_thread(second.ask, "acquire"))["token"] is None:
        assert not taken["passes"]
    first.signal(signal.SIGCONT)
    assert first.ask("check") == {"token": 1, "held": False, "passes": False}
    assert second.ask("check")["token"] == 2
    assert second.ask("check")["passes"]


async def test_a_killed_holder_is_overtaken(store: Database, processes: tuple[Process, Process]) -> None:
    """SIGKILL: after the period the other takes over with a higher token."""
    first, second = processes
    first.ask("acquire")
    first.end()
    while (taken := await asyncio.to_thread(second.ask, "acquire"))["token"] is None:
        assert not taken["passes"]
    assert taken["token"] == 2


def test_time_since_boot_counts_on() -> None:
    """The deadline's clock never goes back."""
    readings = [seconds_since_boot() for _ in range(100)]
    assert readings == sorted(readings)
