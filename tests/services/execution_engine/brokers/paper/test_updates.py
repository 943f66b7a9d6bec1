"""Who listens to the broker hears everything once, or is told that something is missing."""

import gc

import pytest
from tests.services.execution_engine.brokers.conformance import request

from stockbot.errors import Unavailable
from stockbot.execution_engine.brokers.paper import updates
from stockbot.execution_engine.brokers.paper.answers import broker_update
from stockbot.execution_engine.brokers.paper.updates import Listeners
from stockbot.execution_engine.brokers.protocol import BrokerUpdate
from stockbot.model.fills.look import Step
from stockbot.model.fills.order import WorkingOrder
from stockbot.testing.clock import START


def update(number: int) -> BrokerUpdate:
    asked = request(number)
    order = WorkingOrder(
        client_order_id=asked.client_order_id,
        symbol=asked.symbol,
        side=asked.side,
        quantity=asked.quantity,
        terms=asked.terms,
        received_at=START,
    )
    return broker_update(Step(order), START)


async def test_everyone_hears_everything_in_order() -> None:
    """From the moment at which they began to listen, until the end, which is told last."""
    listeners = Listeners()
    first = listeners.add()
    listeners.tell([update(1)])
    second = listeners.add()
    listeners.tell([update(2)])
    listeners.end("closed")
    assert [await anext(first), await anext(first)] == [update(1), update(2)]
    assert await anext(second) == update(2)
    for listener in (first, second, first):
        with pytest.raises(Unavailable, match="closed"):
            await anext(listener)


async def test_who_does_not_keep_up_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits for it is bounded; afterwards it has to ask for what it missed."""
    monkeypatch.setattr(updates, "MOST_WAITING", 2)
    listeners = Listeners()
    slow = listeners.add()
    listeners.tell([update(1), update(2), update(3), update(4)])
    assert [await anext(slow), await anext(slow)] == [update(1), update(2)]
    with pytest.raises(Unavailable, match="nobody takes them"):
        await anext(slow)


async def test_a_forgotten_listener_costs_nothing() -> None:
    """Nobody has to say that they stopped listening."""
    listeners = Listeners()
    listeners.add()
    gc.collect()
    assert len(listeners._all) == 0
