"""The fake's exchange: takes, fills, cancels and replaces orders, and tells each event to whoever listens.

Knows no network. Every change is made under one lock by the server, then saved.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial
from uuid import uuid4

from stockbot.testing.alpaca import answers
from stockbot.testing.alpaca.books import (
    OPEN,
    REPLACEABLE,
    Books,
    Fill,
    Movement,
    Order,
    Position,
    Post,
    Quote,
    Refused,
)
from stockbot.testing.alpaca.drafts import draft, redraft
from stockbot.testing.alpaca.matching import is_triggered, price_of
from stockbot.testing.alpaca.rules import INVALID, check_account, check_shape, unprocessable

Tell = Callable[[dict[str, object]], None]
NOT_FOUND = 40410000
INSTANT = frozenset({"ioc", "fok"})


class Exchange:
    """`tell` is called with each event of the trade_updates stream, in order."""

    def __init__(self, books: Books, now: Callable[[], datetime], tell: Tell) -> None:
        self.books = books
        self._now = now
        self._tell = tell

    # What the REST API asks for

    def submit(self, body: Mapping[str, object], *, by_hand: bool = False) -> dict[str, object]:
        """Take an order and let it trade; the answer is the order before it did, as Alpaca's is."""
        accept = partial(self._accept_body, body)
        order = accept() if by_hand else self._record("POST", body, accept)
        answer = answers.order_answer(order, self.books)
        self._work(order)
        return answer

    def replace(self, order_id: str, body: Mapping[str, object]) -> dict[str, object]:
        """Put a new order in the place of an open one."""
        order = self._record("PATCH", body, lambda: self._put_in_place(self.find(order_id), body))
        answer = answers.order_answer(order, self.books)
        self._work(order)
        return answer

    def cancel(self, order_id: str) -> None:
        order = self.find(order_id)
        if not order.is_open or order.status == "pending_cancel":
            raise unprocessable(f'order is already in "{order.status}" state')
        self._end(order, "canceled")

    def find(self, order_id: str) -> Order:
        if order_id not in self.books.orders:
            raise Refused(404, NOT_FOUND, f"order not found for {order_id}")
        return self.books.orders[order_id]

    def find_by_client_id(self, client_order_id: str) -> Order:
        order = self.books.by_client_id(client_order_id)
        if order is None:
            raise Refused(404, NOT_FOUND, f"order not found for {client_order_id}")
        return order

    # What the market, the broker's staff and a person at the broker do

    def quote(self, symbol: str, quote: Quote, qty: Decimal | None = None) -> None:
        """Move the market: stops trigger, and what it suits fills, unless fills are held.

        With `qty` each order fills up to that many shares, also while fills are held.
        """
        self.books.quotes[symbol] = quote
        for order in [each for each in self.books.open_orders() if each.symbol == symbol]:
            self._trigger(order, quote)
            if qty is not None or not self.books.holding:
                self._try(order, qty)

    def hold(self, holding: bool) -> None:
        """Fill nothing until told; at the end all that can trade trades."""
        self.books.holding = holding
        for symbol, quote in list(self.books.quotes.items()):
            self.quote(symbol, quote)

    def open_market(self, is_open: bool) -> None:
        """While it is closed orders are accepted and wait."""
        self.books.market_open = is_open
        for order in [each for each in self.books.open_orders() if is_open and each.status == "accepted"]:
            self._work(order)

    def fill(self, order: Order, qty: Decimal | None, price: Decimal | None) -> Fill:
        """Fill an open order by hand, also against its limit; without a price at the quote."""
        if not order.is_open:
            raise unprocessable(f"order is {order.status}")
        quote = self.books.quotes.get(order.symbol)
        touch = None if quote is None else quote.ask if order.side == "buy" else quote.bid
        at = price or touch or order.limit_price
        if at is None:
            raise unprocessable("there is no quote, so a price is needed")
        return self._fill(order, min(qty or order.leaves, order.leaves), at)

    def set_status(self, order: Order, status: str) -> None:
        """Move an order to a status by hand; Alpaca's event has the same name."""
        if status in OPEN:
            self._change(order, status)
        else:
            self._end(order, status)

    def move(self, kind: str, amount: Decimal, **more: object) -> Movement:
        """Move cash or shares without a trade: a deposit, a dividend, a fee, a split."""
        at = self._now()
        movement = Movement(activity_id=_activity_id(at), type=kind, at=at, net_amount=amount, **more)  # type: ignore[arg-type]  # names of fields
        self.books.movements.append(movement)
        self.books.cash += amount
        if movement.symbol is not None and movement.qty is not None:
            self._move_shares(movement.symbol, movement.qty)
        return movement

    def bust(self, execution_id: str) -> Fill:
        """Take an execution back, as an exchange does with a clearly wrong trade."""
        taken = next((f for f in self.books.fills if f.execution_id == execution_id), None)
        if taken is None or any(f.previous == execution_id for f in self.books.fills):
            raise Refused(404, NOT_FOUND, f"execution not found for {execution_id}")
        order = self.books.orders[taken.order_id]
        order.filled_qty -= taken.qty
        order.value -= taken.qty * taken.price
        self._book(order, -taken.qty, taken.price)
        return self._report_fill(order, "trade_bust", -taken.qty, taken.price, previous=execution_id)

    # How

    def _record(self, method: str, body: Mapping[str, object], act: Callable[[], Order]) -> Order:
        """Do it, and write down that it was asked for and what came of it."""
        post = Post(
            number=len(self.books.posts) + 1,
            method=method,
            client_order_id=str(body.get("client_order_id", "")),
            accepted=False,
            status=200,
            at=self._now(),
        )
        self.books.posts.append(post)
        try:
            order = act()
        except Refused as refused:
            post.status, post.message = refused.status, refused.message
            raise
        post.accepted, post.client_order_id = True, order.client_order_id
        return order

    def _accept_body(self, body: Mapping[str, object]) -> Order:
        order, legs = draft(body, self._now())
        return self._accept(order, legs)

    def _accept(self, order: Order, legs: Sequence[Order] = ()) -> Order:
        check_shape(order)
        if self.books.by_client_id(order.client_order_id) is not None:
            raise Refused(422, INVALID, "client_order_id must be unique")
        check_account(self.books, order)
        self.books.orders |= {each.id: each for each in (*legs, order)}
        return order

    def _put_in_place(self, old: Order, body: Mapping[str, object]) -> Order:
        if old.status not in REPLACEABLE:
            raise unprocessable(f'cannot replace order in "{old.status}" status')
        new = redraft(old, body, self._now())
        self._accept(new)
        old.replaced_by = new.id
        self._change(old, "replaced")
        return new

    def _work(self, order: Order) -> None:
        """Send it to the market: first it is new, then it may trade at once."""
        self._change(order, "new" if self.books.market_open else "accepted")
        if not self.books.market_open:
            return
        if order.symbol in self.books.quotes:
            self._trigger(order, self.books.quotes[order.symbol])
        if not self.books.holding:
            self._try(order)
        if order.time_in_force in INSTANT and order.is_open and not self.books.holding:
            self._end(order, "canceled")

    def _trigger(self, order: Order, quote: Quote) -> None:
        if order.is_open and order.status != "held":
            order.triggered = order.triggered or is_triggered(order, quote)

    def _try(self, order: Order, qty: Decimal | None = None) -> None:
        """Fill what the market's quote suits, at most `qty` shares."""
        quote = self.books.quotes.get(order.symbol)
        if quote is None or not order.is_open or order.status in {"held", "accepted"}:
            return
        price = price_of(order, quote)
        if price is not None:
            self._fill(order, order.leaves if qty is None else min(qty, order.leaves), price)

    def _fill(self, order: Order, qty: Decimal, price: Decimal) -> Fill:
        order.filled_qty += qty
        order.value += qty * price
        order.status = "filled" if order.leaves == 0 else "partially_filled"
        self._book(order, qty, price)
        filled = self._report_fill(order, "fill" if order.leaves == 0 else "partial_fill", qty, price)
        if order.leaves == 0:
            self._after_fill(order)
        return filled

    def _after_fill(self, order: Order) -> None:
        """Wake the exits of a bracket; the exit that filled cancels the other."""
        for leg in (self.books.orders[each] for each in order.legs):
            if leg.status == "held":
                self._work(leg)
        for parent in [each for each in self.books.orders.values() if order.id in each.legs]:
            for other in (self.books.orders[each] for each in parent.legs):
                if other.id != order.id and other.is_open:
                    self._end(other, "canceled")

    def _book(self, order: Order, qty: Decimal, price: Decimal) -> None:
        self.books.cash -= order.sign * qty * price
        position = self.books.positions.setdefault(order.symbol, Position())
        position.add(order.sign * qty, price)
        if position.qty == 0:
            del self.books.positions[order.symbol]

    def _move_shares(self, symbol: str, qty: Decimal) -> None:
        position = self.books.positions.setdefault(symbol, Position())
        value = position.qty * position.cost
        position.qty += qty
        position.cost = value / position.qty if position.qty else value
        if position.qty == 0:
            del self.books.positions[symbol]

    def _report_fill(self, order: Order, event: str, qty: Decimal, price: Decimal, previous: str | None = None) -> Fill:
        at = order.updated_at = self._now()
        activity_id = _activity_id(at)
        fill = Fill(
            execution_id=str(uuid4()) if self.books.separate_ids else activity_id.rpartition("::")[2],
            activity_id=activity_id,
            order_id=order.id,
            symbol=order.symbol,
            side=order.side,
            qty=qty,
            price=price,
            cum_qty=order.filled_qty,
            leaves_qty=order.leaves,
            at=at,
            type=event,
            previous=previous,
        )
        self.books.fills.append(fill)
        self._tell(answers.fill_event(fill, order, self.books))
        return fill

    def _change(self, order: Order, status: str) -> None:
        order.status, order.updated_at = status, self._now()
        self._tell(answers.event(status, order, self.books))

    def _end(self, order: Order, status: str) -> None:
        self._change(order, status)
        for leg in (self.books.orders[each] for each in order.legs):
            if leg.is_open:
                self._end(leg, "canceled")


def _activity_id(at: datetime) -> str:
    return f"{at.astimezone(answers.NEW_YORK):%Y%m%d%H%M%S}{at.microsecond // 1000:03d}::{uuid4()}"
