"""The composition root of the Risk Guardian: settings and one document in, a program out."""

import sys

import httpx
from sqlalchemy import Connection

from stockbot.model.risk.trading_state import TradingState
from stockbot.risk_guardian.api import risk_api
from stockbot.risk_guardian.guardian import Guardian, prepare
from stockbot.risk_guardian.instruments import Instruments
from stockbot.risk_guardian.limits import limits_of
from stockbot.risk_guardian.publisher import Publisher
from stockbot.risk_guardian.settings import RiskSettings
from stockbot.risk_guardian.tables import DEAD_LETTERS, LEASE, OUTBOX, PREFIX
from stockbot.risk_guardian.trading_state_api import trading_state_api
from stockbot.runtime.clock import SystemClock
from stockbot.runtime.lease import Lease
from stockbot.runtime.outbox import Writer
from stockbot.runtime.program import Program, run
from stockbot.runtime.surroundings import Surroundings
from stockbot.runtime.web.dead_letters import dead_letters_api
from stockbot.spec import PORTS, ServiceType, TradingService
from stockbot.spec.risk_guardian import RiskGuardian

PACKAGE = "stockbot.risk_guardian"
ONE_WRITER = "accounts"  # the name of the lease
GATEWAY_SECONDS = 10.0


def main(document: TradingService) -> None:
    """Run the Risk Guardian of this document until a signal ends it."""
    sys.exit(run(lambda: build(RiskSettings.load(), document)))


def build(settings: RiskSettings, document: TradingService) -> Program:
    """The program, not started; raises ConfigurationError for what a person must mend."""
    block, name = document.spec.risk_guardian or RiskGuardian(), document.metadata.name
    publisher = Publisher(Writer(OUTBOX, settings.source(name)))
    declared = None if block.trading_state is None else TradingState(block.trading_state.value)

    def prepared(connection: Connection) -> None:
        told = settings.declared_by == "operator"
        prepare(connection, publisher, declared, SystemClock().now(), first_only=told)
        guardian.instruments.load(connection)

    around = Surroundings.of(settings, name, package=PACKAGE, prefix=PREFIX, prepare=prepared)
    guardian = Guardian(
        around=around,
        lease=Lease(LEASE, ONE_WRITER, settings.instance, seconds=settings.lease_seconds),
        publisher=publisher,
        instruments=Instruments(gateway_of(settings), around.storage, around.clock),
        limits=limits_of(block.limits),
    )
    guardian.register()
    market = guardian.feed.market
    return around.program(
        port=PORTS[ServiceType.RISK_GUARDIAN],
        routers=[
            risk_api(around.storage, guardian.desk.docket),
            trading_state_api(around.storage, publisher, market, guardian.relays.wake),
            dead_letters_api(around.storage, DEAD_LETTERS, around.clock),
        ],
        background=list(guardian.loops()),
        on_stop=[guardian.instruments.close],
        description="Risk Guardian: what the account may still do, and why not.",
    )


def gateway_of(settings: RiskSettings) -> httpx.AsyncClient | None:
    """A client of the gateway's API with this process's token; None where no endpoint is known."""
    url = settings.endpoints.get(ServiceType.MARKET_DATA_GATEWAY)
    if url is None:
        return None
    token = settings.token
    headers = {"Authorization": f"Bearer {token.get_secret_value()}"} if token else {}
    return httpx.AsyncClient(base_url=url, headers=headers, timeout=GATEWAY_SECONDS, trust_env=False)
