"""What every broker does for the Execution Engine. The conformance suite holds each adapter to this page.

An order is known by the client order id that we gave it, from before it is sent. So the answer to "was it sent?" is
never guessed: it is asked by that id. What a broker says is a snapshot (`BrokerOrder`) or a fill (`BrokerExecution`);
the same may be said twice, late or out of order, and means the same each time.
"""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Protocol

from stockbot.errors import StockbotError, Unavailable
from stockbot.model.orders.broker import (
    ZERO,
    Activity,
    ActivityKind,
    BrokerAccount,
    BrokerExecution,
    BrokerOrder,
    BrokerPosition,
    BrokerUpdate,
    Mode,
    OrderRequest,
)

__all__ = [
    "ZERO",
    "Activity",
    "ActivityKind",
    "Broker",
    "BrokerAccount",
    "BrokerExecution",
    "BrokerOrder",
    "BrokerPosition",
    "BrokerUpdate",
    "Mode",
    "OrderNotOpen",
    "OrderRefused",
    "OrderRequest",
    "OutcomeUnknown",
]


class OrderRefused(StockbotError):
    """The broker said no for good: the order does not exist there and never will."""


class OutcomeUnknown(Unavailable):
    """No answer, or one that leaves open whether the order exists there: ask by client order id, never send again."""


class OrderNotOpen(StockbotError):
    """The order cannot be canceled or replaced any more, or is not known to the broker: ask by client order id."""


class Broker(Protocol):
    """One account at one broker. Every method raises Unavailable where the broker does not answer.

    `trouble` is None while all is well, else the reason in words: a check of readiness.
    """

    trouble: str | None

    async def account(self) -> BrokerAccount: ...

    async def submit(self, order: OrderRequest) -> BrokerOrder:
        """Send once, never again by itself.

        Raises OrderRefused; OutcomeUnknown where it may have arrived; Unavailable where it certainly did not. A
        repeated client order id is refused, and the first order stays as it is.
        """
        ...

    async def cancel(self, client_order_id: str) -> None:
        """Ask for the cancellation; whether it came in time, the order's state tells. Raises OrderNotOpen."""
        ...

    async def replace(self, client_order_id: str, order: OrderRequest) -> BrokerOrder:
        """Put `order` in the place of an open one, or change nothing. `order.quantity` is the whole of the new one.

        Where more is filled of the old one by now than whoever asks knows, the broker should refuse what is beyond.

        Raises OrderNotOpen, OrderRefused, OutcomeUnknown.
        """
        ...

    async def order(self, client_order_id: str) -> BrokerOrder | None:
        """The order of that id; None only if the broker says for certain that it has none."""
        ...

    async def open_orders(self) -> list[BrokerOrder]: ...

    async def executions(self, since: datetime) -> list[BrokerExecution]:
        """All fills at or after `since`, of all orders of the account, also those that we did not send."""
        ...

    async def positions(self) -> list[BrokerPosition]: ...

    async def activities(self, since: datetime) -> list[Activity]:
        """What moved cash or shares at or after `since` and was no fill."""
        ...

    def updates(self) -> AsyncIterator[BrokerUpdate]:
        """What happens from now on, until the connection ends: then Unavailable, and the caller asks for the gap."""
        ...

    async def close(self) -> None: ...
