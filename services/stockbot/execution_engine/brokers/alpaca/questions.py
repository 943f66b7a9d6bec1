"""Questions to Alpaca's REST API, page by page to the end: each is asked once, and no good answer is Unavailable."""

from datetime import UTC, datetime, timedelta
from typing import TypeVar

from stockbot.errors import Unavailable
from stockbot.execution_engine.brokers.alpaca.activities import FILL, AlpacaFill, AlpacaMovement
from stockbot.execution_engine.brokers.alpaca.connection import Connection, NoAnswer, NotSent, Reply
from stockbot.execution_engine.brokers.alpaca.health import Health
from stockbot.execution_engine.brokers.alpaca.names import Names
from stockbot.execution_engine.brokers.alpaca.orders import AlpacaOrder
from stockbot.execution_engine.brokers.alpaca.outcomes import MalformedAnswer, is_unknown_order, value_of

PAGE_OF_ORDERS = 500
PAGE_OF_ACTIVITIES = 100
A_MOMENT = timedelta(milliseconds=1)
A_SECOND = timedelta(seconds=1)
Item = TypeVar("Item", AlpacaFill, AlpacaMovement)
Value = TypeVar("Value")


class Questions:
    def __init__(self, connection: Connection, health: Health) -> None:
        self._connection = connection
        self._health = health
        self.names = Names()

    async def ask(self, path: str, kind: type[Value], **parameters: str) -> Value:
        with self._health.noting():
            self._health.patience.check()
            return value_of(await self._fetch(path, **parameters), kind)

    async def order(self, client_order_id: str, *, is_urgent: bool = False) -> AlpacaOrder | None:
        """Return the order of our id; None only where Alpaca says in its own form that it has none.

        What is urgent is asked also while Alpaca wants patience.
        """
        with self._health.noting():
            if not is_urgent:
                self._health.patience.check()
            reply = await self._fetch("/orders:by_client_order_id", client_order_id=client_order_id, nested="true")
            found = None if is_unknown_order(reply) else value_of(reply, AlpacaOrder)
            if found is None:
                return None
            if found.client_order_id != client_order_id:
                raise MalformedAnswer(f"Alpaca answers with the order {found.client_order_id}, not {client_order_id}")
        self.names.learn(found.id, found.client_order_id)
        return found

    async def open_orders(self) -> list[AlpacaOrder]:
        """Return them oldest first; each page begins a moment before the end of the last."""
        found: dict[str, AlpacaOrder] = {}
        more = {"status": "open", "direction": "asc", "limit": str(PAGE_OF_ORDERS)}
        while True:
            page = await self.ask("/orders", list[AlpacaOrder], **more)
            known = len(found)
            found |= {each.id: each for each in page}
            if len(page) < PAGE_OF_ORDERS:
                return list(found.values())
            if len(found) == known:
                raise MalformedAnswer("Alpaca's list of open orders does not end")
            more["after"] = _stamp((page[-1].submitted_at or page[-1].created_at) - A_MOMENT)

    async def fills(self, since: datetime) -> list[AlpacaFill]:
        return await self._pages(f"/account/activities/{FILL}", list[AlpacaFill], since)

    async def movements(self, since: datetime) -> list[AlpacaMovement]:
        path, category = "/account/activities", "non_trade_activity"
        found = await self._pages(path, list[AlpacaMovement], since, category=category)
        return [each for each in found if each.activity_type != FILL]

    async def client_order_id(self, broker_order_id: str) -> str:
        """Return our id of the order; Alpaca's own where it has fills of an order that it no longer has."""
        known = self.names.client_order_id(broker_order_id)
        if known is not None:
            return known
        with self._health.noting():
            self._health.patience.check()
            reply = await self._fetch(f"/orders/{broker_order_id}")
            name = broker_order_id if is_unknown_order(reply) else value_of(reply, AlpacaOrder).client_order_id
        self.names.learn(broker_order_id, name)
        return name

    async def broker_order_id(self, client_order_id: str) -> str | None:
        """Return Alpaca's id of the order; asked for to cancel it, so it is urgent."""
        known = self.names.broker_order_id(client_order_id)
        if known is not None:
            return known
        found = await self.order(client_order_id, is_urgent=True)
        return None if found is None else found.id

    async def successor(self, order: AlpacaOrder) -> str | None:
        """Return the client order id of the order that took its place."""
        return None if order.replaced_by is None else await self.client_order_id(order.replaced_by)

    async def _pages(self, path: str, kind: type[list[Item]], since: datetime, **parameters: str) -> list[Item]:
        found: list[Item] = []
        after = since.astimezone(UTC).replace(microsecond=0) - A_SECOND  # whole seconds are what is documented
        asked = {"after": f"{after:%Y-%m-%dT%H:%M:%SZ}", "direction": "asc", "page_size": str(PAGE_OF_ACTIVITIES)}
        while True:
            page = await self.ask(path, kind, **asked, **parameters)
            if found and page and page[-1].id == found[-1].id:
                raise MalformedAnswer("Alpaca's list of activities does not end")
            found += page
            if len(page) < PAGE_OF_ACTIVITIES:
                return found
            asked["page_token"] = page[-1].id

    async def _fetch(self, path: str, **parameters: str) -> Reply:
        try:
            return await self._connection.ask(path, **parameters)
        except (NotSent, NoAnswer) as error:
            raise Unavailable(f"Alpaca does not answer: {error}") from None


def _stamp(at: datetime) -> str:
    return at.isoformat(timespec="microseconds").replace("+00:00", "Z")
