"""The migration makes the tables that the code declares."""

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection
from tests.services.execution_engine.brokers.paper.conftest import METADATA

from stockbot.execution_engine.brokers.paper.migration import create_paper_tables
from stockbot.runtime.database import Database
from stockbot.testing.databases import schema_differences


async def test_the_migration_makes_what_is_declared(database: Database) -> None:
    """On both databases, to the last column and index."""

    def differences(connection: Connection) -> list[object]:
        with Operations.context(MigrationContext.configure(connection)):
            create_paper_tables()
        return schema_differences(connection, METADATA, "execution_paper_")

    assert await database.run(differences) == []
