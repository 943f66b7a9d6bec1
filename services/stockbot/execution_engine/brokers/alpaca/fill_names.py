"""What a fill is called: by its account activity, always, so that it is booked once wherever it was heard of.

Alpaca does not say whether the stream's `execution_id` and the uuid of the FILL activity are the same. So the first
fill of a stream is looked up among the activities. If the names agree, the stream is believed from then on; if not,
each fill of the stream is looked up, which costs one request, and only the activities' names are used.
"""

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated

from msgspec import Meta

from stockbot.errors import Unavailable
from stockbot.events.envelope import Time
from stockbot.events.trading import Side
from stockbot.execution_engine.brokers.alpaca.activities import AlpacaFill, execution, execution_id_of
from stockbot.execution_engine.brokers.alpaca.orders import AlpacaOrder
from stockbot.execution_engine.brokers.alpaca.outcomes import Answer, MalformedAnswer
from stockbot.execution_engine.brokers.protocol import BrokerExecution
from stockbot.runtime.clock import Clock

BEFORE = timedelta(minutes=1)  # the activity of a fill is looked for from then on
PAUSES = (0.1, 0.2, 0.4, 0.8, 1.6)  # seconds between looks, while it is not among the activities yet

Label = Annotated[str, Meta(max_length=128)]
Fills = Callable[[datetime], Awaitable[list[AlpacaFill]]]
log = logging.getLogger(__name__)


class TradeUpdate(Answer, frozen=True, kw_only=True):
    """The `data` of a message of the stream."""

    event: str
    order: AlpacaOrder
    timestamp: Time | None = None
    price: Decimal | None = None
    qty: Decimal | None = None
    execution_id: Label | None = None  # other events than fills may have none, or an empty one
    previous_execution_id: Label | None = None

    @property
    def at(self) -> datetime:
        return self.timestamp or self.order.updated_at or self.order.created_at


class FillNames:
    """`agree` is None until the first fill has shown whether both name it the same."""

    def __init__(self, fills: Fills, clock: Clock) -> None:
        self._fills = fills
        self._clock = clock
        self.agree: bool | None = None

    async def executions(self, update: TradeUpdate) -> list[BrokerExecution]:
        """Return the fill of this update, and where names differ what else its order has had around then."""
        if self.agree:
            return [_told(update)]
        fills = await self._listed(update)
        same = [fill for fill in fills if execution_id_of(fill.id) == update.execution_id]
        if same:
            self.agree = True
        elif self.agree is None:
            self.agree = False
            log.warning("Alpaca's stream names fills otherwise than its activities do; each is looked up from now on")
        found = (execution(fill, update.order.client_order_id) for fill in same or fills)
        return [each for each in found if each is not None]

    async def _listed(self, update: TradeUpdate) -> list[AlpacaFill]:
        """Look for the order's fills until the one that brought it to its filled quantity is among them."""
        for pause in (*PAUSES, None):
            fills = [f for f in await self._fills(update.at - BEFORE) if f.order_id == update.order.id]
            if any(fill.cum_qty >= update.order.filled_qty for fill in fills):
                return fills
            if pause is not None:
                await self._clock.sleep(pause)
        raise Unavailable(f"Alpaca told of a fill of {update.order.client_order_id} that its activities do not have")


def _told(update: TradeUpdate) -> BrokerExecution:
    order = update.order
    if not update.execution_id or update.price is None or update.qty is None or not order.symbol:
        raise MalformedAnswer(
            f"Alpaca's stream told of a fill of {order.client_order_id} without id, price or quantity"
        )
    try:
        return BrokerExecution(
            execution_id=update.execution_id,
            client_order_id=order.client_order_id,
            broker_order_id=order.id,
            symbol=order.symbol,
            side=Side(order.side),
            quantity=update.qty,
            price=update.price,
            executed_at=update.at,
        )
    except ValueError as error:
        raise MalformedAnswer(f"Alpaca's fill of {order.client_order_id}: {error}") from None
