"""Draining: no more approvals are taken, what is in flight is finished, and protective orders are left alone."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from stockbot.events.trading import OrderState
from stockbot.model.orders.order import Order

IN_FLIGHT = (OrderState.INTENT, OrderState.SENT, OrderState.UNKNOWN)


def in_flight(orders: Iterable[Order]) -> tuple[str, ...]:
    """Those of the orders that are on their way; an exit that waits to be sent waits as well for the next process."""
    return tuple(
        order.client_order_id
        for order in orders
        if order.state in IN_FLIGHT and not (order.own is OrderState.INTENT and order.expires_at is None)
    )


class DrainState(StrEnum):
    SERVING = "serving"
    DRAINING = "draining"
    DRAINED = "drained"


class DrainAnswer(Struct, frozen=True, kw_only=True):
    """`in_flight` are the orders of which it is not known yet whether the broker has them."""

    state: DrainState
    in_flight: tuple[str, ...]
    since: datetime | None


@dataclass
class Drain:
    """Whether this process takes approvals; a new process serves again."""

    since: datetime | None = None

    @property
    def is_asked(self) -> bool:
        return self.since is not None

    def answer(self, in_flight: tuple[str, ...]) -> DrainAnswer:
        state = DrainState.SERVING
        if self.is_asked:
            state = DrainState.DRAINING if in_flight else DrainState.DRAINED
        return DrainAnswer(state=state, in_flight=in_flight, since=self.since)
