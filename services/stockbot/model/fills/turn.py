"""One turn at the venue: a call or a tick, with all that follows from it, collected until it is written."""

from collections.abc import Callable
from decimal import Decimal

from msgspec.structs import replace

from stockbot.events.trading import Side
from stockbot.model.fills.book import Book, Change
from stockbot.model.fills.funds import booked
from stockbot.model.fills.look import Market, Step, look
from stockbot.model.fills.order import WorkingOrder
from stockbot.model.fills.rules import PaperTerms

Markets = Callable[[str], Market | None]  # by symbol; None where no quote is known


class Turn:
    def __init__(self, book: Book, terms: PaperTerms, markets: Markets) -> None:
        self.funds = book.funds
        self.orders = dict(book.orders)
        self._before = book
        self._terms = terms
        self._markets = markets
        self._touched: dict[str, WorkingOrder] = {}
        self._steps: list[Step] = []

    def enter(self, order: WorkingOrder) -> None:
        """A new order comes, and has its first look."""
        self._tell(Step(order))
        self.look(order.client_order_id)

    def end(self, order: WorkingOrder) -> None:
        """An open order has ended, by no doing of the market's."""
        self._tell(Step(order))

    def look(self, client_order_id: str) -> None:
        """The order looks at its market, if it is open still and a quote is known."""
        order = self.orders.get(client_order_id)
        market = None if order is None else self._markets(order.symbol)
        if order is None or market is None:
            return
        outcome = look(order, market, self._terms.rules, self._terms.fees, self._held(order))
        for step in outcome.steps:
            self._tell(step, market.hours.date())
        if client_order_id in self.orders:  # it may know more than its last step told
            self._keep(outcome.order)

    def change(self) -> Change | None:
        """What has come of it; None where nothing changed."""
        was = self._before.orders
        changed = tuple(now for key, now in self._touched.items() if key in was and now != was[key])
        new = tuple(now for key, now in self._touched.items() if key not in was)
        after = replace(self._before, funds=self.funds, orders=self.orders)
        return Change(book=after, new=new, changed=changed, steps=tuple(self._steps)) if new or changed else None

    def _tell(self, step: Step, date: str | None = None) -> None:
        """One thing has happened."""
        order, fill = step.order, step.fill
        self._steps.append(step)
        self._keep(order)
        if fill is not None:
            self.funds = booked(self.funds, order.symbol, order.side, fill, date)

    def _keep(self, order: WorkingOrder) -> None:
        self._touched[order.client_order_id] = order
        if order.is_open:
            self.orders[order.client_order_id] = order
        else:
            self.orders.pop(order.client_order_id, None)

    def _held(self, order: WorkingOrder) -> Decimal | None:
        """The shares that an order may close at most; None where it may open a position."""
        sells_what_is_held = self._terms.settles and order.side is Side.SELL
        return self.funds.position(order.symbol) if sells_what_is_held else None
