"""The exits of brackets: looks at every price and every fill, and lets the one exit work that is wanted now."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from decimal import Decimal

from msgspec.structs import replace
from sqlalchemy import Connection

from stockbot.events.market import Quote
from stockbot.events.trading import OrderState
from stockbot.execution_engine import alerts, order_rows
from stockbot.execution_engine.blotter import Blotter
from stockbot.execution_engine.desk import Desk
from stockbot.execution_engine.intake import order_id
from stockbot.model.orders.acts import ask_cancel
from stockbot.model.orders.bracket import MAKES_WAY, MakeWay, Over, Place, plan
from stockbot.model.orders.order import Order

LOOK_SECONDS = 1.0


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
        return any(plan(entry, exits(entry), self._price(entry)) is not None for entry in entries)

    def _act(self, connection: Connection) -> bool:
        blotter = self._desk.blotter(connection)
        entries, exits = _stored(connection)
        blotter.orders.update({order.client_order_id: order for order in entries})
        for entry in entries:
            blotter.orders.update({order.client_order_id: order for order in exits(entry)})
        for entry in entries:
            self._follow(blotter, entry, exits(entry))
        blotter.close()
        return True

    def _follow(self, blotter: Blotter, entry: Order, exits: list[Order]) -> None:
        match plan(entry, exits, self._price(entry)):
            case Place() as place:
                blotter.add(_exit(entry, place, blotter))
            case MakeWay(name):
                blotter.act(ask_cancel(blotter.orders[name], blotter.now, MAKES_WAY))
            case Over() as over:
                blotter.act(replace(entry, bracket_over=over.reason, updated_at=blotter.now))
                if over.unprotected:
                    blotter.alert(alerts.of_bracket(entry, over))

    def _price(self, entry: Order) -> Decimal | None:
        """The last price; none where it is old."""
        quote = self._quotes().get(entry.symbol)
        return None if quote is None or quote.stale else quote.mark


def _stored(connection: Connection) -> tuple[list[Order], Callable[[Order], list[Order]]]:
    entries = order_rows.entries(connection)
    exits = order_rows.exits(connection, [entry.decision_id for entry in entries if entry.decision_id])
    return entries, lambda entry: exits.get(entry.decision_id or "", [])


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
