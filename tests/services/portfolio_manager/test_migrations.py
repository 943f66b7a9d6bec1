"""The migrations make exactly the tables that the program's own definitions say."""

from stockbot.portfolio_manager.main import PACKAGE
from stockbot.portfolio_manager.tables import METADATA, PREFIX
from stockbot.runtime import migrations
from stockbot.runtime.database import Database
from stockbot.testing.databases import schema_differences


async def test_migrations_and_definitions_are_the_same(database: Database) -> None:
    """After the upgrade of an empty database nothing is missing, nothing is too much, and every type is right."""
    before = await database.read(lambda c: schema_differences(c, METADATA, PREFIX))
    assert len(before) >= len(METADATA.tables)
    await migrations.upgrade(database, PACKAGE, PREFIX)
    assert await database.read(lambda c: schema_differences(c, METADATA, PREFIX)) == []


def test_every_table_carries_the_prefix() -> None:
    """All services share one database: each owns the tables that start with its own prefix."""
    assert [name for name in METADATA.tables if not name.startswith(PREFIX)] == []
