"""The migrations make exactly the tables that the program's own definitions say."""

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection

from stockbot.market_data_gateway.main import PACKAGE
from stockbot.market_data_gateway.tables import METADATA, PREFIX
from stockbot.runtime import migrations
from stockbot.runtime.database import Database


def differences(connection: Connection) -> list[object]:
    version = f"{PREFIX}alembic_version"
    options = {"version_table": version, "compare_type": True, "compare_server_default": True}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), METADATA))


async def test_migrations_and_definitions_are_the_same(database: Database) -> None:
    """After the upgrade of an empty database nothing is missing, nothing is too much, and every type is right."""
    assert len(await database.read(differences)) >= len(METADATA.tables)
    await migrations.upgrade(database, PACKAGE, PREFIX)
    assert await database.read(differences) == []


def test_every_table_carries_the_prefix() -> None:
    """All services share one database: each owns the tables that start with its own prefix."""
    assert [name for name in METADATA.tables if not name.startswith(PREFIX)] == []
