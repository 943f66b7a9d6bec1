"""What every service stands on, made from its settings in one place: the first line of each composition root.

around = Surroundings.of(settings, name, package="stockbot.risk_guardian", prefix="risk_")
... the service's own objects ...
return around.program(routers=[...], background=[...])
"""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from fastapi import APIRouter
from prometheus_client import CollectorRegistry
from sqlalchemy import Connection

from stockbot.runtime.auth import Authenticator
from stockbot.runtime.bus import Bus
from stockbot.runtime.clock import Clock, SystemClock
from stockbot.runtime.database import Database
from stockbot.runtime.health import Liveness, Readiness
from stockbot.runtime.logs import configure_logging
from stockbot.runtime.metrics import Metrics
from stockbot.runtime.program import Program
from stockbot.runtime.settings import Settings
from stockbot.runtime.storage import Storage
from stockbot.runtime.supervise import Step
from stockbot.runtime.tracing import traces_of
from stockbot.runtime.web.app import create_app

STOP_SECONDS = 10.0  # an orderly stop takes them beside what `drain_seconds` gives to finish what is in flight


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """One process's clock, health, metrics, bus, database and tokens. Nothing is connected yet."""

    name: str
    settings: Settings
    clock: Clock
    metrics: Metrics
    readiness: Readiness
    liveness: Liveness
    bus: Bus
    database: Database
    storage: Storage
    authenticator: Authenticator

    @classmethod
    def of(
        cls,
        settings: Settings,
        name: str,
        *,
        package: str,
        prefix: str,
        prepare: Callable[[Connection], None] = lambda connection: None,
    ) -> "Surroundings":
        """Make all of it for the service `name`; raises ConfigurationError for what a person must mend."""
        configure_logging(service=name, shard=settings.shard, log_format=settings.log_format, level=settings.log_level)
        clock, metrics, readiness = SystemClock(), Metrics(CollectorRegistry()), Readiness()
        traces = traces_of(name, os.environ, clock)
        bus = Bus(settings.bus_url.get_secret_value(), clock=clock, metrics=metrics, traces=traces)
        database = Database.open(settings.require_database_url(), application_name=name)
        storage = Storage(database, package, prefix, clock=clock, prepare=prepare)
        readiness.register("bus", lambda: bus.trouble)
        readiness.register("database", storage.trouble)
        return cls(
            name=name,
            settings=settings,
            clock=clock,
            metrics=metrics,
            readiness=readiness,
            liveness=Liveness(clock),
            bus=bus,
            database=database,
            storage=storage,
            authenticator=Authenticator.from_file(settings.tokens_file, settings.anonymous_role),
        )

    @property
    def source(self) -> str:
        """Service and shard: the name of this process in events and keys."""
        return self.settings.source(self.name)

    def _loops(self) -> Iterator[tuple[str, Step]]:
        yield "bus", self.bus.watch
        yield "storage", self.storage.step
        if self.bus.traces is not None:
            yield "traces", self.bus.traces.step

    def program(
        self,
        *,
        port: int,
        routers: Sequence[APIRouter],
        background: Sequence[tuple[str, Step]],
        on_stop: Sequence[Step] = (),
        description: str = "",
    ) -> Program:
        """The program that `run` keeps: the service's own loops beside those of bus and storage."""
        app = create_app(
            self.name,
            readiness=self.readiness,
            liveness=self.liveness,
            authenticator=self.authenticator,
            metrics=self.metrics,
            clock=self.clock,
            routers=routers,
            description=description,
        )
        return Program(
            name=self.name,
            app=app,
            host=self.settings.host,
            port=port if self.settings.port is None else self.settings.port,
            clock=self.clock,
            metrics=self.metrics,
            liveness=self.liveness,
            background=(*self._loops(), *background),
            on_stop=(*on_stop, self.bus.close, self.database.close),
            stop_seconds=self.settings.drain_seconds + STOP_SECONDS,
        )
