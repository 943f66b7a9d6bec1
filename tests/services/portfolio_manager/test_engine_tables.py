"""What is read of the Execution Engine's tables is there, as it is declared here."""

from sqlalchemy import Table
from tests.services.portfolio_manager import conftest

from stockbot.execution_engine import tables as theirs
from stockbot.portfolio_manager.tables import EXECUTION_ACCOUNTS, EXECUTION_ACTIVITIES
from stockbot.runtime.columns import ExactDecimal, UtcDateTime

OWNED = {table.name: table for table in theirs.METADATA.tables.values()}
READ = (EXECUTION_ACCOUNTS, EXECUTION_ACTIVITIES)


def test_every_column_that_is_read_has_the_owners_type() -> None:
    """A renamed column or another type of money or time there shows here."""
    for light in READ:
        owned = OWNED[light.name]
        for column in light.columns:
            assert column.name in owned.c, f"{light.name}.{column.name}"
            kind = type(owned.c[column.name].type)
            if kind in {ExactDecimal, UtcDateTime}:
                assert isinstance(column.type, kind), f"{light.name}.{column.name}"


def test_these_tests_use_the_owners_columns() -> None:
    """The tables that the tests here make are those of the Execution Engine, column for column."""
    for made in (conftest.EXECUTION_ACCOUNTS, conftest.EXECUTION_ACTIVITIES):
        assert columns(made) == columns(OWNED[made.name])


def columns(table: Table) -> dict[str, tuple[type, bool]]:
    return {column.name: (type(column.type), bool(column.nullable)) for column in table.columns}
