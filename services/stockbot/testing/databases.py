"""Where a test's databases come from: a new SQLite file, or a new database on the throw-away PostgreSQL."""

import os
from pathlib import Path
from typing import NoReturn

import pytest

from stockbot.testing.postgres import PostgresServer, find_binaries

BACKENDS = ("sqlite", "postgresql")


def sqlite_url(folder: Path) -> str:
    return f"sqlite:///{folder}/stockbot.db"


def start_postgres() -> PostgresServer:
    """Start a server; without PostgreSQL on the machine the test is skipped, and fails where CI=true."""
    binaries = find_binaries()
    if binaries is None:
        unavailable("PostgreSQL is not installed: no initdb on PATH or under /usr/lib/postgresql")
    server = PostgresServer(binaries)
    server.create()
    return server


def unavailable(reason: str) -> NoReturn:
    """Skip the test for a reason a person can read; in CI nothing may be left untested."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
