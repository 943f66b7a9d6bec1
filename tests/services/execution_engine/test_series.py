"""What the Execution Engine shows at /metrics of its orders and of the broker's answers."""

from prometheus_client import CollectorRegistry
from tests.services.execution_engine.conftest import Floor
from tests.services.execution_engine.venue import Fault

from stockbot.execution_engine.census import Census
from stockbot.execution_engine.dispatcher import Dispatcher
from stockbot.execution_engine.series import Series


async def test_orders_are_counted_by_state(floor: Floor) -> None:
    """Two intents are two; states without an order are zero, not absent."""
    registry = CollectorRegistry()
    census = Census(storage=floor.database, lease=floor.lease, series=Series(registry), clock=floor.clock)
    await floor.approve(1)
    await floor.approve(2)
    await census.step()
    assert registry.get_sample_value("stockbot_orders", {"state": "INTENT"}) == 2
    assert registry.get_sample_value("stockbot_orders", {"state": "UNKNOWN"}) == 0


async def test_a_send_is_counted_by_what_became_of_it(floor: Floor) -> None:
    """One taken, one without an answer; both have their time."""
    registry = CollectorRegistry()
    dispatcher = Dispatcher(floor.desk, floor.bookings, floor.venue, send_seconds=5, answered=Series(registry).sent)
    await floor.approve(1)
    await dispatcher.send_some()
    await dispatcher.finish()
    floor.venue.faults = [Fault.LOST]
    await floor.approve(2)
    dispatcher.intended()
    await dispatcher.send_some()
    await dispatcher.finish()
    assert registry.get_sample_value("stockbot_sends_total", {"answer": "taken"}) == 1
    assert registry.get_sample_value("stockbot_sends_total", {"answer": "unknown"}) == 1
    assert registry.get_sample_value("stockbot_send_seconds_count") == 2
