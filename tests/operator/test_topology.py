"""Who talks to whom, and who looks different when another service changes."""

from tests.operator import sights

from stockbot.spec import ServiceType
from stockbot_operator.neighbourhoods import Neighbourhoods
from stockbot_operator.topology import CALLS, callers_of, interested_in

RISK, GATEWAY = ServiceType.RISK_GUARDIAN, ServiceType.MARKET_DATA_GATEWAY


def test_everybody_who_asks_the_gateway_is_let_in() -> None:
    """Risk, execution, portfolio and strategies ask it for instruments and bars; observers ask everybody."""
    assert set(callers_of(GATEWAY)) == set(ServiceType) - {GATEWAY}
    assert set(callers_of(RISK)) == {ServiceType.ALERT_MANAGER, ServiceType.DASHBOARD}


def test_nobody_calls_itself() -> None:
    """A service's own type is never among those that it calls."""
    assert all(type_ not in called for type_, called in CALLS.items())


def test_a_service_that_is_not_there_yet_is_expected_under_its_usual_name() -> None:
    """So it comes without a restart of those that call it."""
    around = Neighbourhoods()
    before = around.of("trading").endpoints(RISK)
    around.put(sights.gateway())
    assert around.of("trading").endpoints(RISK) == before == {"MarketDataGateway": "http://market-data-gateway:3001"}


def test_observers_are_told_of_what_there_is() -> None:
    """An alert about a service that nobody wants would be a false one."""
    around = Neighbourhoods()
    assert around.of("trading").endpoints(ServiceType.ALERT_MANAGER) == {}
    around.put(sights.gateway())
    assert list(around.of("trading").endpoints(ServiceType.ALERT_MANAGER)) == ["MarketDataGateway"]


def test_two_of_a_type_are_nobodys_dependency() -> None:
    """Which one is meant cannot be told: neither is the only one."""
    around = Neighbourhoods()
    around.put(sights.gateway())
    assert around.of("trading").only(GATEWAY) is not None
    around.put(sights.resource("second", "MarketDataGateway"))
    assert around.of("trading").only(GATEWAY) is None


def test_a_change_is_told_to_those_who_see_it() -> None:
    """Those that call or name it, and not itself."""
    around = Neighbourhoods()
    gateway = sights.gateway()
    for item in (gateway, sights.resource("risk", "RiskGuardian"), sights.resource("alerts", dependsOn=["risk"])):
        around.put(item)
    assert set(around.interested_in(gateway)) == {"risk", "alerts"}
    assert set(around.interested_in(sights.resource("risk", "RiskGuardian"))) == {"alerts"}
    assert ServiceType.STRATEGY_ORCHESTRATOR in interested_in(GATEWAY)


def test_hundreds_of_one_type_are_not_told_of_each_other() -> None:
    """A thousand services at once are not a million looks."""
    around = Neighbourhoods()
    for number in range(5):
        around.put(sights.resource(f"gateway-{number}", "MarketDataGateway"))
        around.put(sights.resource(f"risk-{number}", "RiskGuardian"))
    assert set(around.interested_in(sights.resource("gateway-1", "MarketDataGateway"))) == set()


def test_the_account_is_the_brokers() -> None:
    """Every service of the namespace names the account that the ExecutionEngine trades."""
    around = Neighbourhoods()
    assert around.of("trading").account() is None
    secret = {"secretRef": {"name": "alpaca", "key": "id"}}
    broker = {"type": "Alpaca", "alpaca": {"keyId": secret, "secretKey": secret, "mode": "Live"}}
    around.put(sights.resource("engine", "ExecutionEngine", executionEngine={"broker": broker}))
    assert around.of("trading").account() == "alpaca-live"
