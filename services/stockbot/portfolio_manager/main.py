"""The composition root of the Portfolio Manager: settings and one document in, a program out."""

import sys

from stockbot.portfolio_manager.manager import Manager
from stockbot.portfolio_manager.publisher import Publisher
from stockbot.portfolio_manager.settings import PortfolioSettings
from stockbot.portfolio_manager.tables import LEASE, OUTBOX, PREFIX
from stockbot.runtime.lease import Lease
from stockbot.runtime.outbox import Writer
from stockbot.runtime.program import Program, run
from stockbot.runtime.surroundings import Surroundings
from stockbot.spec import PORTS, ServiceType, TradingService
from stockbot.spec.portfolio_manager import PortfolioManager

PACKAGE = "stockbot.portfolio_manager"
ONE_WRITER = "accounts"  # the name of the lease


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
    return around.program(
        port=PORTS[ServiceType.PORTFOLIO_MANAGER],
        routers=[],
        background=list(manager.loops()),
        description="Portfolio Manager: the ledger, positions, equity and performance of the account.",
    )
