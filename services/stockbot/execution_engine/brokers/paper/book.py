"""The venue's book: the account and its open orders, and what one call or one tick makes of them. Pure.

A book is never changed; each decision gives the next one with what has to be written and told. So the broker's copy in
memory is the one in SQL, or it is thrown away.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from stockbot.events.market import Quote
from stockbot.events.trading import Side
from stockbot.execution_engine.brokers.paper.terms import PaperTerms
from stockbot.execution_engine.brokers.protocol import OrderNotOpen, OrderRefused, OrderRequest
from stockbot.model.fills.buying_power import Carrying, judged_price, shortfall
from stockbot.model.fills.funds import Funds, booked
from stockbot.model.fills.look import Market, Outcome, Step, canceled, look
from stockbot.model.fills.order import NOTHING, WorkingOrder
from stockbot.model.fills.terms import flaw

Markets = Callable[[str], Market | None]  # by symbol; None where no quote is known


class Book(Struct, frozen=True, kw_only=True):
    """`orders` are the open ones by client order id, in the order in which they came."""

    version: int
    funds: Funds
    orders: Mapping[str, WorkingOrder] = {}


class Change(Struct, frozen=True, kw_only=True):
    """The book afterwards; orders that are new and that changed; what there is to tell, in order."""

    book: Book
    new: tuple[WorkingOrder, ...] = ()
    changed: tuple[WorkingOrder, ...] = ()
    steps: tuple[Step, ...] = ()


class Venue(Struct, frozen=True):
    """The rules of one account, over what the markets show at this moment."""

    terms: PaperTerms
    markets: Markets

    def accepted(self, book: Book, request: OrderRequest, now: datetime) -> Change:
        """The book with the order, worked at once as far as it can be. Raises OrderRefused."""
        return self._entered(Change(book=book), self._judged(book, request, now))

    def replaced(self, book: Book, client_order_id: str, request: OrderRequest, now: datetime) -> Change:
        """The book with the order in the other's place. Raises OrderNotOpen, OrderRefused."""
        old = open_order(book, client_order_id)
        if (request.symbol, request.side) != (old.symbol, old.side):
            raise OrderRefused(f"{client_order_id} can be replaced by an order to {old.side} {old.symbol} only")
        if request.client_order_id == client_order_id:
            raise OrderRefused(f"the order that replaces {client_order_id} needs an id of its own")
        ended = replace(canceled(old, "replaced"), replaced_by=request.client_order_id)
        before = without(book, ended)
        return self._entered(before, self._judged(before.book, request, now))

    def looked(self, book: Book, orders: Iterable[WorkingOrder]) -> Change | None:
        """The book after these orders looked at their markets, one after the other; None where nothing changed."""
        funds, changed, steps = book.funds, list[WorkingOrder](), list[Step]()
        for order in orders:
            funds, outcome = self._look(funds, order)
            steps += outcome.steps
            if outcome.order != order:
                changed.append(outcome.order)
        after = _with(replace(book, funds=funds), changed)
        return Change(book=after, changed=tuple(changed), steps=tuple(steps)) if changed else None

    def _judged(self, book: Book, request: OrderRequest, now: datetime) -> WorkingOrder:
        words = flaw(request.quantity, request.terms)
        if words is not None:
            raise OrderRefused(words)
        if request.client_order_id in book.orders:
            raise OrderRefused(f"there is an order {request.client_order_id} already")
        order = self._order(request, now)
        words = shortfall(order, self._carrying(book, order), cash_only=self.terms.settles)
        if words is not None:
            raise OrderRefused(words)
        return order

    def _order(self, request: OrderRequest, now: datetime) -> WorkingOrder:
        market = self.markets(request.symbol)
        return WorkingOrder(
            client_order_id=request.client_order_id,
            symbol=request.symbol,
            side=request.side,
            quantity=request.quantity,
            terms=request.terms,
            received_at=now,
            volume=None if market is None else market.quote.volume,
        )

    def _entered(self, before: Change, order: WorkingOrder) -> Change:
        """What happened before, and then the order comes and has its first look."""
        funds, outcome = self._look(before.book.funds, order)
        after = _with(replace(before.book, funds=funds), [outcome.order])
        return replace(before, book=after, new=(outcome.order,), steps=(*before.steps, Step(order), *outcome.steps))

    def _look(self, funds: Funds, order: WorkingOrder) -> tuple[Funds, Outcome]:
        market = self.markets(order.symbol)
        if market is None:
            return funds, Outcome(order)
        held = funds.position(order.symbol) if self.terms.settles and order.side is Side.SELL else None
        outcome = look(order, market, self.terms.rules, self.terms.fees, held)
        return _booked(funds, outcome, market.hours.date()), outcome

    def _carrying(self, book: Book, order: WorkingOrder) -> Carrying:
        working = tuple((other, self._price(other) or NOTHING) for other in book.orders.values())
        symbols = {*book.funds.holdings, order.symbol}
        seen = {symbol: market for symbol in symbols if (market := self.markets(symbol)) is not None}
        return Carrying(
            funds=book.funds,
            price=self._price(order),
            working=working,
            marks={symbol: market.quote.mark for symbol, market in seen.items()},
            date=seen[order.symbol].hours.date() if order.symbol in seen else None,
            fees=self.terms.fees,
        )

    def _price(self, order: WorkingOrder) -> Decimal | None:
        return judged_price(order, self._quote(order.symbol), self.terms.rules)

    def _quote(self, symbol: str) -> Quote | None:
        market = self.markets(symbol)
        return None if market is None else market.quote


def open_order(book: Book, client_order_id: str) -> WorkingOrder:
    """Raises OrderNotOpen."""
    order = book.orders.get(client_order_id)
    if order is None:
        raise OrderNotOpen(f"{client_order_id} is not an open order of this account")
    return order


def without(book: Book, ended: WorkingOrder) -> Change:
    """The book without an order that has just ended."""
    return Change(book=_with(book, [ended]), changed=(ended,), steps=(Step(ended),))


def _with(book: Book, orders: Iterable[WorkingOrder]) -> Book:
    """The book with these orders as they are now: among the open ones, or not any more."""
    known = dict(book.orders)
    for order in orders:
        known[order.client_order_id] = order
        if not order.is_open:
            del known[order.client_order_id]
    return replace(book, orders=known)


def _booked(funds: Funds, outcome: Outcome, date: str | None) -> Funds:
    for step in outcome.steps:
        if step.fill is not None:
            funds = booked(funds, step.order.symbol, step.order.side, step.fill, date)
    return funds
