"""The desk: takes reports in, and puts into the channels' queues what follows from them, in one transaction.

Everything here may be done twice: a report, a delivery and a receipt have names of their own. So what was done in
memory while the database was away is done again there once it is back.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from msgspec.structs import replace
from sqlalchemy import ColumnElement, Connection, and_, false, or_

from stockbot.alert_manager import delivery_rows, matter_rows, silence_rows
from stockbot.alert_manager.delivery_rows import Receipt
from stockbot.alert_manager.reports import channel_report, report_of
from stockbot.alert_manager.tables import ALERTS
from stockbot.events import AnyEvent
from stockbot.events.alerts import RiskAlert, ServiceAlert, Severity
from stockbot.model.alerts import flapping, matters
from stockbot.model.alerts.matters import Matter, Report, Standing
from stockbot.model.alerts.retries import TROUBLED, Retries
from stockbot.model.alerts.routing import Rules, is_escalating, wanted
from stockbot.model.alerts.silences import Silence, silenced_until
from stockbot.runtime.clock import Clock

MOST_AT_ONCE = 1000  # matters that one turn looks at


@dataclass(frozen=True, kw_only=True)
class Desk:
    """`channels` are all that the document names, also those that cannot be used."""

    rules: Rules
    retries: Retries
    channels: frozenset[str]
    source: str
    clock: Clock

    def handle(self, connection: Connection, events: Sequence[AnyEvent]) -> None:
        """Take alerts in from the bus: a worker's handler."""
        told = [report_of(event) for event in events if isinstance(event, RiskAlert | ServiceAlert)]
        self.take(connection, told, self.clock.now())

    def take(self, connection: Connection, told: Sequence[Report], now: datetime) -> bool:
        """Take reports in, in their order; whether there were any."""
        names = sorted({report.alert.fingerprint for report in told})
        current = matter_rows.open_ones(connection, names)
        recent = matter_rows.began_since(connection, names, now - flapping.WITHIN)
        steps: list[Matter] = []
        for report in told:
            name = report.alert.fingerprint
            before = current.get(name)
            after = matters.take(before, report, flaps=recent.get(name, 0))
            if after is None or after is before:
                continue
            if before is None or before.alert_id != after.alert_id:
                recent[name] = recent.get(name, 0) + 1
                steps += [] if before is None or before.state is Standing.RESOLVED else [matters.superseded(before)]
            current[name] = after
            steps.append(after)
        self._keep(connection, steps, now)
        return bool(told)

    def turn(self, connection: Connection, now: datetime) -> bool:
        """Escalate what nobody looks after, and tell what silences kept; whether anything changed.

        What is silenced now waits for the silence's end: thousands of such matters must not hide one that is due.
        """
        silences = silence_rows.active(connection, now)
        audible = silence_rows.untouched(silences)
        due = [or_(ALERTS.c.held, self._may_escalate(now)), *([] if audible is None else [audible])]
        found = matter_rows.standing(connection, *due, limit=MOST_AT_ONCE)
        turned = [self._escalated(matter, silences, now) for matter in found]
        return self._keep(connection, turned, now, {matter.alert_id: matter for matter in found})

    def plan_all(self, connection: Connection, now: datetime) -> None:
        """Queue what the document asks for now of all that is open: at start, as the document may have changed."""
        delivery_rows.give_up_unknown(connection, self.channels)
        for found in matter_rows.all_standing(connection, MOST_AT_ONCE):
            self._keep(connection, found, now, {matter.alert_id: matter for matter in found})

    def acknowledge(self, connection: Connection, alert_id: str, who: str, note: str) -> Matter | None:
        """Somebody looks after it; None where there is no such alert."""
        before = matter_rows.locked(connection, alert_id)
        if before is None:
            return None
        now = self.clock.now()
        after = matters.acknowledge(before, who=who, note=note, now=now)
        matter_rows.save(connection, [after])
        silence_rows.record(connection, who=who, what="acknowledge", subject=alert_id, why=note, at=now)
        return after

    def book(self, connection: Connection, receipt: Receipt) -> bool:
        """Keep what became of a message; a channel that goes down or comes back is a matter itself."""
        before = delivery_rows.channel_state(connection, receipt.channel).failures
        after = delivery_rows.book(connection, receipt, self.retries).failures
        if before and not after:
            delivery_rows.try_again(connection, receipt.channel)
        if max(before, after) >= TROUBLED:
            self.take(connection, [channel_report(receipt, self.source, down=after > 0)], receipt.at)
        return True

    def _keep(
        self, connection: Connection, steps: Sequence[Matter], now: datetime, stored: Mapping[str, Matter] = {}
    ) -> bool:
        """Store where the matters stand, and queue what each step wants unless a silence holds it.

        What is over is told to whoever was told that it began. Whether anything changed.
        """
        silences = silence_rows.active(connection, now)
        taken = [_hold(matter, silenced=silenced_until(matter, silences, now) is not None) for matter in steps]
        last = {matter.alert_id: matter for matter in taken}
        changed = [matter for name, matter in last.items() if stored.get(name) != matter]
        matter_rows.save(connection, changed)
        audible = [matter for matter in taken if matter.state is not Standing.RESOLVED and not matter.held]
        self._queue(connection, audible, {}, now)
        over = [matter for matter in taken if matter.state is Standing.RESOLVED]
        told = delivery_rows.told(connection, [matter.alert_id for matter in over])
        self._queue(connection, over, told, now)
        return bool(changed)

    def _queue(
        self, connection: Connection, found: Sequence[Matter], told: Mapping[str, Collection[str]], now: datetime
    ) -> None:
        pairs = [(matter, one) for matter in found for one in wanted(matter, self.rules, told.get(matter.alert_id, ()))]
        delivery_rows.add(connection, pairs, now)

    def _escalated(self, matter: Matter, silences: Sequence[Silence], now: datetime) -> Matter:
        quiet = silenced_until(matter, silences, now) is not None
        return replace(matter, escalated_at=now) if not quiet and is_escalating(matter, self.rules, now) else matter

    def _may_escalate(self, now: datetime) -> ColumnElement[bool]:
        """The rows of which some may be due; `is_escalating` decides."""
        if self.rules.escalation is None:
            return false()
        severe = ALERTS.c.peak.in_([Severity.WARNING, Severity.CRITICAL])
        return and_(severe, ALERTS.c.escalated_at.is_(None), ALERTS.c.opened_at <= now - self.rules.escalation.after)


def _hold(matter: Matter, *, silenced: bool) -> Matter:
    held = silenced and matter.state is not Standing.RESOLVED
    return matter if matter.held == held else replace(matter, held=held)
