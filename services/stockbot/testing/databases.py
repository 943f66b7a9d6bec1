"""Where a test's databases come from, and whether a service's migrations build the tables that its code declares."""

import os
from pathlib import Path
from typing import NoReturn

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, MetaData

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


def schema_differences(connection: Connection, metadata: MetaData, prefix: str) -> list[object]:
    """Compare one service's migrated tables with its metadata; empty where both agree, else Alembic's own words."""

    def is_own(name: str | None, kind: str, _parents: object) -> bool:
        return kind != "table" or str(name).startswith(prefix)

    options = {"include_name": is_own, "version_table": f"{prefix}alembic_version"}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))
