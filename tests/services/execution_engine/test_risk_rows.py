"""What is read of the Risk Guardian's tables is there, in its types; without them everything waits."""

import pytest
from sqlalchemy import Table, TableClause

from stockbot.errors import Unavailable
from stockbot.execution_engine import risk_rows
from stockbot.risk_guardian import tables, trading_state_rows
from stockbot.runtime.database import Database


@pytest.mark.parametrize(
    ("read", "owned"),
    [(risk_rows.DECISIONS, tables.DECISIONS), (risk_rows.TRADING_STATE, tables.TRADING_STATE)],
)
def test_the_columns_are_the_owners(read: TableClause, owned: Table) -> None:
    """Name, columns and types; the name of the platform's row is the owner's."""
    assert read.name == owned.name
    for column in read.columns:
        assert repr(column.type) == repr(owned.columns[column.name].type)
    assert risk_rows.PLATFORM == trading_state_rows.PLATFORM


async def test_without_the_owners_tables_everything_waits(database: Database) -> None:
    """The Risk Guardian has not started yet: Unavailable, so that no approval is put aside."""
    for ask in (risk_rows.trading_state, lambda c: risk_rows.decisions(c, ["decision-1"])):
        with pytest.raises(Unavailable, match="the Risk Guardian's tables"):
            await database.run(ask)
