"""The running operator: its watches, its queue, and the loops that keep both going. Put together by `main`."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import structlog

from stockbot.runtime.clock import Clock
from stockbot.runtime.health import Liveness, Readiness
from stockbot.runtime.metrics import Metrics
from stockbot.runtime.supervise import Step
from stockbot_operator.apply import Applier
from stockbot_operator.cache import Cache, OwnedSink
from stockbot_operator.calendars import Calendars
from stockbot_operator.declared_state import Herald
from stockbot_operator.fence import seconds_since_boot
from stockbot_operator.kopf_watch import KopfWatch
from stockbot_operator.kube.client import Client, decode
from stockbot_operator.kube.errors import ApiUnavailable, Refused
from stockbot_operator.kube.kinds import CHILDREN, PODS, SERVICE_MONITORS, TRADING_SERVICES, Kind
from stockbot_operator.kube.objects import Key, Resource
from stockbot_operator.kube.watch import SERVER_SECONDS, Watch, page_of
from stockbot_operator.leadership import CLAIM, CLAIM_SECONDS, LEASE, Claims, Leadership, Permission, lease_holder
from stockbot_operator.materials import Materials
from stockbot_operator.metrics import OperatorMetrics
from stockbot_operator.names import SERVICE
from stockbot_operator.queue import Queue
from stockbot_operator.reconcile import Reconciler
from stockbot_operator.settings import OperatorSettings
from stockbot_operator.worker import Worker

log = structlog.stdlib.get_logger(__name__)

SOON = {"resourceVersion": "0"}  # as the server's memory has it: quick, and perhaps a little late
SYNC_SECONDS = 0.05  # how often to look whether all watches have listed
GAUGE_SECONDS = 5.0
LIVE_SECONDS = 60.0  # beyond the longest watch, and the longest silence after it, a watch that has not turned hangs


@dataclass(kw_only=True)
class Operator:
    """One process of an installation. It keeps its cache warm in any case, and writes only while it leads."""

    settings: OperatorSettings
    client: Client
    clock: Clock
    metrics: Metrics
    numbers: OperatorMetrics
    _is_listed: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        settings, client, clock = self.settings, self.client, self.clock
        self.queue = Queue(clock.monotonic, self.numbers, random.random)
        self.cache = Cache(self.queue.add)
        self.watches = [self._watch(kind, place) for kind in (*CHILDREN, PODS) for place in self._places()]
        self.kopf = KopfWatch(
            client.connection, settings.namespaces, self._take, silence_seconds=settings.silence_seconds
        )
        home = settings.namespace or client.connection.namespace
        installation = f"{home}/{LEASE}"
        leader = lease_holder(client, clock, (home, LEASE), settings.identity, settings.lease_seconds)
        self.leadership = Leadership(leader, clock, self.numbers, self._begin)
        self.claims = Claims(
            lambda namespace: lease_holder(client, clock, (namespace, CLAIM), installation, CLAIM_SECONDS),
            clock,
            lambda: {namespace for namespace, _ in self.cache.resources()},
        )
        self.materials = Materials(
            client, self.cache, clock, self.metrics, self.queue.add, silence_seconds=settings.silence_seconds
        )
        self.herald = Herald(settings.service_address, seconds_since_boot, every_seconds=settings.resync_seconds)
        self.worker = Worker(
            self.queue,
            self._reconciler(),
            self.materials,
            self.leadership,
            self.claims,
            self.cache,
            clock,
            self.numbers,
        )

    def _reconciler(self) -> Reconciler:
        monitors = [watch for watch in self.watches if watch.kind is SERVICE_MONITORS]
        return Reconciler(
            applier=Applier(self.client, self.cache, Permission(self.leadership, self.claims)),
            cache=self.cache,
            herald=self.herald,
            calendars=Calendars(self.clock),
            clock=self.clock,
            default_image=self.settings.default_image,
            has_service_monitors=lambda: all(not watch.is_absent for watch in monitors),
        )

    def loops(self) -> Iterator[tuple[str, Step]]:
        """Every background loop with its name."""
        for watch in self.watches:
            yield watch.name, watch.step
        yield "tradingservices", self._follow
        yield "leadership", self._lead
        yield "claims", self.claims.step
        yield "resync", self._resync
        yield "gauges", self._gauge
        for number in range(self.settings.workers):
            yield f"worker {number}", self.worker.step

    def register(self, readiness: Readiness, liveness: Liveness) -> None:
        """Say what readiness and liveness depend on."""
        readiness.register("watches", self._unsynced)
        readiness.register("kopf", self.kopf.trouble)
        readiness.register("lease", self.leadership.trouble)
        readiness.note("namespaces", self.claims.trouble)
        for watch in self.watches:
            if not watch.kind.optional:
                liveness.watch(watch.name, SERVER_SECONDS[1] + self.settings.silence_seconds + LIVE_SECONDS)

    async def stop(self) -> None:
        """Let a standby take over, then end what is open."""
        await self.leadership.resign()
        await self.materials.close()
        await self.herald.close()
        await self.client.close()

    def _places(self) -> tuple[str | None, ...]:
        return self.settings.namespaces or (None,)

    def _watch(self, kind: Kind, place: str | None) -> Watch:
        sink = OwnedSink(self.cache)
        return Watch(
            self.client,
            kind,
            place,
            sink,
            self.clock,
            selection={"labelSelector": SERVICE},
            silence=self.settings.silence_seconds,
            absent_seconds=self.settings.resync_seconds,
        )

    async def _follow(self) -> None:
        """List the TradingServices, so that all are known before any is acted on; then leave them to Kopf."""
        if not self._is_listed:
            for place in self._places():
                await self._list(place, SOON)
            self._is_listed = True
        await self.kopf.step()

    async def _list(self, place: str | None, params: Mapping[str, str]) -> None:
        try:
            content = await self.client.list_page(TRADING_SERVICES, place, params)
        except Refused as error:
            raise ApiUnavailable(f"cannot list TradingServices: {error}") from error
        page = decode(content, page_of(TRADING_SERVICES))
        self.cache.replace_resources(page.items or (), place, int(page.metadata.resource_version or 0))

    def _take(self, type_: str | None, item: Resource) -> None:
        if type_ == "DELETED":
            self.cache.drop_resource(item)
        else:
            self.cache.put_resource(item)

    async def _lead(self) -> None:
        """Stand for the lease once everything is known: a leader that knows half would do half."""
        while self._unsynced() is not None and not self.leadership.leading.is_set():
            await self.clock.sleep(SYNC_SECONDS)
        await self.leadership.step()

    def _unsynced(self) -> str | None:
        missing = [watch.name for watch in self.watches if not watch.is_synced]
        if not self._is_listed:
            missing.append(TRADING_SERVICES.plural)
        return f"not listed yet: {', '.join(missing)}" if missing else None

    async def _resync(self) -> None:
        """Look at everything again, out of the cache: it heals what an event that was missed would have told."""
        await self.clock.sleep(self.settings.resync_seconds)
        self._add_all()

    async def _begin(self) -> None:
        """Look at every TradingService as it is now: a watch may lag, or have missed an end, and HALT be among it.

        Nothing of an earlier time as leader counts either: another process may have led since.
        """
        for place in self._places():
            await self._list(place, {})
        self.herald.forget_all()
        self._add_all()

    def _add_all(self) -> None:
        for key in self._keys():
            self.queue.add(key)

    def _keys(self) -> list[Key]:
        return list(self.cache.resources())

    async def _gauge(self) -> None:
        now = self.clock.monotonic()
        for watch in self.watches:
            self.numbers.watch_age_seconds.labels(watch.kind.plural).set(now - watch.heard_at)
        self._count_conditions()
        await self.clock.sleep(GAUGE_SECONDS)

    def _count_conditions(self) -> None:
        counts: dict[tuple[str, str], int] = {}
        for resource in self.cache.resources().values():
            for one in resource.status.get("conditions", ()):
                pair = (one.get("type", ""), one.get("status", ""))
                counts[pair] = counts.get(pair, 0) + 1
        self.numbers.conditions.clear()
        for (type_, status), count in counts.items():
            self.numbers.conditions.labels(type_, status).set(count)
