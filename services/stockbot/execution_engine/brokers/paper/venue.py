"""What the venue does with each call: takes the order or refuses it in words, and lets it look."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from stockbot.execution_engine.brokers.protocol import OrderNotOpen, OrderRefused, OrderRequest
from stockbot.model.fills.book import Book, Change
from stockbot.model.fills.buying_power import Carrying, judged_price, shortfall
from stockbot.model.fills.order import NOTHING, WorkingOrder, canceled
from stockbot.model.fills.rules import PaperTerms
from stockbot.model.fills.terms import flaw
from stockbot.model.fills.turn import Markets, Turn


class Venue(Struct, frozen=True):
    """The rules of one account, over what the markets show at this moment."""

    terms: PaperTerms
    markets: Markets
    now: datetime

    def accepted(self, book: Book, request: OrderRequest) -> Change:
        """The book with the order, worked at once as far as it can be. Raises OrderRefused."""
        turn = self._turn(book)
        self._enter(turn, book, request)
        return _made(turn)

    def replaced(self, book: Book, client_order_id: str, request: OrderRequest) -> Change:
        """The book with the order in the other's place. Raises OrderNotOpen, OrderRefused."""
        old = _open(book, client_order_id)
        if (request.symbol, request.side) != (old.symbol, old.side):
            raise OrderRefused(f"{client_order_id} can be replaced by an order to {old.side} {old.symbol} only")
        if request.quantity > old.leaves:
            raise OrderRefused(
                f"{client_order_id} has {old.leaves} shares left, {request.quantity} cannot replace them"
            )
        turn = self._turn(book)
        turn.end(replace(canceled(old, "replaced"), replaced_by=request.client_order_id))
        self._enter(turn, book, request)
        return _made(turn)

    def canceled(self, book: Book, client_order_id: str) -> Change:
        """The book without the order. Raises OrderNotOpen."""
        turn = self._turn(book)
        turn.end(canceled(_open(book, client_order_id), "canceled"))
        return _made(turn)

    def looked(self, book: Book, orders: Iterable[WorkingOrder]) -> Change | None:
        """The book after these orders looked at their markets, one after the other; None where nothing changed."""
        turn = self._turn(book)
        for order in orders:
            turn.look(order.client_order_id)
        return turn.change()

    def _turn(self, book: Book) -> Turn:
        return Turn(book, self.terms, self.markets)

    def _enter(self, turn: Turn, book: Book, request: OrderRequest) -> None:
        words = flaw(request.quantity, request.terms)
        if words is not None:
            raise OrderRefused(words)
        if request.client_order_id in book.orders:
            raise OrderRefused(f"there is an order {request.client_order_id} already")
        order = self._order(request)
        words = shortfall(order, self._carrying(turn, order), cash_only=self.terms.settles)
        if words is not None:
            raise OrderRefused(words)
        turn.enter(order)

    def _order(self, request: OrderRequest) -> WorkingOrder:
        market = self.markets(request.symbol)
        return WorkingOrder(
            client_order_id=request.client_order_id,
            symbol=request.symbol,
            side=request.side,
            quantity=request.quantity,
            terms=request.terms,
            received_at=self.now,
            volume=None if market is None else market.quote.volume,
        )

    def _carrying(self, turn: Turn, order: WorkingOrder) -> Carrying:
        working = tuple((other, self._price(other) or NOTHING) for other in turn.orders.values())
        symbols = {*turn.funds.holdings, order.symbol}
        seen = {symbol: market for symbol in symbols if (market := self.markets(symbol)) is not None}
        return Carrying(
            funds=turn.funds,
            price=self._price(order),
            working=working,
            marks={symbol: market.quote.mark for symbol, market in seen.items()},
            date=seen[order.symbol].hours.date() if order.symbol in seen else None,
            fees=self.terms.fees,
        )

    def _price(self, order: WorkingOrder) -> Decimal | None:
        market = self.markets(order.symbol)
        return judged_price(order, None if market is None else market.quote, self.terms.rules)


def _open(book: Book, client_order_id: str) -> WorkingOrder:
    order = book.orders.get(client_order_id)
    if order is None:
        raise OrderNotOpen(f"{client_order_id} is not an open order of this account")
    return order


def _made(turn: Turn) -> Change:
    """What came of a call, which always changes something."""
    change = turn.change()
    assert change is not None  # noqa: S101 - an order has come or ended
    return change
