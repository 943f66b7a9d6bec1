"""What is kept of one account beside its positions: its terms, its totals, and how far it is booked."""

from datetime import datetime
from decimal import Decimal

from msgspec import Struct

from stockbot.model.ledger.balances import Balances
from stockbot.model.ledger.money import NOTHING
from stockbot.model.risk.session_day import SessionDay

VERSIONS = 1000  # how many are reserved at a time: so many states may be published before another commit


class AccountState(Struct, frozen=True, kw_only=True):
    """`through_sequence` is of the last order update booked, `activity_number` of the last broker's activity."""

    account: str
    broker: str
    mode: str
    settles: bool
    currency: str
    version: int = 0
    through_sequence: int = 0
    activity_number: int = 0
    balances: Balances = Balances()
    bought: Decimal = NOTHING
    sold: Decimal = NOTHING
    opened_at: datetime
    day: SessionDay | None = None


class Opening(Struct, frozen=True, kw_only=True):
    """An account as the Execution Engine found it at the broker when it first started."""

    account: str
    broker: str
    mode: str
    settles: bool
    currency: str
    opening_cash: Decimal
    opening_positions: tuple["OpeningRow", ...] = ()
    opened_at: datetime


class OpeningRow(Struct, frozen=True, kw_only=True):
    symbol: str
    quantity: Decimal
    average_price: Decimal


class Activity(Struct, frozen=True, kw_only=True):
    """Something that moved cash or shares at the broker and was no fill; numbered by the Execution Engine."""

    number: int
    account: str
    activity_id: str
    kind: str
    amount: Decimal
    symbol: str | None = None
    quantity: Decimal | None = None
    execution_id: str | None = None
    note: str = ""
    at: datetime
