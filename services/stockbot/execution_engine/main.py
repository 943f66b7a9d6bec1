"""The composition root of the Execution Engine: settings and one document in, a program out."""

import sys

import httpx
import structlog

from stockbot.execution_engine.api import execution_api
from stockbot.execution_engine.broker_factory import connect
from stockbot.execution_engine.control_api import control_api
from stockbot.execution_engine.engine import Engine
from stockbot.execution_engine.order_api import order_api
from stockbot.execution_engine.publisher import Publisher
from stockbot.execution_engine.series import Series
from stockbot.execution_engine.settings import ExecutionSettings
from stockbot.execution_engine.tables import DEAD_LETTERS, LEASE, OUTBOX, PREFIX
from stockbot.execution_engine.trading_hours import TradingHours
from stockbot.runtime.lease import Lease
from stockbot.runtime.outbox import Writer
from stockbot.runtime.program import Program, run
from stockbot.runtime.surroundings import Surroundings
from stockbot.runtime.web.dead_letters import dead_letters_api
from stockbot.spec import PORTS, ServiceType, TradingService
from stockbot.spec.execution_engine import AlpacaMode, Broker, BrokerType, ExecutionEngine

PACKAGE = "stockbot.execution_engine"
ONE_WRITER = "accounts"  # the name of the lease
GATEWAY_SECONDS = 10.0


def main(document: TradingService) -> None:
    """Run the Execution Engine of this document until a signal ends it."""
    sys.exit(run(lambda: build(ExecutionSettings.load(), document)))


def build(settings: ExecutionSettings, document: TradingService) -> Program:
    """The program, not started; raises ConfigurationError for what a person must mend."""
    block, name = document.spec.execution_engine or ExecutionEngine(), document.metadata.name
    publisher = Publisher(Writer(OUTBOX, settings.source(name)))
    around = Surroundings.of(settings, name, package=PACKAGE, prefix=PREFIX, prepare=publisher.open)
    structlog.contextvars.bind_contextvars(account=settings.account, money=money_of(block.broker))
    series = Series(around.metrics.registry)
    series.name_account(settings.account, money_of(block.broker))
    hours = TradingHours(gateway_of(settings), around.bus)
    engine = Engine(
        around=around,
        settings=settings,
        lease=Lease(LEASE, ONE_WRITER, settings.instance, seconds=settings.lease_seconds),
        publisher=publisher,
        connected=connect(block.broker, around, hours),
        hours=hours,
        series=series,
    )
    engine.register()
    return around.program(
        port=PORTS[ServiceType.EXECUTION_ENGINE],
        routers=[
            execution_api(engine),
            order_api(engine),
            control_api(engine),
            dead_letters_api(around.storage, DEAD_LETTERS, around.clock),
        ],
        background=list(engine.loops()),
        on_stop=[engine.finish],
        description=f"Execution Engine, {money_of(block.broker)}: orders at the broker, and what became of them.",
    )


def money_of(block: Broker) -> str:
    """Whether real money moves: on every line of the log."""
    live = block.type is BrokerType.ALPACA and block.alpaca is not None and block.alpaca.mode is AlpacaMode.LIVE
    return "live" if live else "paper"


def gateway_of(settings: ExecutionSettings) -> httpx.AsyncClient | None:
    """A client of the gateway's API with this process's token; None where no endpoint is known."""
    url = settings.endpoints.get(ServiceType.MARKET_DATA_GATEWAY)
    if url is None:
        return None
    token = settings.token
    headers = {"Authorization": f"Bearer {token.get_secret_value()}"} if token else {}
    return httpx.AsyncClient(base_url=url, headers=headers, timeout=GATEWAY_SECONDS, trust_env=False)
