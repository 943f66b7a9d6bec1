"""The seven types of TradingService, and what is fixed for each: port, package, dependencies, sharding."""

from enum import StrEnum


class ServiceType(StrEnum):
    MARKET_DATA_GATEWAY = "MarketDataGateway"
    STRATEGY_ORCHESTRATOR = "StrategyOrchestrator"
    RISK_GUARDIAN = "RiskGuardian"
    EXECUTION_ENGINE = "ExecutionEngine"
    PORTFOLIO_MANAGER = "PortfolioManager"
    ALERT_MANAGER = "AlertManager"
    DASHBOARD = "Dashboard"

    @property
    def field(self) -> str:
        """The attribute of the spec that holds this type's own block."""
        return self.name.lower()


PORTS: dict[ServiceType, int] = {
    ServiceType.MARKET_DATA_GATEWAY: 3001,
    ServiceType.RISK_GUARDIAN: 3002,
    ServiceType.EXECUTION_ENGINE: 3003,
    ServiceType.PORTFOLIO_MANAGER: 3004,
    ServiceType.ALERT_MANAGER: 3005,
    ServiceType.STRATEGY_ORCHESTRATOR: 4001,
    ServiceType.DASHBOARD: 5173,
}

# The module of each type whose main(document) runs the service.
PACKAGES: dict[ServiceType, str] = {
    **{type_: f"stockbot.{type_.field}.main" for type_ in ServiceType},
    ServiceType.DASHBOARD: "stockbot_console.main",
}

# The services that each type cannot do its work without; bus, database and broker are not listed.
DEPENDENCIES: dict[ServiceType, tuple[ServiceType, ...]] = {
    **dict.fromkeys(ServiceType, ()),
    ServiceType.EXECUTION_ENGINE: (ServiceType.PORTFOLIO_MANAGER,),
    ServiceType.STRATEGY_ORCHESTRATOR: (ServiceType.MARKET_DATA_GATEWAY,),
    ServiceType.DASHBOARD: (ServiceType.MARKET_DATA_GATEWAY,),
}

# Their symbols are split among replicas; every other type is the single writer of its account.
SHARDED = frozenset({ServiceType.MARKET_DATA_GATEWAY, ServiceType.STRATEGY_ORCHESTRATOR})
