"""What any service has put aside becomes an alert, until a person has resolved it."""

from datetime import timedelta
from functools import partial
from importlib import import_module

import pytest
from sqlalchemy import MetaData, Table, update
from tests.services.alert_manager.conftest import Parts

from stockbot.alert_manager import letter_rows
from stockbot.alert_manager.poison import PoisonWatch
from stockbot.cli.db import prefix_of, services_with_tables
from stockbot.events.streams import ORDERS
from stockbot.model.alerts.matters import Standing
from stockbot.runtime.columns import UtcDateTime
from stockbot.runtime.dead_letters import DeadLetter, dead_letter_table, put_aside


@pytest.fixture
async def letters(parts: Parts) -> Table:
    """The dead letters of the Risk Guardian, in the same database."""
    metadata = MetaData()
    table = dead_letter_table(metadata, "risk_")
    await parts.database.run(metadata.create_all)
    return table


def watch(parts: Parts) -> PoisonWatch:
    return PoisonWatch(
        storage=parts.database,
        desk=parts.desk,
        lease=parts.lease,
        counters=parts.counters,
        fence=parts.lease.check,
        clock=parts.clock,
    )


async def aside(parts: Parts, table: Table, name: str, reason: str = "not JSON", seconds: int = 0) -> None:
    at = parts.clock.now() + timedelta(seconds=seconds)
    letter = DeadLetter(name, ORDERS, "risk-guardian", reason, b"{", at)
    await parts.database.run(partial(put_aside, table=table, letters=[letter]))


async def test_an_alert_for_each_service_and_stream_until_it_is_resolved(parts: Parts, letters: Table) -> None:
    """The count grows with the letters, and the alert ends when a person has resolved the last of them."""
    looking = watch(parts)
    await looking.step()
    assert await parts.matters() == []
    await aside(parts, letters, "one")
    await looking.step()
    await aside(parts, letters, "two", "an unknown version", seconds=60)
    for _ in range(3):
        await looking.step()
    (found,) = await parts.matters()
    assert (found.title, found.count) == ("2 events were put aside by risk-guardian from stockbot:orders", 2)
    assert "an unknown version" in found.detail
    await parts.database.run(lambda c: c.execute(update(letters).values(resolved_at=parts.clock.now())) and None)
    await looking.step()
    (over,) = await parts.matters()
    assert over.state is Standing.RESOLVED


async def test_its_own_are_among_them(parts: Parts) -> None:
    """What the Alert Manager itself could not take in is an alert as well."""
    tables = await parts.database.read(letter_rows.tables)
    assert [table.name for table in tables] == ["alert_dead_letters"]


def test_every_service_keeps_its_letters_where_they_are_looked_for() -> None:
    """Name and columns of each service's own table are those that are read here."""
    for package in services_with_tables().values():
        tables = import_module(f"{package}.tables")
        prefix = prefix_of(package)
        own = [table for name, table in tables.METADATA.tables.items() if name == f"{prefix}{letter_rows.SUFFIX}"]
        for table in own:
            assert set(letter_rows.COLUMNS) <= set(table.c.keys())
            assert isinstance(table.c.received_at.type, UtcDateTime)
