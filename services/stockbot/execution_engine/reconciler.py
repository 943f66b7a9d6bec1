"""The reconciler: before anything new is sent, and every half minute from then on, our books beside the broker's.

Drift that two looks agree on is written down, told, shown as a metric, and lets only reductions pass until it is gone.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from enum import StrEnum
from functools import partial

import structlog
from prometheus_client import Gauge
from sqlalchemy import Connection

from stockbot.errors import ConfigurationError, Unavailable
from stockbot.events.alerts import Alert
from stockbot.execution_engine import alerts, watch_rows
from stockbot.execution_engine.account_rows import Account
from stockbot.execution_engine.comparison import Comparison, WrongAccount
from stockbot.execution_engine.desk import Desk
from stockbot.model.orders.reconciliation import Drift, DriftKind, agreed

SECOND_LOOK_SECONDS = 1.0
RETRY_SECONDS = 1.0
NOTHING = "not compared with the broker yet"

logger = structlog.stdlib.get_logger(__name__)


class State(StrEnum):
    NEVER = "never"
    RUNNING = "running"
    RECONCILED = "reconciled"
    FAILED = "failed"


class Reconciler:
    """`reconciled` is called after each good comparison. A new lease begins at `never`."""

    def __init__(self, desk: Desk, comparison: Comparison, *, seconds: float, drift_gauge: Gauge) -> None:
        self.state = State.NEVER
        self.reason = NOTHING
        self.last_at: datetime | None = None
        self.account: Account | None = None
        self.reconciled: Callable[[], None] = lambda: None
        self._desk = desk
        self._comparison = comparison
        self._seconds = seconds
        self._gauge = drift_gauge
        self._compared_under: int | None = None  # tokens of the lease
        self._checked_under: int | None = None
        self._drifts = 0
        self._told_wrong = False
        self._woken = asyncio.Event()

    @property
    def is_reconciled(self) -> bool:
        """Whether this process has compared everything since it holds the lease."""
        return self._compared_under is not None and self._compared_under == self._desk.lease.token

    @property
    def knows_account(self) -> bool:
        """Whether the broker's account was seen to be the right one since the lease is held."""
        return self._checked_under is not None and self._checked_under == self._desk.lease.token

    def trouble(self) -> str | None:
        """A check of readiness, and a gate."""
        if not self.is_reconciled:
            return self.reason
        return f"{self._drifts} differences from the broker are not resolved" if self._drifts else None

    def wake(self) -> None:
        """Compare now."""
        self._woken.set()

    async def step(self) -> None:
        """Compare, and wait: the step of a background loop. Raises Unavailable."""
        if not self._desk.lease.held():
            await self._desk.clock.sleep(RETRY_SECONDS / 5)
            return
        self._woken.clear()
        try:
            await self.run()
        except (Unavailable, ConfigurationError) as error:
            self._fail(str(error))
            raise
        with suppress(TimeoutError):
            async with asyncio.timeout(self._seconds):
                await self._woken.wait()

    async def run(self) -> None:
        """One comparison. Raises Unavailable, of which WrongAccount is a kind."""
        token = self._desk.lease.token
        self.state = State.RUNNING
        self.account = await self._checked_account()
        self._checked_under = token
        await self._tell_wrong(None)
        drifts = await self._agreed()
        await self._desk.run(partial(self._keep, drifts))
        self._show(drifts)
        self.state, self.reason, self.last_at = State.RECONCILED, "", self._desk.clock.now()
        self._compared_under = token
        self.reconciled()

    async def _checked_account(self) -> Account:
        try:
            return await self._comparison.check_account()
        except (WrongAccount, ConfigurationError) as error:
            self._checked_under = self._compared_under = None
            await self._tell_wrong(str(error))
            raise

    async def _tell_wrong(self, reason: str | None) -> None:
        """Tell a wrong account once, and once that it is the right one again."""
        if (reason is not None) != self._told_wrong:
            await self._desk.run(partial(self._tell, [alerts.of_wrong_account(reason)]))
            self._told_wrong = reason is not None

    def _tell(self, told: Sequence[Alert], connection: Connection) -> None:
        self._desk.fence(connection)
        self._desk.publisher.tell_alerts(connection, told, self._desk.clock.now())

    async def _agreed(self) -> list[Drift]:
        """The differences that two looks agree on."""
        first = await self._comparison.look()
        if not first:
            return []
        await self._desk.clock.sleep(SECOND_LOOK_SECONDS)
        return agreed(first, await self._comparison.look())

    def _keep(self, drifts: list[Drift], connection: Connection) -> None:
        self._desk.fence(connection)
        now = self._desk.clock.now()
        fresh, over = watch_rows.keep_drifts(connection, drifts, now)
        told = [alerts.of_drift(drift) for drift in fresh]
        told += [alerts.of_drift_gone(item.kind, item.subject) for item in over]
        self._desk.publisher.tell_alerts(connection, told, now)

    def _show(self, drifts: list[Drift]) -> None:
        self._drifts = len(drifts)
        for kind in DriftKind:
            self._gauge.labels(kind).set(sum(drift.kind is kind for drift in drifts))
        for drift in drifts:
            logger.warning("drift", kind=drift.kind, subject=drift.subject, ours=drift.ours, brokers=drift.brokers)

    def _fail(self, reason: str) -> None:
        self.state, self.reason = State.FAILED, reason
