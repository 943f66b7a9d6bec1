"""Who talks to whom: the design's table of services as facts. Environment and NetworkPolicies are made from it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from stockbot.spec import DEPENDENCIES, PORTS, ServiceType
from stockbot.spec.execution_engine import Broker
from stockbot_operator.kube.objects import Resource
from stockbot_operator.names import kebab

GATEWAY = ServiceType.MARKET_DATA_GATEWAY
OBSERVERS = (ServiceType.ALERT_MANAGER, ServiceType.DASHBOARD)  # they ask every service that there is

# Whose HTTP API each type calls.
CALLS: dict[ServiceType, tuple[ServiceType, ...]] = {
    GATEWAY: (),
    ServiceType.STRATEGY_ORCHESTRATOR: (GATEWAY,),
    ServiceType.RISK_GUARDIAN: (GATEWAY,),
    ServiceType.EXECUTION_ENGINE: (GATEWAY,),
    ServiceType.PORTFOLIO_MANAGER: (GATEWAY,),
    **{
        observer: tuple(one for one in ServiceType if one not in (observer, ServiceType.DASHBOARD))
        for observer in OBSERVERS
    },
}
CALLS[ServiceType.ALERT_MANAGER] += (ServiceType.DASHBOARD,)


def callers_of(type_: ServiceType) -> tuple[ServiceType, ...]:
    return tuple(caller for caller, called in CALLS.items() if type_ in called)


def interested_in(type_: ServiceType) -> frozenset[ServiceType]:
    """Return the types that look different when the only service of `type_` changes."""
    depend = {one for one, needed in DEPENDENCIES.items() if type_ in needed}
    everyone = set(ServiceType) if type_ is ServiceType.EXECUTION_ENGINE else set()  # it names the account
    return frozenset({*callers_of(type_), *depend, *everyone})


@dataclass(frozen=True)
class Peers:
    """The TradingServices of a namespace, by name and by type, as one of them sees them."""

    by_name: Mapping[str, Resource]
    by_type: Mapping[ServiceType, Mapping[str, Resource]]

    def only(self, type_: ServiceType) -> Resource | None:
        """Return the only TradingService of that type; None where there is none, or more than one."""
        found = self.by_type.get(type_, {})
        return next(iter(found.values())) if len(found) == 1 else None

    def count(self, type_: ServiceType) -> int:
        return len(self.by_type.get(type_, {}))

    def endpoints(self, type_: ServiceType) -> dict[str, str]:
        """Map each type that this one calls to the address of its Service.

        What is not there yet is expected under its usual name, so that it comes without a restart of others; who
        asks all services is told of those alone that there are.
        """
        found = {called: self.only(called) for called in CALLS[type_]}
        names = {
            called: one.metadata.name if one is not None else kebab(called)
            for called, one in found.items()
            if one is not None or type_ not in OBSERVERS
        }
        return {called.value: f"http://{name}:{PORTS[called]}" for called, name in sorted(names.items())}

    def account(self) -> str | None:
        """Name the account that the platform trades, that of the only ExecutionEngine's broker; None if not known."""
        engine = self.only(ServiceType.EXECUTION_ENGINE)
        if engine is None:
            return None
        try:
            return Broker.model_validate(_block(engine, "executionEngine").get("broker") or {}).account
        except ValueError:  # a document that is refused says so in its own status
            return None

    def gateway_shards(self) -> int | None:
        """Count the streams of market data, the only gateway's replicas; None if not known."""
        gateway = self.only(GATEWAY)
        if gateway is None or not isinstance(gateway.spec, dict):
            return None
        replicas = gateway.spec.get("replicas", 1)
        return replicas if isinstance(replicas, int) else None

    def exchanges(self) -> frozenset[str]:
        """Return the exchanges that the namespace trades on; without a gateway the default one."""
        gateways = self.by_type.get(GATEWAY, {}).values()
        sets = [one for gateway in gateways for one in _block(gateway, "marketDataGateway").get("symbolSets") or ()]
        return frozenset(one.get("exchange", "XNYS") for one in sets if isinstance(one, dict)) or frozenset({"XNYS"})


def type_of(resource: Resource) -> ServiceType | None:
    spec = resource.spec if isinstance(resource.spec, dict) else {}
    given = spec.get("type")
    return ServiceType(given) if given in set(ServiceType) else None


def is_ready(resource: Resource) -> bool:
    """Tell whether the status says so, and speaks of the present generation."""
    conditions: Iterable[Mapping[str, Any]] = resource.status.get("conditions", ())
    return any(one.get("type") == "Ready" and one.get("status") == "True" for one in conditions)


def _block(resource: Resource | None, name: str) -> Mapping[str, Any]:
    spec = resource.spec if resource is not None and isinstance(resource.spec, dict) else {}
    block = spec.get(name)
    return block if isinstance(block, dict) else {}
