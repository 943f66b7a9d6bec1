"""The watch: looks at every service, at bus and database, every few seconds, and reports who has gone quiet.

It needs neither bus nor database: it is what speaks when they are gone.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

import httpx
from msgspec.structs import replace
from sqlalchemy import Connection

from stockbot.alert_manager import matter_rows, sightings
from stockbot.alert_manager.counters import Counters
from stockbot.alert_manager.desk import Desk
from stockbot.alert_manager.records import Records
from stockbot.alert_manager.reports import own_report
from stockbot.alert_manager.sightings import Target
from stockbot.events.alerts import Alert
from stockbot.model.alerts import watchdog
from stockbot.model.alerts.matters import Report
from stockbot.model.alerts.watchdog import BUS, DATABASE, KIND, Sighting, Watched
from stockbot.runtime.bus import Bus, BusUnavailable


@dataclass(kw_only=True)
class Watch:
    """`database_trouble` says why the database does not serve; `me` is this service's name, which it leaves out."""

    targets: Sequence[Target]
    bus: Bus
    client: httpx.AsyncClient
    records: Records
    desk: Desk
    counters: Counters
    database_trouble: Callable[[], str | None]
    me: str
    quiet_after: timedelta
    backbone_after: timedelta
    every_seconds: float
    watched: Mapping[str, Watched] = field(default_factory=dict)
    _sources: set[str] = field(default_factory=set)
    _told: dict[str, Alert] = field(default_factory=dict)
    _remembers: bool = False

    async def step(self) -> None:
        """One look, what it means, and a pause: the step of a background loop. Raises LeaseLost."""
        seen = await self._look()
        now = self.bus.clock.now()
        self.watched = watchdog.look(self.watched, seen, now)
        if self.records.may_act:
            await self._report()
        else:  # what another process tells and ends meanwhile is read again once this one acts
            self._told.clear()
            self._remembers = False
        self.counters.looked(now, sum(not one.sighting.is_well for one in self.watched.values()))
        await self.bus.clock.sleep(self.every_seconds)

    async def _look(self) -> list[Sighting]:
        asked = await sightings.look_at(self.targets, self.client)
        try:
            alive = await sightings.alive_sources(self.bus)
        except BusUnavailable as error:
            alive = None
            await self.bus.lost(error)
        self._sources |= {source for source in alive or () if source.partition("/")[0] != self.me}
        known = sightings.with_alive_keys(asked, alive, self._sources, leave_out=self.me)
        return [*known, _backbone(BUS, "Bus", self.bus.trouble), _backbone(DATABASE, "Database", self._database())]

    def _database(self) -> str | None:
        return self.records.away or self.database_trouble()

    async def _report(self) -> None:
        await self._remember()
        now = self.bus.clock.now()
        holding = watchdog.alerts(self.watched, now, after=self.quiet_after, backbone_after=self.backbone_after)
        news = [alert for alert in holding if alert.resolved == (alert.fingerprint in self._told)]
        news += self._no_longer_asked()
        if not news:
            return
        reports = [own_report(alert, self.desk.source, now) for alert in news]
        await self.records.run(partial(_take, self.desk, reports))
        for alert in news:
            if alert.resolved:
                del self._told[alert.fingerprint]
            else:
                self._told[alert.fingerprint] = alert

    def _no_longer_asked(self) -> list[Alert]:
        """The ends of what was told of services that the platform does not have any more."""
        names = {watchdog.fingerprint(name) for name in self.watched}
        gone = [name for name in self._told if name not in names and "/" not in _name_in(name)]
        return [replace(self._told[name], resolved=True) for name in gone]

    async def _remember(self) -> None:
        """Once the database answers: what was told before this start, so that its end is told as well."""
        if self._remembers or self.records.away is not None:
            return
        found = await self.records.read(lambda connection: matter_rows.open_of_kind(connection, KIND))
        self._remembers = self.records.away is None
        for name, matter in found.items():
            alert = Alert(fingerprint=name, severity=matter.severity, title=matter.title, labels=dict(matter.labels))
            self._told.setdefault(name, alert)
            if "/" in _name_in(name):  # only its heartbeat is known
                self._sources.add(_name_in(name))


def _name_in(fingerprint: str) -> str:
    return fingerprint.removeprefix(f"{KIND}/")


def _backbone(name: str, kind: str, trouble: str | None) -> Sighting:
    return Sighting(name=name, type=kind, ready=trouble is None, reason=trouble or "")


def _take(desk: Desk, reports: Sequence[Report], connection: Connection) -> bool:
    return desk.take(connection, reports, reports[0].at)
