"""Old signals and what was told are forgotten in bounded steps, on both databases."""

from datetime import timedelta

import pytest
from msgspec.structs import replace
from sqlalchemy import func, select
from tests.services.strategy_orchestrator.test_feedback import denied, signal, tables, take_in

from stockbot.runtime.database import Database
from stockbot.strategy_orchestrator import pruning, store
from stockbot.strategy_orchestrator.pruning import FEEDBACK_KEPT, SIGNALS_KEPT, Pruning, forget
from stockbot.strategy_orchestrator.tables import FEEDBACK
from stockbot.testing.clock import START, FixedClock

SECOND = timedelta(seconds=1)

__all__ = ["tables"]  # a fixture: the tables with one signal of START


async def signals(database: Database) -> list[str]:
    return [item.id for item in await database.read(lambda c: store.signals(c, limit=10))]


async def told(database: Database) -> int:
    return await database.read(lambda c: c.execute(select(func.count()).select_from(FEEDBACK)).scalar_one())


async def test_expired_signals_are_forgotten_after_a_season(tables: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest first, so many at once; one that is still valid stays whatever its age."""
    monkeypatch.setattr(pruning, "AT_ONCE", 1)
    for number, valid_until in ((2, START), (3, START + SIGNALS_KEPT)):
        event = replace(signal(f"s{number}", valid_until=valid_until), time=START + number * SECOND)
        assert await tables.run(lambda c, event=event: store.add_signal(c, event))  # type: ignore[misc] # it cannot infer defaults
    now = START + SIGNALS_KEPT + 10 * SECOND
    for left in (["s3", "s2"], ["s3"], ["s3"]):
        await tables.run(lambda c: forget(c, now))
        assert await signals(tables) == left


async def test_what_was_told_is_forgotten_after_a_week(tables: Database) -> None:
    """By then every strategy has heard it; a step of the loop does it with the clock."""
    await tables.run(lambda c: take_in(c, [denied()]))
    clock = FixedClock()
    await Pruning(tables, clock).step()
    assert await told(tables) == 1
    clock.advance((FEEDBACK_KEPT + SECOND).total_seconds())
    await Pruning(tables, clock).step()
    assert (await told(tables), await signals(tables)) == (0, ["s1"])
