"""What the fake Alpaca knows: one account, its orders, fills and movements of cash. All of it fits in a JSON file."""

from datetime import datetime
from decimal import Decimal

from msgspec import Struct, field

ZERO = Decimal(0)
OPEN = frozenset({
    "new", "accepted", "pending_new", "partially_filled", "pending_cancel", "pending_replace", "held", "stopped",
    "suspended", "calculated", "done_for_day", "accepted_for_bidding",
})  # fmt: skip
REPLACEABLE = frozenset({"new", "partially_filled", "held"})


class Refused(Exception):
    """Alpaca's no: the HTTP status, its own code and its words."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


class Quote(Struct):
    bid: Decimal
    ask: Decimal
    last: Decimal


class Order(Struct, kw_only=True):
    id: str
    client_order_id: str
    symbol: str
    side: str
    qty: Decimal
    type: str
    time_in_force: str
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    trail_price: Decimal | None = None
    hwm: Decimal | None = None  # the best price since a trailing stop began
    extended_hours: bool = False
    order_class: str = ""
    status: str = "pending_new"
    filled_qty: Decimal = ZERO
    value: Decimal = ZERO  # sum of price times quantity over its fills
    created_at: datetime
    updated_at: datetime
    replaces: str | None = None
    replaced_by: str | None = None
    legs: list[str] = field(default_factory=list)  # the ids of a bracket's two exits
    triggered: bool = False

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    @property
    def leaves(self) -> Decimal:
        return self.qty - self.filled_qty

    @property
    def sign(self) -> int:
        return 1 if self.side == "buy" else -1


class Fill(Struct, kw_only=True):
    execution_id: str
    activity_id: str
    order_id: str
    symbol: str
    side: str
    qty: Decimal
    price: Decimal
    cum_qty: Decimal
    leaves_qty: Decimal
    at: datetime
    type: str  # fill, partial_fill; trade_bust takes back `previous`
    previous: str | None = None


class Movement(Struct, kw_only=True):
    """A non-trade activity: what moved cash or shares."""

    activity_id: str
    type: str
    at: datetime
    net_amount: Decimal = ZERO
    symbol: str | None = None
    qty: Decimal | None = None
    description: str = ""


class Position(Struct):
    qty: Decimal = ZERO
    cost: Decimal = ZERO  # average price per share

    def add(self, signed: Decimal, price: Decimal) -> None:
        """Book shares at average cost: a reduce keeps the average, a flip opens the rest at its price."""
        after = self.qty + signed
        if self.qty * signed >= 0:
            self.cost = (self.qty * self.cost + signed * price) / after
        elif self.qty * after < 0:
            self.cost = price
        self.qty = after


class Post(Struct, kw_only=True):
    """One POST or PATCH of an order as it came in, and what became of it."""

    number: int
    method: str
    client_order_id: str
    accepted: bool
    status: int  # of the answer that was due, sent or not
    message: str = ""
    at: datetime


class Books(Struct, kw_only=True):
    account_id: str
    account_number: str
    cash: Decimal
    multiplier: str  # 1 is a cash account
    status: str = "ACTIVE"
    blocked: bool = False
    holding: bool = False  # nothing fills until told
    market_open: bool = True
    separate_ids: bool = False  # a fill is named differently by the stream and by the activities
    quotes: dict[str, Quote] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)  # by Alpaca's id
    fills: list[Fill] = field(default_factory=list)
    movements: list[Movement] = field(default_factory=list)
    positions: dict[str, Position] = field(default_factory=dict)
    posts: list[Post] = field(default_factory=list)

    def by_client_id(self, client_order_id: str) -> Order | None:
        return next((each for each in self.orders.values() if each.client_order_id == client_order_id), None)

    def open_orders(self) -> list[Order]:
        return [each for each in self.orders.values() if each.is_open]

    def position(self, symbol: str) -> Decimal:
        return self.positions[symbol].qty if symbol in self.positions else ZERO
