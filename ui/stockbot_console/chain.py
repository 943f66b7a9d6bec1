"""Everything that belongs to one chain, from the tick to the ledger, as the services told it."""

from msgspec import Struct

from stockbot_console.answers import Failure
from stockbot_console.bookkeeper_answers import Entry
from stockbot_console.engine_answers import Fill, Order, OrderDetail
from stockbot_console.guardian_answers import DecisionDetail, Verdict
from stockbot_console.orchestrator_answers import SignalEntry


class Chain(Struct, frozen=True, kw_only=True):
    """Lists as the services answered them; details by order id and by decision id."""

    signals: tuple[SignalEntry, ...] | Failure
    decisions: tuple[Verdict, ...] | Failure
    orders: tuple[Order, ...] | Failure
    fills: tuple[Fill, ...] | Failure
    entries: tuple[Entry, ...] | Failure
    details: dict[str, OrderDetail] = {}
    reasons: dict[str, DecisionDetail] = {}
