"""Fixtures of pytest for every test that needs SQL; registered in tests/conftest.py.

A test that takes `database_url` or `database` runs twice, on SQLite and on PostgreSQL, each time on a new,
empty database. PostgreSQL is started once a session, and only when the first test asks for it.
"""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from stockbot.runtime.database import Database
from stockbot.testing.databases import BACKENDS, sqlite_url, start_postgres
from stockbot.testing.postgres import PostgresServer


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """Share one PostgreSQL in the session; a test that kills a server starts its own."""
    server = start_postgres()
    yield server
    server.destroy()


@pytest.fixture(params=BACKENDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Name a new, empty database of each kind."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path)
    server: PostgresServer = request.getfixturevalue("postgres_server")
    return server.create_database()


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """Open a new, empty database of each kind, and close it after the test."""
    database = Database.open(database_url)
    yield database
    await database.close()
