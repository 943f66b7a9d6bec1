"""The databases of tests, and the comparison of declared and migrated tables."""

import asyncio
from typing import Any

import pytest
from _pytest.outcomes import Failed, Skipped
from sqlalchemy import Column, Connection, Integer, MetaData, Table, Text

from stockbot.runtime.columns import ExactDecimal, LongInteger, UtcDateTime
from stockbot.runtime.database import Database
from stockbot.runtime.lease import lease_table
from stockbot.testing import databases
from stockbot.testing.databases import schema_differences, start_postgres


def _declared(*more: Column[Any]) -> MetaData:
    metadata = MetaData()
    lease_table(metadata, "sample_")
    columns = (Column("id", LongInteger, primary_key=True), Column("at", UtcDateTime), Column("price", ExactDecimal))
    Table("sample_orders", metadata, *columns, *more)
    return metadata


def _make(connection: Connection) -> None:
    _declared().create_all(connection)
    for name in ("other_table", "sample_alembic_version"):
        Table(name, MetaData(), Column("version_num", Text)).create(connection)


def test_equal_schemas_have_no_differences(database: Database) -> None:
    """What the code declares and the database has is equal on both, beside other services' tables."""
    database.call(_make)
    assert database.call(lambda connection: schema_differences(connection, _declared(), "sample_")) == []


def test_a_forgotten_column_is_found(database: Database) -> None:
    """A column that no migration makes is named."""
    database.call(_make)
    declared = _declared(Column("forgotten", Integer))
    assert "forgotten" in str(database.call(lambda connection: schema_differences(connection, declared, "sample_")))


@pytest.mark.parametrize(("ci", "outcome"), [("", Skipped), ("true", Failed)])
def test_without_postgresql(monkeypatch: pytest.MonkeyPatch, ci: str, outcome: type[BaseException]) -> None:
    """A machine without PostgreSQL skips with the reason; in CI that is a failure."""
    monkeypatch.setattr(databases, "find_binaries", lambda: None)
    monkeypatch.setenv("CI", ci)
    with pytest.raises(outcome, match="PostgreSQL is not installed"):
        start_postgres()


def test_a_server_is_durable_and_leaves_nothing_behind() -> None:
    """What was committed survives a kill; destroyed, neither process nor folder remains."""
    server = start_postgres()
    database = Database.open(server.create_database())
    database.call(_make)
    server.kill()
    server.start()
    assert database.call(lambda connection: schema_differences(connection, _declared(), "sample_")) == []
    assert database.call(lambda connection: connection.exec_driver_sql("SHOW fsync").scalar()) == "on"
    asyncio.run(database.close())
    process = server._running()
    server.destroy()
    assert process.returncode is not None
    assert not server.folder.exists()
