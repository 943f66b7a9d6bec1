"""Budgets in SQL.

Nothing is forgotten, nothing is exceeded, by however many processes and whatever kills them.
"""

import asyncio
import subprocess
import sys
import tempfile
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, MetaData, func, select

from stockbot.market_data_gateway import budgets
from stockbot.market_data_gateway.budgets import Meter, usage_table
from stockbot.model import request_budget
from stockbot.model.request_budget import Budget, Window
from stockbot.runtime.database import Database
from stockbot.testing.clock import START as NOW

METADATA = MetaData()
TABLE = usage_table(METADATA)


@pytest.fixture
async def tables(database: Database) -> Database:
    await database.run(METADATA.create_all)
    return database


async def test_a_restart_forgets_nothing(tables: Database, database_url: str) -> None:
    """Another process that opens the same database finds the budget as it was left."""
    budget = Budget(per_minute=2, per_day=10)
    first = Meter(tables)
    assert [await first.spend("alpha", budget, NOW) for _ in range(3)] == [True, True, False]
    reopened = Database.open(database_url)
    second = Meter(reopened)
    assert not await second.spend("alpha", budget, NOW + timedelta(seconds=59))
    assert await second.spend("alpha", budget, NOW + timedelta(seconds=61))
    await reopened.close()


async def test_sources_do_not_share_a_budget(tables: Database) -> None:
    """What one source was sent leaves the other's budget whole."""
    meter = Meter(tables)
    await meter.spend("alpha", Budget(per_day=1), NOW)
    assert await meter.spend("yahoo", Budget(per_day=1), NOW)


async def test_usage_tells_both_windows(tables: Database) -> None:
    """The minute forgets after a minute, the day remembers."""
    meter = Meter(tables)
    await meter.spend("alpha", Budget(per_day=9), NOW)
    later = NOW + timedelta(minutes=5)
    used = await meter.usage("alpha", later)
    assert {w: request_budget.used(w, used[w], later) for w in Window} == {Window.MINUTE: 0, Window.DAY: 1}


async def test_a_failed_transaction_spends_nothing(tables: Database) -> None:
    """The unit is recorded in the transaction of the check.

    What rolls back was not sent and does not count.
    """

    def fails(connection: Connection) -> None:
        budgets.record(connection, "alpha", NOW)
        raise RuntimeError("rolled back")

    with pytest.raises(RuntimeError):
        await tables.run(fails)
    assert await Meter(tables).spend("alpha", Budget(per_day=1), NOW)


async def test_old_buckets_are_forgotten(tables: Database) -> None:
    """The table does not grow: what no window reaches any more is deleted with the next request."""
    for day in range(5):
        await tables.run(partial(budgets.record, provider="alpha", at=NOW + timedelta(days=2 * day)))
    assert await tables.run(lambda c: c.execute(select(func.count()).select_from(TABLE)).scalar()) == 2


async def test_shards_share_a_budget(tables: Database, database_url: str) -> None:
    """Two processes that ask at the same moment together get what one would get."""
    other = Database.open(database_url)
    budget = Budget(per_day=7)
    asked = [Meter(db).spend("alpha", budget, NOW) for db in (tables, other) for _ in range(10)]
    assert sum(await asyncio.gather(*asked)) == 7
    await other.close()


SPENDER = """
import asyncio, sys
from stockbot.market_data_gateway.budgets import Meter
from stockbot.model.request_budget import Budget
from stockbot.runtime.database import Database
from stockbot.testing.clock import START

async def main():
    meter = Meter(Database.open(sys.argv[1]))
    while await meter.spend("alpha", Budget(per_day=int(sys.argv[2])), START):
        print("sent", flush=True)

asyncio.run(main())
"""


async def test_kill_never_exceeds_the_budget(tables: Database, database_url: str) -> None:
    """Processes killed with SIGKILL between recording and sending have sent at most what is recorded."""
    limit, sent = 40, 0
    for kill_after in (3, 11, 17, limit):
        arguments = [sys.executable, "-c", SPENDER, database_url, str(limit)]
        process = await asyncio.create_subprocess_exec(*arguments, stdout=subprocess.PIPE)
        sent += await _count_and_kill(process, kill_after)
    recorded = await Meter(tables).usage("alpha", NOW)
    assert sent <= sum(each.requests for each in recorded[Window.DAY]) == limit


async def _count_and_kill(process: asyncio.subprocess.Process, kill_after: int) -> int:
    """Read so many requests, kill, and count what was sent before it died."""
    assert process.stdout is not None
    sent = 0
    while await process.stdout.readline():
        sent += 1
        if sent == kill_after:
            process.kill()
    await process.wait()
    return sent


@settings(max_examples=25)
@given(
    gaps=st.lists(st.floats(0, 30), min_size=1, max_size=25),
    budget=st.builds(Budget, per_minute=st.integers(1, 4), per_day=st.integers(1, 10)),
)
def test_no_window_is_exceeded_whatever_the_moments(gaps: list[float], budget: Budget) -> None:
    """With SQL in between, too, no minute and no day ever holds more than its limit."""
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_spend_all(gaps, budget, Path(folder)))


async def _spend_all(gaps: list[float], budget: Budget, folder: Path) -> None:
    database = Database.open(f"sqlite:///{folder}/stockbot.db")
    await database.run(METADATA.create_all)
    now, sent = NOW, list[datetime]()
    for gap in gaps:
        now += timedelta(seconds=gap)
        if await Meter(database).spend("alpha", budget, now):
            sent.append(now)
        for window, limit in budget.limits.items():
            assert sum(now - moment < window.length for moment in sent) <= limit
    await database.close()
