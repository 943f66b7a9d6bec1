"""The venue's words in the words of the `Broker` protocol."""

from datetime import datetime

from stockbot.events.identity import id_of
from stockbot.execution_engine.brokers.protocol import BrokerExecution, BrokerOrder, BrokerUpdate
from stockbot.model.fills.look import Step
from stockbot.model.fills.order import PaperFill, WorkingOrder


def broker_order_id(client_order_id: str) -> str:
    return id_of("paper", client_order_id)


def execution_id(client_order_id: str, number: int) -> str:
    """The same for the same fill, whatever happens between: `number` counts the order's fills from 1."""
    return id_of("paper-execution", client_order_id, str(number))


def broker_order(order: WorkingOrder, at: datetime) -> BrokerOrder:
    return BrokerOrder(
        client_order_id=order.client_order_id,
        broker_order_id=broker_order_id(order.client_order_id),
        symbol=order.symbol,
        side=order.side,
        quantity=order.quantity,
        filled_quantity=order.filled,
        state=order.state,
        terms=order.terms,
        replaced_by=order.replaced_by,
        reason=order.reason,
        updated_at=at,
    )


def broker_execution(order: WorkingOrder, fill: PaperFill) -> BrokerExecution:
    return BrokerExecution(
        execution_id=execution_id(order.client_order_id, fill.number),
        client_order_id=order.client_order_id,
        broker_order_id=broker_order_id(order.client_order_id),
        symbol=order.symbol,
        side=order.side,
        quantity=fill.quantity,
        price=fill.price,
        fee=fill.fee,
        executed_at=fill.at,
    )


def broker_update(step: Step, at: datetime) -> BrokerUpdate:
    execution = None if step.fill is None else broker_execution(step.order, step.fill)
    return BrokerUpdate(order=broker_order(step.order, at), execution=execution)
