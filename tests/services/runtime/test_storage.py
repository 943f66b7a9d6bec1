"""A service's SQL behind its migration, on both databases: refused before it, and back by itself."""

from collections.abc import AsyncIterator, Iterator

import pytest
from sqlalchemy import Connection, text

from stockbot.errors import ConfigurationError, Unavailable
from stockbot.runtime import migrations
from stockbot.runtime.database import Database
from stockbot.runtime.storage import IDLE_SECONDS, RETRY_SECONDS, Storage
from stockbot.testing.clock import START, FixedClock
from stockbot.testing.databases import start_postgres
from stockbot.testing.postgres import PostgresServer

PREFIX = "gateway_"
PACKAGE = "stockbot.market_data_gateway"


def prepare(connection: Connection) -> None:
    connection.execute(text("INSERT INTO gateway_heartbeats (source, beat_at) VALUES ('x', '2026-01-01 00:00:00')"))


def rows(connection: Connection) -> int:
    return int(connection.execute(text("SELECT count(*) FROM gateway_heartbeats")).scalar_one())


async def test_refuses_transactions_until_the_tables_are_there(database: Database) -> None:
    """Before the migration everything is Unavailable with the reason; after it the prepared rows are there, once."""
    clock = FixedClock()
    storage = Storage(database, PACKAGE, PREFIX, clock=clock, prepare=prepare)
    for transaction in (storage.run, storage.read):
        with pytest.raises(Unavailable, match="not migrated yet"):
            await transaction(rows)
    assert storage.trouble() == "the tables are not migrated yet"
    await storage.step()
    await storage.step()
    assert (await storage.read(rows), storage.trouble()) == (1, None)
    assert (clock.now() - START).total_seconds() == 2 * IDLE_SECONDS


async def test_says_that_a_newer_program_made_the_tables(database: Database) -> None:
    """A person must mend that: the step raises, and readiness gives the reason."""
    await migrations.upgrade(database, PACKAGE, PREFIX)
    await database.run(lambda c: c.execute(text("UPDATE gateway_alembic_version SET version_num = '9999'")))
    storage = Storage(database, PACKAGE, PREFIX, clock=FixedClock())
    with pytest.raises(ConfigurationError, match="newer Stockbot"):
        await storage.step()
    assert "newer Stockbot" in (storage.trouble() or "")


async def test_says_that_the_migration_failed(database: Database) -> None:
    """A table of the same name that is in the way is a reason too, and no transaction runs."""
    await database.run(lambda connection: connection.execute(text("CREATE TABLE gateway_bars (x INTEGER)")))
    storage = Storage(database, PACKAGE, PREFIX, clock=FixedClock())
    with pytest.raises(Exception, match="already exists"):
        await storage.step()
    assert (storage.trouble() or "").startswith("the migration failed: ")
    with pytest.raises(Unavailable, match="the migration failed"):
        await storage.read(rows)


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    """A PostgreSQL of the test's own, which it may kill."""
    server = start_postgres()
    yield server
    server.destroy()


@pytest.fixture
async def remote(server: PostgresServer) -> AsyncIterator[Database]:
    """A database on that server, which is away."""
    url = server.create_database()
    server.kill()
    database = Database.open(url)
    yield database
    await database.close()


async def test_comes_by_itself_once_the_database_is_there(server: PostgresServer, remote: Database) -> None:
    """Away at the start, there, killed, there again: tried at an even pace, and no call of ours mends it by hand."""
    clock = FixedClock()
    storage = Storage(remote, PACKAGE, PREFIX, clock=clock)
    for _ in range(3):
        await storage.step()
    assert "does not serve" in (storage.trouble() or "")
    assert (clock.now() - START).total_seconds() == 3 * RETRY_SECONDS
    server.start()
    await storage.step()
    assert (await storage.run(rows), storage.trouble()) == (0, None)
    server.kill()
    with pytest.raises(Unavailable):
        await storage.run(rows)
    assert "does not serve" in (storage.trouble() or "")
    server.start()
    assert (await storage.run(rows), storage.trouble()) == (0, None)
