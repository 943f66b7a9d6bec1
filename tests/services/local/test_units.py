"""Processes out of documents."""

from collections.abc import Callable
from itertools import count

from stockbot.local.units import endpoints, units
from stockbot.spec import ServiceType, TradingService

MakeDocument = Callable[..., TradingService]


def test_shards_get_ports_of_their_own(make_document: MakeDocument) -> None:
    """The first shard has the port of its type, the others free ones; a person's services come first."""
    free = count(50_000)
    documents = [
        make_document("risk-guardian", "RiskGuardian"),
        make_document("gateway", "MarketDataGateway", replicas=3),
    ]
    found = units(documents, port_offset=100, free_port=lambda: next(free), is_built=lambda _: True)
    assert [(unit.name, unit.shard, unit.port, unit.log_name) for unit in found] == [
        ("gateway", 0, 3101, "gateway.log"),
        ("gateway/1", 1, 50_000, "gateway.1.log"),
        ("gateway/2", 2, 50_001, "gateway.2.log"),
        ("risk-guardian", 0, 3102, "risk-guardian.log"),
    ]


def test_endpoints_are_those_of_the_first_shards(make_document: MakeDocument) -> None:
    """Each type has one base URL, whatever its number of shards."""
    documents = [make_document("gateway", "MarketDataGateway", replicas=2), make_document("ui", "Dashboard")]
    found = units(documents, port_offset=0, free_port=lambda: 50_000, is_built=lambda _: True)
    assert endpoints(found) == {
        "MarketDataGateway": "http://127.0.0.1:3001",
        "Dashboard": "http://127.0.0.1:5173",
    }


def test_suspended_and_unbuilt_services_have_no_process(make_document: MakeDocument) -> None:
    """Both are listed and idle, and nobody is told an address of theirs; only one of them is suspended."""
    documents = [make_document("ui", "Dashboard", suspend=True), make_document("risk", "RiskGuardian")]
    found = units(
        documents,
        port_offset=0,
        free_port=lambda: 1,
        is_built=lambda service_type: service_type is ServiceType.DASHBOARD,
    )
    assert [(unit.is_idle, unit.is_suspended) for unit in found] == [(True, True), (True, False)]
    assert endpoints(found) == {}
