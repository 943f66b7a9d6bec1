"""Times and decimals come back as they went in, on both databases."""

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, ColumnElement, Connection, MetaData, Row, Table, select
from sqlalchemy.exc import StatementError

from stockbot.events.numbers import LARGEST, is_countable
from stockbot.runtime.columns import ExactDecimal, LongInteger, UtcDateTime, canonical
from stockbot.runtime.database import Database
from stockbot.testing.databases import sqlite_url

metadata = MetaData()
facts = Table(
    "facts",
    metadata,
    Column("id", LongInteger, primary_key=True),
    Column("at", UtcDateTime),
    Column("amount", ExactDecimal),
)

offsets = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
moments = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=offsets)  # noqa: DTZ001 - bounds are naive
amounts = st.one_of([st.decimals(-LARGEST, LARGEST, places=places) for places in (0, 2, 12, 24)]).filter(is_countable)
eagerly = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)


@pytest.fixture
def facts_database(database: Database) -> Database:
    database.call(metadata.create_all)
    return database


def _stored(database: Database, at: datetime | None = None, amount: Decimal | None = None) -> Row[datetime, Decimal]:
    def write_and_read(connection: Connection) -> Row[datetime, Decimal]:
        [key] = connection.execute(facts.insert().returning(facts.c.id), {"at": at, "amount": amount}).one()
        return connection.execute(select(facts.c.at, facts.c.amount).where(facts.c.id == key)).one()

    return database.call(write_and_read)


@eagerly
@given(moment=moments)
def test_a_moment_returns_in_utc(facts_database: Database, moment: datetime) -> None:
    """Any aware datetime comes back as the same moment, to the microsecond, in UTC."""
    returned = _stored(facts_database, at=moment).at
    assert returned == moment
    assert returned.utcoffset() == timedelta(0)


@eagerly
@given(amount=amounts)
def test_an_amount_returns_equal(facts_database: Database, amount: Decimal) -> None:
    """Any countable Decimal comes back equal, and in the same digits whichever database kept it."""
    returned = _stored(facts_database, amount=amount).amount
    assert returned == amount
    assert str(returned) == str(Decimal(canonical(amount)))


@eagerly
@given(amount=amounts.filter(lambda amount: "." in f"{amount:f}"), zeros=st.sampled_from(["", "0", "000"]))
def test_an_amount_is_found_by_its_value(facts_database: Database, amount: Decimal, zeros: str) -> None:
    """Equality in SQL means equal numbers, however many zeros follow."""
    _stored(facts_database, amount=amount)
    same = Decimal(f"{amount:f}" + zeros)
    found = facts_database.call(lambda c: c.execute(select(facts.c.id).where(facts.c.amount == same)).all())
    assert found


@eagerly
@given(values=st.lists(moments, min_size=2, max_size=6))
def test_moments_sort_in_sql_as_in_time(facts_database: Database, values: list[datetime]) -> None:
    """ORDER BY and comparison on a time column agree with Python on both databases."""

    def sorted_by_sql(connection: Connection) -> list[datetime]:
        connection.execute(facts.delete())
        connection.execute(facts.insert(), [{"at": value} for value in values])
        later = select(facts.c.at).where(facts.c.at > values[0]).order_by(facts.c.at)
        return list(connection.execute(later).scalars())

    assert facts_database.call(sorted_by_sql) == sorted(value for value in values if value > values[0])


def test_nothing_is_kept_as_nothing(facts_database: Database) -> None:
    """NULL goes in and out as None."""
    assert tuple(_stored(facts_database)) == (None, None)


def test_sqlite_keeps_no_float(tmp_path: Path) -> None:
    """The stored value is text, so no digit can be lost to a float."""
    database = Database.open(sqlite_url(tmp_path))
    database.call(metadata.create_all)
    _stored(database, amount=Decimal("999999999999999.999999999999"))
    kept = database.call(lambda c: c.exec_driver_sql("SELECT typeof(amount), amount FROM facts").one())
    assert tuple(kept) == ("text", "999999999999999.999999999999")


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"at": datetime(2026, 1, 1)}, "has no timezone"),  # noqa: DTZ001 - the mistake under test
        ({"amount": Decimal("NaN")}, "finite decimal"),
        ({"amount": Decimal("-Infinity")}, "finite decimal"),
        ({"amount": Decimal("1E16")}, "finite decimal"),
        ({"amount": Decimal("1E-13")}, "finite decimal"),
        ({"amount": Decimal("1." + "1" * 41)}, "decimal places"),
        ({"amount": 1.5}, "not a Decimal"),
    ],
)
def test_what_is_not_exact_is_refused(facts_database: Database, values: dict[str, Any], reason: str) -> None:
    """A naive time, a float and a number that money cannot be counted in never reach the database."""
    with pytest.raises(StatementError, match=reason):
        _stored(facts_database, **values)


@pytest.mark.parametrize(
    "compare",
    [
        lambda column: column > Decimal(1),
        lambda column: column + Decimal(1),
        lambda column: column.desc(),
        lambda column: column.between(Decimal(1), Decimal(2)),
    ],
)
def test_an_amount_has_no_order_in_sql(compare: Callable[[ColumnElement[Decimal]], object]) -> None:
    """Ordering text would put 9 after 10, so it fails where it is written, not in the result."""
    with pytest.raises(TypeError, match="do this in Python"):
        compare(facts.c.amount)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1.500", "1.5"),
        ("1E+3", "1000"),
        ("-0.00", "0"),
        ("-2.0", "-2"),
        ("100", "100"),
        ("1E-12", "0.000000000001"),
    ],
)
def test_canonical_text(value: str, expected: str) -> None:
    """One number, one text."""
    assert canonical(Decimal(value)) == expected
