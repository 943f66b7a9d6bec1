"""The console's process (5173): one board, fed by the bus and the services' APIs, shown on all open pages."""

import os
from datetime import timedelta
from functools import partial
from typing import NoReturn

from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from stockbot.runtime.auth import Authenticator
from stockbot.runtime.bus import BroadcastReader, Bus
from stockbot.runtime.clock import Clock, SystemClock
from stockbot.runtime.health import Liveness, Readiness
from stockbot.runtime.logs import configure_logging
from stockbot.runtime.metrics import Metrics
from stockbot.runtime.program import Program, run
from stockbot.runtime.settings import Settings, is_loopback
from stockbot.runtime.web.observation import Observation
from stockbot.runtime.web.probes import probes
from stockbot.spec import PORTS, ServiceType, TradingService
from stockbot.spec.dashboard import Dashboard
from stockbot_console.attempts import Attempts
from stockbot_console.board import Board
from stockbot_console.feed import follow, streams
from stockbot_console.services import Services, board_of, services_of, watches
from stockbot_console.sessions import Sessions
from stockbot_console.settings import cookie_secret, storage_folder
from stockbot_console.shield import Shield

NAME = "dashboard"


def main(document: TradingService) -> NoReturn:
    """Run the console of `document` until a signal comes; SystemExit carries the exit code."""
    settings = Settings.load()
    configure_logging(service=NAME, shard=settings.shard, log_format=settings.log_format, level=settings.log_level)
    raise SystemExit(run(partial(build, settings, document.spec.dashboard or Dashboard())))


def build(settings: Settings, dashboard: Dashboard) -> Program:
    """Put the process together. Nothing connects before it runs."""
    clock, metrics = SystemClock(), Metrics(CollectorRegistry())
    readiness, liveness = Readiness(), Liveness(clock)
    bus = Bus(settings.bus_url.get_secret_value(), clock=clock, metrics=metrics)
    services = services_of(settings)
    board = board_of(services, clock)
    authenticator = Authenticator.from_file(settings.tokens_file, settings.anonymous_role)
    sessions = Sessions(authenticator, clock, timedelta(hours=dashboard.session_hours))
    readiness.register("bus", lambda: bus.trouble)
    readiness.note("gateway", lambda: _gateway_trouble(board))
    app = site(settings, readiness=readiness, liveness=liveness, metrics=metrics, clock=clock)
    _add_pages(app, settings, board, services, sessions)
    reader = BroadcastReader(bus, streams(settings.gateway_shards))
    return Program(
        name=NAME,
        app=app,
        host=settings.host,
        port=settings.port or PORTS[ServiceType.DASHBOARD],
        clock=clock,
        metrics=metrics,
        liveness=liveness,
        background=(
            ("feed", partial(follow, reader, board)),
            ("bus", bus.watch),
            ("board", board.beat),
            *watches(services, board),
        ),
        on_stop=(*(service.close for service in services), bus.close),
    )


def site(settings: Settings, *, readiness: Readiness, liveness: Liveness, metrics: Metrics, clock: Clock) -> FastAPI:
    """Make the app around the pages: probes like every service, no API of its own, and the shield before all."""
    app = FastAPI(title=NAME, openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.include_router(probes(readiness, liveness, metrics))
    app.add_middleware(Shield, local=is_loopback(settings.host))
    app.add_middleware(Observation, metrics=metrics, clock=clock)  # the last added is the outermost
    metrics.name_build(NAME)
    return app


def _add_pages(app: FastAPI, settings: Settings, board: Board, services: Services, sessions: Sessions) -> None:
    folder = storage_folder(settings)
    os.environ["NICEGUI_STORAGE_PATH"] = str(folder)
    from stockbot_console import pages  # noqa: PLC0415 - NiceGUI reads its folder once, when it is first imported
    from stockbot_console.console import Console  # noqa: PLC0415 - as above

    console = Console(board=board, services=services, sessions=sessions, environment=settings.environment)
    pages.mount(app, console, Attempts(board.clock), cookie_secret(folder))


def _gateway_trouble(board: Board) -> str | None:
    reach = board.state.reach
    if reach is None:
        return "the gateway has not been asked yet"
    return None if reach.answers else " ".join(reach.reasons)
