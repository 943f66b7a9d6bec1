"""Forgets old signals and what was told to strategies, a few at a time. Decisions are the Risk Guardian's to keep.

A signal is forgotten when it has expired a season ago; what risk and the broker said, once every strategy has long
heard it.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, select

from stockbot.runtime.clock import Clock
from stockbot.runtime.storage import Transactions
from stockbot.strategy_orchestrator.tables import FEEDBACK, SIGNALS

SIGNALS_KEPT = timedelta(days=90)
FEEDBACK_KEPT = timedelta(days=7)
AT_ONCE = 500  # rows: all services wait while one of them holds SQLite's lock
PAUSE_SECONDS = 60.0


class Pruning:
    """Beside the beat, at any time: shards may do it at once."""

    def __init__(self, storage: Transactions, clock: Clock) -> None:
        self._storage = storage
        self._clock = clock

    async def step(self) -> None:
        """One batch, and a pause: the step of a background loop. Raises Unavailable."""
        now = self._clock.now()
        await self._storage.run(lambda connection: forget(connection, now))
        await self._clock.sleep(PAUSE_SECONDS)


def forget(connection: Connection, now: datetime) -> None:
    """Forget what is too old of the oldest rows."""
    before = now - SIGNALS_KEPT
    expired = (SIGNALS.c.made_at < before) & (SIGNALS.c.valid_until < before)
    oldest = select(SIGNALS.c.id).where(expired).order_by(SIGNALS.c.made_at).limit(AT_ONCE)
    connection.execute(delete(SIGNALS).where(SIGNALS.c.id.in_(oldest)))
    first = select(FEEDBACK.c.number, FEEDBACK.c.received_at).order_by(FEEDBACK.c.number).limit(AT_ONCE).subquery()
    last = select(func.max(first.c.number)).where(first.c.received_at < now - FEEDBACK_KEPT).scalar_subquery()
    connection.execute(delete(FEEDBACK).where(FEEDBACK.c.number <= last))
