"""The beat of the orchestrator, where other loops may come in between its steps."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import TypeVar

from sqlalchemy import Connection
from tests.services.strategy_orchestrator.test_desk import CAUSE, bar
from tests.services.strategy_orchestrator.test_feedback import signal
from tests.services.strategy_orchestrator.world import TREND

from stockbot.runtime.database import Database
from stockbot.spec.strategy_orchestrator import Strategy
from stockbot.strategy_orchestrator import store
from stockbot.strategy_orchestrator.assignments import Shard, assignment_of
from stockbot.strategy_orchestrator.desk import Desk, Due
from stockbot.strategy_orchestrator.service import lines_for
from stockbot.strategy_orchestrator.tables import METADATA
from stockbot.testing.clock import START
from stockbot.testing.events import quote

Result = TypeVar("Result")

HOUR = timedelta(hours=1)


class Overtaken:
    """The database; while it is first read, an older bar comes out of the past."""

    def __init__(self, database: Database, desk: Desk, older: Due) -> None:
        self._database = database
        self._desk = desk
        self._older: list[Due] = [older]

    async def run(self, fn: Callable[[Connection], Result]) -> Result:
        return await self._database.run(fn)

    async def read(self, fn: Callable[[Connection], Result]) -> Result:
        found = await self._database.read(fn)
        self._desk.due[:0] = self._older
        self._older = []
        return found


async def test_a_bar_that_comes_in_meanwhile_sees_the_signals_of_its_time(database: Database) -> None:
    """A signal that was still valid at the older bar counts there, or the strategy would make it a second time."""
    await database.run(METADATA.create_all)
    await database.run(lambda c: store.add_signal(c, signal(valid_until=START - HOUR)))
    desk = Desk(assignment_of(Strategy.model_validate(TREND), {}, account="paper", shard=Shard(0, 1)), "AAPL")
    desk.due.append(Due(quote(at=START), quote(at=START), START, CAUSE))
    older = Due(bar(START - 2 * HOUR), quote(at=START), START, CAUSE)
    lines = await lines_for([desk], Overtaken(database, desk, older))
    assert [one.quantity for one in lines["trend", "AAPL"].undecided] == [Decimal(10)]
