"""What `stockbot up` reports of its processes to the console and `stockbot status`: a file in the data folder.

Shards of one document are one service. `services_of` is pure; `Bulletin` writes what it gives.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from stockbot.fleet import Condition, Instance, Service
from stockbot.local.children import BUS
from stockbot.local.platform import Platform
from stockbot.local.states import IDLE, Phase, State
from stockbot.local.table import crash_words
from stockbot.local.units import Unit
from stockbot.runtime.clock import Clock
from stockbot.runtime.fleet.report import HEARTBEAT, Report, remove_report, write_report

BUS_TYPE = "embedded bus"
GRAVEST_FIRST = (
    Condition.RESTARTING,
    Condition.NOT_READY,
    Condition.STOPPING,
    Condition.STARTING,
    Condition.WAITING,
    Condition.READY,
    Condition.SUSPENDED,
    Condition.NOT_BUILT,
)

TimeOf = Callable[[float], datetime]  # of a monotonic second


class Bulletin:
    """Written when something has changed, and every five seconds as a sign of life."""

    def __init__(self, platform: Platform, clock: Clock, say: Callable[[str], None]) -> None:
        self._platform, self._clock, self._say = platform, clock, say
        self._written: Report | None = None
        self._times: dict[float, datetime] = {}
        self._trouble = ""

    def publish(self, states: Mapping[str, State]) -> None:
        """Write what is new. A folder that cannot be written is said once, and keeps nothing from running."""
        now, before = self._clock.now(), self._written
        services = tuple(services_of(self._platform, states, self._time_of))
        if before is None or before.services != services or now - before.at >= HEARTBEAT:
            self._write(Report(pid=os.getpid(), at=now, services=services))

    def withdraw(self) -> None:
        """Nothing runs here any more."""
        remove_report(self._platform.folder.root)

    def _time_of(self, second: float) -> datetime:
        """The time of a monotonic second, the same at every question: the two clocks drift apart."""
        if second not in self._times:
            age = timedelta(seconds=self._clock.monotonic() - second)
            self._times[second] = (self._clock.now() - age).replace(microsecond=0)
        return self._times[second]

    def _write(self, report: Report) -> None:
        try:
            write_report(self._platform.folder.root, report)
        except OSError as error:
            trouble = f"the console and `stockbot status` are not told how services stand: {error}"
            if trouble != self._trouble:
                self._say(trouble)
            self._trouble = trouble
        else:
            self._written, self._trouble = report, ""


def services_of(platform: Platform, states: Mapping[str, State], time_of: TimeOf) -> Iterator[Service]:
    """Yield one service for each document, in the order of the table, and our own bus server last."""
    for name, group in groupby(platform.units, key=lambda unit: unit.document.metadata.name):
        yield _service(name, list(group), platform, states, time_of)
    if BUS in states and platform.server is not None:
        instance = _instance(BUS, states[BUS], str(platform.server.log), time_of)
        yield _summary(BUS, BUS_TYPE, f"127.0.0.1:{platform.server.port}", [instance])


def _service(
    name: str,
    units: Sequence[Unit],
    platform: Platform,
    states: Mapping[str, State],
    time_of: TimeOf,
) -> Service:
    logs = platform.folder.logs
    instances = [_instance(one.name, states[one.name], str(logs / one.log_name), time_of) for one in units]
    return _summary(name, units[0].type.value, "" if units[0].is_idle else units[0].public_url, instances)


def _summary(name: str, kind: str, endpoint: str, instances: Sequence[Instance]) -> Service:
    """Return a service that stands as the worst of its processes does, for the reasons that they give."""
    worst = min(instances, key=lambda one: GRAVEST_FIRST.index(one.condition))
    many = len(instances) > 1
    reasons = [f"{one.name}: {one.reason}" if many else one.reason for one in instances if one.reason]
    is_idle = worst.condition in (Condition.SUSPENDED, Condition.NOT_BUILT)
    return Service(
        name=name,
        type=kind,
        condition=worst.condition,
        reason="; ".join(reasons),
        is_degraded=bool(reasons) and worst.condition is Condition.READY,
        ready=sum(one.condition is Condition.READY for one in instances),
        wanted=0 if is_idle else len(instances),
        endpoint=endpoint,
        since=min((one.since for one in instances if one.since is not None), default=None),
        is_suspended=worst.condition is Condition.SUSPENDED,
        instances=tuple(instances),
    )


def _instance(name: str, state: State, log: str, time_of: TimeOf) -> Instance:
    return Instance(
        name=name,
        condition=Condition(state.phase.value),
        reason=crash_words(state) if state.phase is Phase.BACKING_OFF else state.reason,
        since=time_of(state.started_at) if state.runs or state.phase is Phase.STOPPING else None,
        restarts=state.restarts,
        place="" if state.phase in IDLE else log,
    )
