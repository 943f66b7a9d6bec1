"""The Alert Manager's loops, and what they say about its readiness. Put together once, by the composition root."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from stockbot.alert_manager import delivery_rows, matter_rows
from stockbot.alert_manager.counters import Counters
from stockbot.alert_manager.desk import Desk
from stockbot.alert_manager.dispatch import Dispatch
from stockbot.alert_manager.poison import PoisonWatch
from stockbot.alert_manager.records import Records
from stockbot.alert_manager.tables import DEAD_LETTERS, HEARTBEATS, INBOX
from stockbot.alert_manager.watch import Watch
from stockbot.alert_manager.weighing import Weighing
from stockbot.events.streams import ALERTS
from stockbot.runtime.bus import WorkReader
from stockbot.runtime.duty import Duty
from stockbot.runtime.lease import Lease, LeaseLost
from stockbot.runtime.supervise import Step
from stockbot.runtime.surroundings import Surroundings
from stockbot.runtime.worker import Worker

GROUP = "alert-manager"
IDLE_SECONDS = 0.2
TURN_SECONDS = 1.0
TURNING = ("watch", "turn")  # the loops that the alive key stands for; they turn without bus and database
LONGEST_TURN = 30.0  # seconds; a loop that has not turned for so long does not work
FORGET_EVERY = 3600.0  # seconds


@dataclass(kw_only=True)
class ControlRoom:
    """One process of the service. It acts only while it holds the lease, or while nobody can tell who does."""

    around: Surroundings
    lease: Lease
    records: Records
    desk: Desk
    watch: Watch
    dispatches: Sequence[Dispatch]
    counters: Counters
    _planned: bool = field(default=False, init=False)
    _forgot_at: float | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        bus, storage = self.around.bus, self.around.storage
        self.duty = Duty(self.around, self.lease, HEARTBEATS, TURNING, longest_turn=LONGEST_TURN)
        self.alerts = Worker(
            WorkReader(bus, ALERTS, GROUP),
            bus,
            storage,
            inbox_table=INBOX,
            dead_letter_table=DEAD_LETTERS,
            handle=self.desk.handle,
            may_read=self.lease.held,
            fence=self.duty.fence,
        )
        self.poison = PoisonWatch(
            storage=storage,
            desk=self.desk,
            lease=self.lease,
            counters=self.counters,
            fence=self.duty.fence,
            clock=self.around.clock,
        )
        self.weighing = Weighing(bus, self.counters)

    def loops(self) -> Iterator[tuple[str, Step]]:
        """Every background loop with its name: one for each channel."""
        yield "lease", self.duty.keep_lease
        yield "alerts", self.alerts.step
        yield "alerts backlog", self.alerts.observe
        yield "watch", self.duty.turning("watch", self._acting(self.watch.step))
        yield "turn", self.duty.turning("turn", self._acting(self._turn))
        yield "poison", self.poison.step
        yield "weighing", self.weighing.step
        yield "alive", self.duty.say_alive
        for dispatch in self.dispatches:
            yield f"channel {dispatch.channel.name}", self._acting(dispatch.step)

    def register(self) -> None:
        """Say what readiness and liveness depend on, and what readiness notes."""
        self.duty.register()
        self.around.readiness.register("watchdog", self.duty.not_turning)
        self.around.readiness.note("memory", self._in_memory)
        self.around.readiness.note("channels", self._undeliverable)
        self.around.readiness.note("services", self._not_well)

    async def _turn(self) -> None:
        """Come back to SQL if it was away; then what time alone brings: escalations, and the ends of silences."""
        if self.records.away is not None or (self.records.waiting and self.lease.held()):
            await self._come_back()
        if not self.records.may_act:
            await self.records.notice()
        if self.records.may_act:
            await self._act()
        await self.around.clock.sleep(TURN_SECONDS)

    async def _come_back(self) -> None:
        try:
            await self.records.come_back()
        except LeaseLost:
            return  # another process acts, or this one will once it has the lease

    async def _act(self) -> None:
        now = self.around.clock.now()
        try:
            if not self._planned and self.records.away is None:
                self._planned = await self.records.run(self._plan_all)
            await self.records.run(lambda connection: self.desk.turn(connection, now))
            self.counters.stand(*await self.records.read(_counts), self.desk.channels)
            await self._forget()
        except LeaseLost:
            self._planned = False

    def _plan_all(self, connection: Connection) -> bool:
        self.desk.plan_all(connection, self.around.clock.now())
        return True

    async def _forget(self) -> None:
        monotonic = self.around.clock.monotonic()
        if self.records.away is None and (self._forgot_at is None or monotonic - self._forgot_at > FORGET_EVERY):
            self._forgot_at = monotonic
            now = self.around.clock.now()
            await self.records.run(partial(_forget, now=now))

    def _acting(self, step: Step) -> Step:
        """The step, which rests where another process has taken over."""

        async def act() -> None:
            try:
                await step()
            except LeaseLost:
                await self.around.clock.sleep(IDLE_SECONDS)

        return act

    def _in_memory(self) -> str | None:
        away = self.records.away
        return None if away is None else f"alerts are kept in memory and delivered from there: {away}"

    def _undeliverable(self) -> str | None:
        found = [f"{one.channel.name}: {one.channel.trouble}" for one in self.dispatches if one.channel.trouble]
        return "; ".join(found) or None

    def _not_well(self) -> str | None:
        found = [one.sighting.name for one in self.watch.watched.values() if not one.sighting.is_well]
        return f"not well: {', '.join(sorted(found))}" if found else None


def _counts(connection: Connection) -> tuple[dict[str, int], dict[str, int]]:
    return dict(matter_rows.count_open(connection)), dict(delivery_rows.count_pending(connection))


def _forget(connection: Connection, now: datetime) -> bool:
    matter_rows.forget(connection, now)
    return False
