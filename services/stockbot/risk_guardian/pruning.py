"""Forgets the inputs of old decisions, a few at a time: each is some kilobytes, and nobody replays them after a season.

The decision itself stays for good: who was told what, and why. Nothing is forgotten of a symbol in which something is
held still.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, not_, or_, select, update

from stockbot.risk_guardian import store
from stockbot.risk_guardian.decision_rows import FORGOTTEN
from stockbot.risk_guardian.tables import DECISIONS
from stockbot.runtime.clock import Clock
from stockbot.runtime.lease import Lease
from stockbot.runtime.storage import Transactions

RETENTION = timedelta(days=90)
AT_ONCE = 500  # rows: all services wait while one of them holds SQLite's lock
PAUSE_SECONDS = 60.0


class Pruning:
    """Works while the lease is held; begins with the oldest decision at each start of the process."""

    def __init__(self, storage: Transactions, lease: Lease, fence: Callable[[Connection], None], clock: Clock) -> None:
        self._storage = storage
        self._lease = lease
        self._fence = fence
        self._clock = clock
        self._through = 0

    async def step(self) -> None:
        """One batch, and a pause: the step of a background loop. Raises Unavailable."""
        if self._lease.held():
            await self._storage.run(self._forget)
        await self._clock.sleep(PAUSE_SECONDS)

    def _forget(self, connection: Connection) -> None:
        self._fence(connection)
        self._through = forget_inputs(connection, self._through, self._clock.now() - RETENTION)


def forget_inputs(connection: Connection, after: int, before: datetime) -> int:
    """Forget the inputs of decisions from behind number `after`, made before that moment; returns how far it came."""
    columns = (DECISIONS.c.number, DECISIONS.c.decided_at)
    following = select(*columns).where(DECISIONS.c.number > after).order_by(DECISIONS.c.number).limit(AT_ONCE)
    old: list[int] = [number for number, decided_at in connection.execute(following) if decided_at < before]
    if not old:
        return after
    held = [
        and_(DECISIONS.c.account == name, DECISIONS.c.symbol == symbol)
        for name, state in store.accounts(connection).items()
        for symbol in sorted({kept.symbol for kept in state.account.holds.values()})
    ]
    chosen = DECISIONS.c.number.in_(old) & (DECISIONS.c.inputs != FORGOTTEN)
    statement = update(DECISIONS).where(chosen, *([not_(or_(*held))] if held else []))
    connection.execute(statement.values(inputs=FORGOTTEN))
    return old[-1]
