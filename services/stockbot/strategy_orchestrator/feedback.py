"""Takes in what risk and the broker say: signals get their answer, orders and positions move. Each event once."""

from collections.abc import Callable, Sequence
from functools import partial

from sqlalchemy import Connection

from stockbot.codec import type_of
from stockbot.errors import MalformedEvent
from stockbot.events import AnyEvent
from stockbot.events.trading import OrderUpdate, RiskBlock
from stockbot.runtime.clock import Clock
from stockbot.strategy_orchestrator import order_rows, store
from stockbot.strategy_orchestrator.assignments import Shard
from stockbot.strategy_orchestrator.order_rows import Answer
from stockbot.strategy_orchestrator.store import Feedback

Handler = Callable[[Connection, Sequence[AnyEvent]], None]


def taking_in(shard: Shard, clock: Clock) -> Handler:
    """The handler of the workers of this shard, which writes for its own symbols."""
    return partial(_take_in, shard, clock)


def _take_in(shard: Shard, clock: Clock, connection: Connection, events: Sequence[AnyEvent]) -> None:
    own = [event for event in map(_feedback, events) if shard.has(event.data.symbol)]
    order_rows.book(connection, [event.data for event in own if isinstance(event, OrderUpdate)])
    order_rows.answer(connection, dict(filter(None, map(_answer, own))))
    store.add_feedback(connection, own, clock.now())


def _feedback(event: AnyEvent) -> Feedback:
    if not isinstance(event, Feedback):
        raise MalformedEvent(f"{type_of(event)} is neither a RISK_BLOCK nor an ORDER_UPDATE")
    return event


def _answer(event: Feedback) -> tuple[str, Answer] | None:
    """The signal that was answered, and how; None for an order of no signal."""
    match event:
        case RiskBlock(data=denial):
            reasons = "; ".join(f"{reason.code}: {reason.detail}" for reason in denial.reasons)
            return denial.signal_id, Answer(store.DENIED, reasons)
        case OrderUpdate(data=report):
            ordered = Answer(store.ORDERED, report.client_order_id)
            return None if report.signal_id is None else (report.signal_id, ordered)
