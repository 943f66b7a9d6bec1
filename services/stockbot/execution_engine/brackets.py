"""The exits of brackets: looks at every price and every fill, and lets the one exit work that is wanted now."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal

from msgspec.structs import replace
from sqlalchemy import Connection

from stockbot.events.market import Quote
from stockbot.events.trading import OrderState, Side
from stockbot.execution_engine import account_rows, alerts, order_rows
from stockbot.execution_engine.blotter import Blotter
from stockbot.execution_engine.desk import Desk
from stockbot.execution_engine.intake import order_id
from stockbot.model.orders.acts import ask_cancel
from stockbot.model.orders.bracket import MakeWay, Over, Place, Plan, Room, plan
from stockbot.model.orders.broker import ZERO
from stockbot.model.orders.order import EXTERNAL, Order

LOOK_SECONDS = 1.0
PEOPLE = (EXTERNAL, "manual", "flatten")  # the strategies of what a person trades; the last one is of old books
OLDEST = timedelta(seconds=30)  # by its receipt; an older price is none


class Brackets:
    """`quotes` are the last ones; `wake` it when something was booked. `acted` is called after each change."""

    def __init__(self, desk: Desk, quotes: Callable[[], Mapping[str, Quote]], acted: Callable[[], None]) -> None:
        self._desk = desk
        self._quotes = quotes
        self._acted = acted
        self._woken = asyncio.Event()
        self._symbols: frozenset[str] = frozenset()

    def wake(self) -> None:
        self._woken.set()

    def see(self, quotes: Iterable[Quote]) -> None:
        """Prices have come: look again where they are those of a bracket."""
        if self._symbols and any(quote.symbol in self._symbols for quote in quotes):
            self._woken.set()

    async def step(self) -> None:
        """Do what is to be done, and wait: the step of a background loop. Raises Unavailable."""
        self._woken.clear()
        if self._desk.is_at_work():
            await self.look()
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_SECONDS):
                await self._woken.wait()

    async def look(self) -> None:
        """One step of every bracket that has one to make. Raises Unavailable."""
        due = await self._desk.storage.read(self._due)
        if due and await self._desk.run(self._act):
            self._acted()

    def _due(self, connection: Connection) -> bool:
        entries, exits = _stored(connection)
        self._symbols = frozenset(entry.symbol for entry in entries)
        if not entries:
            return False
        rooms = Rooms(connection, self._desk.account, order_rows.open_orders(connection, self._symbols))
        return any(self._plan(entry, exits(entry), rooms) is not None for entry in entries)

    def _act(self, connection: Connection) -> bool:
        blotter = self._desk.blotter(connection)
        entries, exits = _stored(connection)
        blotter.orders.update({order.client_order_id: order for order in entries})
        for entry in entries:
            blotter.orders.update({order.client_order_id: order for order in exits(entry)})
        blotter.load_open({entry.symbol for entry in entries})
        rooms = Rooms(connection, self._desk.account, blotter.orders)
        for entry in entries:
            self._follow(blotter, entry, exits(entry), rooms)
        blotter.close()
        return True

    def _plan(self, entry: Order, exits: list[Order], rooms: "Rooms") -> Plan:
        return plan(entry, exits, self._price(entry), rooms.of(entry))

    def _follow(self, blotter: Blotter, entry: Order, exits: list[Order], rooms: "Rooms") -> None:
        match self._plan(entry, exits, rooms):
            case Place() as place:
                blotter.add(_exit(entry, place, blotter))
            case MakeWay(name, because):
                blotter.act(ask_cancel(blotter.orders[name], blotter.now, because))
            case Over() as over:
                blotter.act(replace(entry, bracket_over=over.reason, updated_at=blotter.now))
                if over.unprotected:
                    blotter.alert(alerts.of_bracket(entry, over))

    def _price(self, entry: Order) -> Decimal | None:
        """The last price; none where it is old, as it is for ever once no more market data comes."""
        quote = self._quotes().get(entry.symbol)
        if quote is None or quote.stale or self._desk.clock.now() - quote.receive_time > OLDEST:
            return None
        return quote.mark


class Rooms:
    """How much of each bracket is there to be closed: by positions, and by `orders` that work by now.

    A strategy has what it traded, less what a person has closed of it at the broker or by an order of their own.
    """

    def __init__(self, connection: Connection, account: str, orders: Mapping[str, Order]) -> None:
        self._positions = account_rows.positions(connection, account)
        self._orders = orders

    def of(self, entry: Order) -> Room:
        sign = 1 if entry.side is Side.BUY else -1
        people = sign * sum((self._positions.get((name, entry.symbol), ZERO) for name in PEOPLE), ZERO)
        own = sign * self._positions.get((entry.strategy, entry.symbol), ZERO)
        held = max(ZERO, people if entry.strategy in PEOPLE else own + min(ZERO, people))
        others = (one.leaves for one in self._orders.values() if _closes_too(one, entry))
        return Room(held, held - sum(others, ZERO))


def _stored(connection: Connection) -> tuple[list[Order], Callable[[Order], list[Order]]]:
    entries = order_rows.entries(connection)
    exits = order_rows.exits(connection, [entry.decision_id for entry in entries if entry.decision_id])
    return entries, lambda entry: exits.get(entry.decision_id or "", [])


def _closes_too(order: Order, entry: Order) -> bool:
    """Whether an order works against the same position; exits of the entry itself are one at a time in any case."""
    same = (order.strategy, order.symbol) == (entry.strategy, entry.symbol)
    return same and order.side is not entry.side and order.is_open and order.decision_id != entry.decision_id


def _exit(entry: Order, place: Place, blotter: Blotter) -> Order:
    """The exit as an intent of the entry's own decision."""
    return Order(
        account=entry.account,
        client_order_id=order_id(entry.strategy, entry.signal_id or entry.client_order_id, place.leg, place.revision),
        strategy=entry.strategy,
        symbol=entry.symbol,
        side=place.side,
        quantity=place.quantity,
        terms=place.terms,
        correlationid=entry.correlationid,
        causationid=entry.causationid,
        traceparent=entry.traceparent,
        decision_id=entry.decision_id,
        signal_id=entry.signal_id,
        leg=place.leg,
        revision=place.revision,
        reduction=True,
        own=OrderState.INTENT,
        created_at=blotter.now,
        updated_at=blotter.now,
    )
