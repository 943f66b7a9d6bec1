"""Takes in what risk and the broker say: signals get their answer, orders and positions move. Each event once."""

from collections.abc import Callable, Sequence
from functools import partial

from sqlalchemy import Connection

from stockbot.codec import encode, type_of
from stockbot.errors import MalformedEvent
from stockbot.events import AnyEvent
from stockbot.events.trading import OrderUpdate, RiskBlock
from stockbot.runtime.clock import Clock
from stockbot.strategy_orchestrator import store
from stockbot.strategy_orchestrator.assignments import Shard

Handler = Callable[[Connection, Sequence[AnyEvent]], None]


def taking_in(shard: Shard, clock: Clock) -> Handler:
    """The handler of the workers of this shard, which writes for its own symbols."""
    return partial(_take_in, shard, clock)


def _take_in(shard: Shard, clock: Clock, connection: Connection, events: Sequence[AnyEvent]) -> None:
    for event in events:
        if not isinstance(event, RiskBlock | OrderUpdate):
            raise MalformedEvent(f"{type_of(event)} is neither a RISK_BLOCK nor an ORDER_UPDATE")
        if shard.has(event.data.symbol):
            _write(connection, event)
            store.add_feedback(connection, event, encode(event), clock.now())


def _write(connection: Connection, event: RiskBlock | OrderUpdate) -> None:
    match event:
        case RiskBlock(data=denial):
            reasons = "; ".join(f"{reason.code}: {reason.detail}" for reason in denial.reasons)
            store.answer(connection, denial.signal_id, store.DENIED, reasons)
        case OrderUpdate(data=report):
            store.book_order(connection, event)
            if report.signal_id is not None:
                store.answer(connection, report.signal_id, store.ORDERED, report.client_order_id)
