"""The services that the console asks: the gateway always, the others where the platform has them. Used by main."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from stockbot.runtime.clock import Clock
from stockbot.runtime.settings import Settings
from stockbot.runtime.supervise import Step
from stockbot.spec import ServiceType
from stockbot_console.api import Api
from stockbot_console.board import Board
from stockbot_console.client import Gateway, Guardian, Orchestrator
from stockbot_console.settings import gateway_url
from stockbot_console.state import Risk, Strategies
from stockbot_console.watch import look_at_gateway, look_at_risk, look_at_strategies, repeat


@dataclass(frozen=True, kw_only=True)
class Services:
    """None stands for a service that the platform does not have."""

    gateway: Gateway
    orchestrator: Orchestrator | None = None
    guardian: Guardian | None = None

    def __iter__(self) -> Iterator[Api]:
        return (service for service in (self.gateway, self.orchestrator, self.guardian) if service is not None)


def services_of(settings: Settings) -> Services:
    """Find the services in the surroundings of this process."""
    orchestrator = settings.endpoints.get(ServiceType.STRATEGY_ORCHESTRATOR)
    guardian = settings.endpoints.get(ServiceType.RISK_GUARDIAN)
    return Services(
        gateway=Gateway(gateway_url(settings), settings.token),
        orchestrator=Orchestrator(orchestrator, settings.token) if orchestrator else None,
        guardian=Guardian(guardian, settings.token) if guardian else None,
    )


def board_of(services: Services, clock: Clock) -> Board:
    """Make the board on which there is a place for what each of them says."""
    return Board(
        clock,
        strategies=Strategies() if services.orchestrator else None,
        risk=Risk() if services.guardian else None,
    )


def watches(services: Services, board: Board) -> Sequence[tuple[str, Step]]:
    """Make one background loop for each service."""
    loops: list[tuple[str, Step]] = [("gateway", partial(repeat, look_at_gateway, services.gateway, board))]
    if services.orchestrator:
        loops.append(("strategies", partial(repeat, look_at_strategies, services.orchestrator, board)))
    if services.guardian:
        loops.append(("risk", partial(repeat, look_at_risk, services.guardian, board)))
    return loops
