"""The composition root of the Portfolio Manager: settings and one document in, a program out."""

import sys

import httpx

from stockbot.portfolio_manager.api import Desk, portfolio_api
from stockbot.portfolio_manager.benchmark import Benchmark
from stockbot.portfolio_manager.ledger_api import Writing, ledger_api
from stockbot.portfolio_manager.manager import Manager
from stockbot.portfolio_manager.publisher import Publisher
from stockbot.portfolio_manager.settings import PortfolioSettings
from stockbot.portfolio_manager.tables import DEAD_LETTERS, LEASE, OUTBOX, PREFIX
from stockbot.runtime.lease import Lease
from stockbot.runtime.outbox import Writer
from stockbot.runtime.program import Program, run
from stockbot.runtime.surroundings import Surroundings
from stockbot.runtime.web.dead_letters import dead_letters_api
from stockbot.spec import PORTS, ServiceType, TradingService
from stockbot.spec.portfolio_manager import PortfolioManager

PACKAGE = "stockbot.portfolio_manager"
ONE_WRITER = "accounts"  # the name of the lease
GATEWAY_SECONDS = 10.0


def main(document: TradingService) -> None:
    """Run the Portfolio Manager of this document until a signal ends it."""
    sys.exit(run(lambda: build(PortfolioSettings.load(), document)))


def build(settings: PortfolioSettings, document: TradingService) -> Program:
    """The program, not started; raises ConfigurationError for what a person must mend."""
    block, name = document.spec.portfolio_manager or PortfolioManager(), document.metadata.name
    publisher = Publisher(Writer(OUTBOX, settings.source(name)))
    around = Surroundings.of(settings, name, package=PACKAGE, prefix=PREFIX, prepare=publisher.open)
    manager = Manager(
        around=around,
        lease=Lease(LEASE, ONE_WRITER, settings.instance, seconds=settings.lease_seconds),
        publisher=publisher,
        exchange=settings.exchange,
        stale_seconds=settings.stale_seconds,
        settlement_days=block.settlement_days,
        sample_seconds=block.equity_sample_seconds,
    )
    manager.register()
    desk = Desk(
        storage=around.storage,
        feed=manager.feed,
        clock=around.clock,
        account=settings.account,
        benchmark=Benchmark(gateway_of(settings), block.benchmark, around.clock),
        risk_free_rate=float(block.risk_free_rate),
        version=manager.portfolios.version,
    )
    writing = Writing(terms=manager.terms, fence=manager.duty.fence, committed=manager.wake)
    return around.program(
        port=PORTS[ServiceType.PORTFOLIO_MANAGER],
        routers=[
            portfolio_api(desk),
            ledger_api(desk, writing),
            dead_letters_api(around.storage, DEAD_LETTERS, around.clock),
        ],
        background=list(manager.loops()),
        on_stop=[desk.benchmark.close],
        description="Portfolio Manager: the ledger, positions, equity and performance of the account.",
    )


def gateway_of(settings: PortfolioSettings) -> httpx.AsyncClient | None:
    """A client of the gateway's API with this process's token; None where no endpoint is known."""
    url = settings.endpoints.get(ServiceType.MARKET_DATA_GATEWAY)
    if url is None:
        return None
    token = settings.token
    headers = {"Authorization": f"Bearer {token.get_secret_value()}"} if token else {}
    return httpx.AsyncClient(base_url=url, headers=headers, timeout=GATEWAY_SECONDS, trust_env=False)
