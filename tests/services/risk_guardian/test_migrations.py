"""The migrations make exactly the tables that the program's own definitions say."""

from sqlalchemy import column, table

from stockbot.model.risk.account import Account
from stockbot.risk_guardian import store
from stockbot.risk_guardian.account_state import AccountState
from stockbot.risk_guardian.main import PACKAGE
from stockbot.risk_guardian.tables import METADATA, PREFIX
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


def test_every_table_carries_the_prefix() -> None:
    """All services share one database: each owns the tables that start with its own prefix."""
    assert [name for name in METADATA.tables if not name.startswith(PREFIX)] == []


async def test_an_account_on_an_opening_balance_begins_anew(database: Database) -> None:
    """What nobody vouched for has no deposits to compare with: it goes; an account with a portfolio stays."""
    await migrations.upgrade(database, PACKAGE, PREFIX)
    for name, source in (("paper", None), ("live", "portfolio-manager/0")):
        state = AccountState(account=Account(name=name), portfolio_source=source)
        await database.run(lambda c, state=state: store.keep_accounts(c, {}, [state], START))  # type: ignore[misc] # it cannot infer defaults
    version = table(f"{PREFIX}alembic_version", column("version_num")).update().values(version_num="0002")
    await database.run(lambda c: c.execute(version))
    await migrations.upgrade(database, PACKAGE, PREFIX)
    assert list(await database.read(store.accounts)) == ["live"]
