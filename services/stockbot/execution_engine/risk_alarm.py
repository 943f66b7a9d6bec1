"""Tells people once that the Risk Guardian is gone, and once that it is back."""

from functools import partial

from sqlalchemy import Connection

from stockbot.execution_engine import alerts
from stockbot.execution_engine.desk import Desk
from stockbot.execution_engine.risk_watch import RiskWatch

LOOK_SECONDS = 1.0
SETTLE_SECONDS = 20.0  # after a start risk gets that long to be seen, before anybody is alarmed


class RiskAlarm:
    def __init__(self, desk: Desk, risk: RiskWatch) -> None:
        self._desk = desk
        self._risk = risk
        self._told_gone = False
        self._began_at = desk.clock.monotonic()

    async def step(self) -> None:
        """Tell a change, and wait: the step of a background loop. Raises Unavailable."""
        await self._desk.clock.sleep(LOOK_SECONDS)
        gone = self._risk.gone()
        has_settled = gone is None or self._desk.clock.monotonic() - self._began_at > SETTLE_SECONDS
        if has_settled and self._desk.lease.held() and (gone is not None) != self._told_gone:
            await self._desk.run(partial(self._tell, gone))
            self._told_gone = gone is not None

    def _tell(self, gone: str | None, connection: Connection) -> None:
        self._desk.fence(connection)
        self._desk.publisher.tell_alerts(connection, [alerts.of_risk(gone)], self._desk.clock.now())
