"""The services that the console asks: the gateway always, the others where the platform has them. Used by main."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from pydantic import SecretStr

from stockbot.runtime.clock import Clock, SystemClock
from stockbot.runtime.fleet.find import fleet_around
from stockbot.runtime.settings import Settings
from stockbot.runtime.supervise import Step
from stockbot.spec import ServiceType
from stockbot_console.alarms import Alarms
from stockbot_console.api import Api
from stockbot_console.board import Board
from stockbot_console.bookkeeper import Bookkeeper
from stockbot_console.client import Gateway, Guardian, Orchestrator
from stockbot_console.engine import Engine
from stockbot_console.letters import LetterKeeper
from stockbot_console.settings import gateway_url
from stockbot_console.state import Alerts, Execution, Holdings, Risk, Standings, Strategies
from stockbot_console.steward import Steward
from stockbot_console.watch import (
    SERVICES_SECONDS,
    look_at_alerts,
    look_at_execution,
    look_at_gateway,
    look_at_holdings,
    look_at_risk,
    look_at_services,
    look_at_strategies,
    repeat,
)

S = TypeVar("S", bound=Api)


@dataclass(frozen=True, kw_only=True)
class Services:
    """None stands for a service that the platform does not have."""

    gateway: Gateway
    orchestrator: Orchestrator | None = None
    guardian: Guardian | None = None
    engine: Engine | None = None
    bookkeeper: Bookkeeper | None = None
    alarms: Alarms | None = None
    steward: Steward | None = None

    def __iter__(self) -> Iterator[Api | Steward]:
        services = (self.gateway, self.orchestrator, self.guardian, self.engine, self.bookkeeper, self.alarms)
        everyone = (*services, self.steward)
        return (service for service in everyone if service is not None)

    @property
    def letter_keepers(self) -> Mapping[str, LetterKeeper]:
        """By name, those that put aside what they cannot take in: all that read a stream of work."""
        return {service.name: service for service in self if isinstance(service, LetterKeeper)}


def services_of(settings: Settings) -> Services:
    """Find the services in the surroundings of this process."""

    def find(kind: Callable[[str, SecretStr | None], S], service: ServiceType) -> S | None:
        url = settings.endpoints.get(service)
        return kind(url, settings.token) if url else None

    return Services(
        gateway=Gateway(gateway_url(settings), settings.token),
        orchestrator=find(Orchestrator, ServiceType.STRATEGY_ORCHESTRATOR),
        guardian=find(Guardian, ServiceType.RISK_GUARDIAN),
        engine=find(Engine, ServiceType.EXECUTION_ENGINE),
        bookkeeper=find(Bookkeeper, ServiceType.PORTFOLIO_MANAGER),
        alarms=find(Alarms, ServiceType.ALERT_MANAGER),
        steward=steward_of(settings),
    )


def steward_of(settings: Settings) -> Steward | None:
    """Find who knows how all services of this platform stand; None where nobody does."""
    fleet = fleet_around(settings.data_dir.resolve(), os.environ, SystemClock())
    return None if fleet is None else Steward(fleet)


def board_of(services: Services, clock: Clock) -> Board:
    """Make the board on which there is a place for what each of them says."""
    return Board(
        clock,
        strategies=Strategies() if services.orchestrator else None,
        risk=Risk() if services.guardian else None,
        execution=Execution() if services.engine else None,
        holdings=Holdings() if services.bookkeeper else None,
        alerts=Alerts() if services.alarms else None,
        standings=Standings() if services.steward else None,
    )


def watches(services: Services, board: Board) -> Sequence[tuple[str, Step]]:
    """Make one background loop for each service."""
    loops: list[tuple[str, Step]] = [("gateway", partial(repeat, look_at_gateway, services.gateway, board))]
    if services.orchestrator:
        loops.append(("strategies", partial(repeat, look_at_strategies, services.orchestrator, board)))
    if services.guardian:
        loops.append(("risk", partial(repeat, look_at_risk, services.guardian, board)))
    if services.engine:
        loops.append(("execution", partial(repeat, look_at_execution, services.engine, board)))
    if services.bookkeeper:
        loops.append(("holdings", partial(repeat, look_at_holdings, services.bookkeeper, board)))
    if services.alarms:
        loops.append(("alerts", partial(repeat, look_at_alerts, services.alarms, board)))
    if services.steward:
        loops.append(("services", partial(repeat, look_at_services, services.steward, board, SERVICES_SECONDS)))
    return loops
