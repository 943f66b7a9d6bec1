"""One order and one market, as ordinary as they can be, for tests that change one thing."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from stockbot.events.market import ExchangeSessions, Quote, Session, SessionHours
from stockbot.events.trading import OrderTerms, OrderType, Side
from stockbot.model.fills.hours import MarketHours, hours_of
from stockbot.model.fills.look import Market, Outcome, Step, look
from stockbot.model.fills.order import WorkingOrder
from stockbot.model.fills.rules import FeeSchedule, FillRules
from stockbot.testing.clock import START

RULES = FillRules()
FREE = FeeSchedule(per_share=Decimal(0), minimum=Decimal(0))
EXACT = FillRules(slippage=Decimal(0), latency=timedelta(), spread=Decimal(0))
DAY = timedelta(days=1)
NUMBERS = ("bid", "ask", "last", "volume", "limit_price", "stop_price", "trail", "stop_loss", "take_profit")
OPENS = START - timedelta(minutes=30)
CLOSES = START + timedelta(hours=6)
SESSIONS = tuple(
    SessionHours(date=f"2026-03-0{2 + day}", opens=OPENS + day * DAY, closes=CLOSES + day * DAY) for day in range(3)
)
EXCHANGE = ExchangeSessions(
    exchange="XNYS", timezone="America/New_York", computed_at=START, phase=Session.OPEN, sessions=SESSIONS
)


def quote(last: str | None = "100", *, at: datetime = START, **changes: Any) -> Quote:
    """AAPL at `last`, bid and ask a cent away, 1,000,000 shares traded; `changes` are other fields, prices as text."""
    prices: dict[str, Any] = {"last": None if last is None else Decimal(last), "bid": None, "ask": None}
    if last is not None:
        prices |= {"bid": Decimal(last) - Decimal("0.01"), "ask": Decimal(last) + Decimal("0.01")}
    facts: dict[str, Any] = {
        "symbol": "AAPL",
        "volume": Decimal(1_000_000),
        "source_time": at,
        "receive_time": at,
        "provider": "real",
        "session": Session.OPEN,
    }
    return Quote(**(facts | prices | _numbers(changes)))


def hours(at: datetime, phase: Session | None = None) -> MarketHours:
    """New York at that moment; `phase` is another one than the sessions say."""
    real = hours_of(quote(at=at), at, EXCHANGE, simulated=False)
    return real if phase is None else replace(real, phase=phase)


def market(last: str = "100", *, at: datetime = START, traded: int | None = None, **changes: Any) -> Market:
    return Market(
        quote=quote(last, at=at, **changes),
        hours=hours(at),
        fresh=True,
        traded=None if traded is None else Decimal(traded),
    )


def terms(order_type: OrderType = OrderType.MARKET, **changes: Any) -> OrderTerms:
    """Prices as text."""
    return OrderTerms(order_type=order_type, **_numbers(changes))


def order(side: Side = Side.BUY, quantity: int | str = 10, **changes: Any) -> WorkingOrder:
    """An order that came a second ago; `changes` are fields, or those of its terms."""
    own = {name: value for name, value in changes.items() if name in WorkingOrder.__struct_fields__}
    worked = terms(**{name: value for name, value in changes.items() if name not in own})
    facts: dict[str, Any] = {
        "client_order_id": "order-1",
        "symbol": "AAPL",
        "side": side,
        "quantity": Decimal(quantity),
        "terms": worked,
        "received_at": START - timedelta(seconds=1),
        "accepted_at": START - timedelta(seconds=1),
    }
    return WorkingOrder(**(facts | own))


def seen(what: WorkingOrder, *markets: Market, rules: FillRules = EXACT, fees: FeeSchedule = FREE) -> Outcome:
    """What becomes of the order after a look at each of these markets; the steps of all of them."""
    steps: tuple[Step, ...] = ()
    for one in markets:
        outcome = look(what, one, rules, fees)
        what, steps = outcome.order, (*steps, *outcome.steps)
        if not what.is_open:
            break
    return Outcome(what, steps)


def fills(outcome: Outcome) -> list[tuple[Decimal, Decimal]]:
    """Quantity and price of each fill."""
    return [(step.fill.quantity, step.fill.price) for step in outcome.steps if step.fill is not None]


def _numbers(changes: dict[str, Any]) -> dict[str, Any]:
    """The fields with their texts as numbers, but for those that are words."""
    return {
        name: Decimal(value) if isinstance(value, str) and name in NUMBERS else value for name, value in changes.items()
    }
