"""The venue's book of one account, and what one call or one tick makes of it.

A book is never changed; each decision gives the next one with what has to be written and told. So the broker's copy in
memory is the one in SQL, or it is thrown away.
"""

from collections.abc import Mapping

from msgspec import Struct

from stockbot.model.fills.funds import Funds
from stockbot.model.fills.look import Step
from stockbot.model.fills.order import WorkingOrder


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

    def entered(self, client_order_id: str) -> WorkingOrder:
        """The new order of that id, after all that has happened to it at once."""
        return next(order for order in self.new if order.client_order_id == client_order_id)
