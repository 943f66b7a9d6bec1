"""An Alert Manager's parts over a real database, with a clock that the test moves and channels that it scripts."""

from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from pydantic import SecretStr
from sqlalchemy import Connection, select

from stockbot.alert_manager import delivery_rows, matter_rows
from stockbot.alert_manager.channels import Channel
from stockbot.alert_manager.counters import Counters
from stockbot.alert_manager.desk import Desk
from stockbot.alert_manager.dispatch import Dispatch
from stockbot.alert_manager.records import Records
from stockbot.alert_manager.tables import DELIVERIES, LEASE, METADATA
from stockbot.events.alerts import Alert, Severity
from stockbot.model.alerts.matters import Matter, Report
from stockbot.model.alerts.messages import Pace
from stockbot.model.alerts.retries import Retries
from stockbot.model.alerts.routing import Escalation, Route, Rules
from stockbot.model.alerts.silences import Silence
from stockbot.model.alerts.wording import Message
from stockbot.runtime.database import Database
from stockbot.runtime.lease import Lease
from stockbot.testing.clock import FixedClock

SOURCE = "alert-manager/0"


@dataclass
class Wire:
    """The outside world of one channel: what it took, and why it refuses if it does."""

    refuses: str = ""
    taken: list[Message] = field(default_factory=list)
    tried: int = 0

    async def carry(self, _url: SecretStr, message: Message) -> str:
        self.tried += 1
        if not self.refuses:
            self.taken.append(message)
        return self.refuses


@dataclass
class Parts:
    """Two channels, mail for everything and phone for what is critical or not acknowledged for 15 minutes."""

    database: Any
    clock: FixedClock = field(default_factory=FixedClock)
    group_seconds: int = 0
    retries: Retries = field(default_factory=Retries)
    _reports: int = 0

    def __post_init__(self) -> None:
        self.lease = Lease(LEASE, "alerts", "test", seconds=300)  # longer than any test
        self.records = Records(self.database, self.lease, self.clock)
        self.counters = Counters(CollectorRegistry())
        self.wires = {"mail": Wire(), "phone": Wire()}
        rules = Rules(
            deliverable=frozenset(self.wires),
            routes=(Route(channels=("mail",)), Route(at_least=Severity.CRITICAL, channels=("phone",))),
            escalation=Escalation(after=timedelta(minutes=15), channels=("phone",)),
        )
        self.desk = Desk(
            rules=rules, retries=self.retries, channels=frozenset(self.wires), source=SOURCE, clock=self.clock
        )
        self.dispatches = {name: self._dispatch(name) for name in self.wires}

    def _dispatch(self, name: str) -> Dispatch:
        channel = Channel(
            name=name,
            pace=Pace(max_per_minute=1000, group=timedelta(seconds=self.group_seconds)),
            url=SecretStr("json://token"),
            kind="json",
            trouble=None,
        )
        carry = self.wires[name].carry
        return Dispatch(
            channel,
            self.records,
            self.desk,
            carry=carry,
            console="http://console",
            clock=self.clock,
            counters=self.counters,
        )

    def alert(self, name: str = "risk/limit", **changes: Any) -> Alert:
        return Alert(**({"fingerprint": name, "severity": Severity.WARNING, "title": f"about {name}"} | changes))

    async def report(self, *alerts: Alert) -> None:
        """Take the alerts in as one batch."""
        reports = [self._report(alert) for alert in alerts]
        await self.database.run(partial(self.desk.take, told=reports, now=self.clock.now()))

    async def turn(self) -> None:
        await self.database.run(partial(self.desk.turn, now=self.clock.now()))

    async def deliver(self, rounds: int = 3) -> None:
        """Let both channels do what they want to do now; the clock goes on by their pauses."""
        for _ in range(rounds):
            for dispatch in self.dispatches.values():
                await dispatch.step()

    async def matters(self) -> list[Matter]:
        """Everything that is known, the oldest first."""

        def read(connection: Connection) -> list[Matter]:
            found = matter_rows.listed(connection, matter_rows.Wanted(limit=1000))
            return [one.matter for one in reversed(found)]

        return await self.database.read(read)  # type: ignore[no-any-return]

    async def deliveries(self) -> list[tuple[str, str, str]]:
        """Channel, transition and state of every delivery."""
        query = select(DELIVERIES.c.channel, DELIVERIES.c.transition, DELIVERIES.c.state)
        return sorted([tuple(row) for row in await self.database.read(lambda c: c.execute(query).all())])

    def pending(self, connection: Connection, silences: list[Silence]) -> set[str]:
        """The fingerprints of what waits for mail and no silence holds."""
        waiting = delivery_rows.pending(connection, "mail", silences)
        return {one.fingerprint for one in matter_rows.by_id(connection, [w.alert_id for w in waiting]).values()}

    def _report(self, alert: Alert) -> Report:
        self._reports += 1
        return Report(report_id=f"report-{self._reports}", source="risk-guardian/0", at=self.clock.now(), alert=alert)


@pytest.fixture
async def parts(database: Database) -> Parts:
    """Parts over new tables, with the lease held."""
    parts = Parts(database)
    await database.run(METADATA.create_all)
    assert await parts.lease.acquire(database)
    return parts
