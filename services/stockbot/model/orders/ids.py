"""The client order id: from a signal to its one order, and back from what a broker tells. Pure.

It is readable, `sb.<strategy>.<signal>.<leg>.<revision>`, so that a person at the broker sees who traded, and an order
that only the broker remembers, because an older database was restored, still belongs to its strategy and its signal.
"""

import re

from msgspec import Struct
from msgspec.structs import replace

from stockbot.events.identity import decision_id_of, id_of
from stockbot.model.orders.order import Order

LONGEST = 128  # characters, at Alpaca and in our tables
_READABLE = re.compile(r"sb\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_.:/-]+)\.(\d{1,3})\.(\d{1,9})")


class Origin(Struct, frozen=True, kw_only=True):
    """What an order was made from; the entry is leg 0, and a revision counts replaces."""

    strategy: str
    signal_id: str
    leg: int
    revision: int


def client_order_id(origin: Origin) -> str:
    """The same for the same origin, whoever makes it and when. Names that do not fit are hashed: one way only."""
    readable = f"sb.{origin.strategy}.{origin.signal_id}.{origin.leg}.{origin.revision}"
    if len(readable) <= LONGEST and origin_of(readable) == origin:
        return readable
    return id_of("order", origin.strategy, origin.signal_id, str(origin.leg), str(origin.revision))


def origin_of(name: str) -> Origin | None:
    """What an order of ours was made from; None for a hashed name, and for orders of others."""
    found = _READABLE.fullmatch(name)
    if found is None:
        return None
    strategy, signal_id, leg, revision = found.groups()
    return Origin(strategy=strategy, signal_id=signal_id, leg=int(leg), revision=int(revision))


def adopted(order: Order) -> Order:
    """An order that the broker told first: of its strategy where its name says so, else placed by hand."""
    origin = origin_of(order.client_order_id)
    if origin is None:
        return replace(order, adopted=True, reason="not placed by this platform")
    return replace(
        order,
        adopted=True,
        strategy=origin.strategy,
        signal_id=origin.signal_id,
        decision_id=decision_id_of(origin.signal_id),
        leg=origin.leg,
        revision=origin.revision,
        reason="known to the broker alone: sent before an older database was restored",
    )
