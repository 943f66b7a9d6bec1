"""The migrations make exactly the tables that the program's own definitions say."""

from sqlalchemy import Connection, text

from stockbot.events.trading import Flattening
from stockbot.execution_engine import watch_rows
from stockbot.execution_engine.main import PACKAGE
from stockbot.execution_engine.tables import CLOSES, METADATA, PREFIX
from stockbot.runtime import migrations
from stockbot.runtime.database import Database
from stockbot.testing.clock import START
from stockbot.testing.databases import schema_differences


async def test_migrations_and_definitions_are_the_same(database: Database) -> None:
    """After the upgrade of an empty database nothing is missing, nothing is too much, and every type is right."""
    before = await database.read(lambda c: schema_differences(c, METADATA, PREFIX))
    assert len(before) >= len(METADATA.tables)
    await migrations.upgrade(database, PACKAGE, PREFIX)
    assert await database.read(lambda c: schema_differences(c, METADATA, PREFIX)) == []


async def test_a_flatten_that_waits_is_closed_after_the_upgrade(database: Database) -> None:
    """Who had confirmed it as an admin still has, and who had not still has not; the chain keeps its name."""
    await migrations.upgrade(database, PACKAGE, PREFIX)
    await database.run(back_to_closes_by_signal)
    await migrations.upgrade(database, PACKAGE, PREFIX)
    found = await database.read(watch_rows.closes)
    assert [(one.correlationid, one.symbol, one.flatten, one.reason) for one in found] == [
        ("signal-1", "AAPL", Flattening.ASKED, "anna: enough"),
        ("signal-2", "MSFT", Flattening.CONFIRMED, "root: enough"),
    ]


def back_to_closes_by_signal(connection: Connection) -> None:
    """The table as revision 0002 left it, with two closes that wait."""
    rows = (("signal-1", "AAPL", "manual", "anna: enough"), ("signal-2", "MSFT", "flatten", "root: enough"))
    for correlationid, symbol, strategy, reason in rows:
        row = {"correlationid": correlationid, "symbol": symbol, "flatten": strategy, "reason": reason}
        connection.execute(CLOSES.insert(), row | {"asked_at": START})
    for statement in (
        "ALTER TABLE execution_closes RENAME COLUMN correlationid TO signal_id",
        "ALTER TABLE execution_closes RENAME COLUMN flatten TO strategy",
        "UPDATE execution_alembic_version SET version_num = '0002'",
    ):
        connection.execute(text(statement))


def test_every_table_carries_the_prefix() -> None:
    """All services share one database: each owns the tables that start with its own prefix."""
    assert [name for name in METADATA.tables if not name.startswith(PREFIX)] == []
