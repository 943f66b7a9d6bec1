"""One ordinary decision, and how tests change a part of it."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from msgspec import Struct
from msgspec.structs import replace

from stockbot.events.market import ExchangeSessions, Quote, Session, SessionHours
from stockbot.events.trading import Intent, OrderTerms, OrderType, Side, Signal
from stockbot.model.risk.book import Book
from stockbot.model.risk.inputs import Costs, DecisionInputs, Health, Instrument, Losses
from stockbot.model.risk.limits import Limits
from stockbot.model.risk.session_day import Peak, SessionDay
from stockbot.model.risk.standing import Standing
from stockbot.model.risk.trading_state import TradingState
from stockbot.testing.clock import START as NOW

PRICE, EQUITY, WIDE = Decimal(100), Decimal(100_000), Decimal(1_000_000)

LIMITS = Limits(
    max_order_notional=WIDE,
    max_position_notional=WIDE,
    max_position_weight=Decimal(1),
    max_gross_exposure=Decimal(10),
    max_net_exposure=Decimal(10),
    max_group_weight=Decimal(1),
    allow_short=True,
)

SIGNAL = Signal(
    strategy="trend",
    strategy_version="1",
    account="paper",
    symbol="AAPL",
    intent=Intent.ENTER,
    side=Side.BUY,
    quantity=Decimal(10),
    terms=OrderTerms(order_type=OrderType.LIMIT, limit_price=PRICE),
    reference_price=PRICE,
    reference_time=NOW,
    valid_until=NOW + timedelta(minutes=2),
    reason="the fast average crossed above the slow one",
)

ORDINARY = DecisionInputs(
    decision_id="decision-1",
    signal_id="signal-1",
    signal=SIGNAL,
    now=NOW,
    market_now=NOW,
    trading_state=TradingState.ACTIVE,
    limits=LIMITS,
    standing=Standing(
        book=Book(symbol="AAPL", mark=PRICE),
        known=True,
        equity=EQUITY,
        cash_here=EQUITY,
        gross=Decimal(0),
        highest=Decimal(0),
        lowest=Decimal(0),
    ),
    instrument=Instrument(symbol="AAPL", average_volume=WIDE),
    quote=Quote(symbol="AAPL", last=PRICE, source_time=NOW, receive_time=NOW, provider="demo", session=Session.OPEN),
    sessions=ExchangeSessions(
        exchange="XNYS",
        timezone="America/New_York",
        computed_at=NOW,
        phase=Session.OPEN,
        sessions=(
            SessionHours(date="2026-03-02", opens=NOW - timedelta(minutes=30), closes=NOW + timedelta(hours=6)),
            SessionHours(date="2026-03-03", opens=NOW + timedelta(hours=24), closes=NOW + timedelta(hours=30)),
        ),
    ),
    costs=Costs(fee_per_share=Decimal(0), minimum_fee=Decimal(0)),
    losses=Losses(
        day=SessionDay(date="2026-03-02", equity=EQUITY),
        peak=Peak(equity=EQUITY),
        net_deposits=Decimal(0),
        strategy_loss=Decimal(0),
    ),
    health=Health(market_data_at=NOW),
)

Changes = dict[str, Any]


def changed(part: Any, changes: Changes) -> Any:
    """The same struct with other fields; a dict in `changes` goes on into the struct of that name."""
    return replace(part, **{name: _inner(getattr(part, name), change) for name, change in changes.items()})


def _inner(part: Any, change: Any) -> Any:
    return changed(part, change) if isinstance(part, Struct) and isinstance(change, dict) else change


@pytest.fixture(scope="session")
def make() -> Callable[..., DecisionInputs]:
    """`make(limits={...}, signal={...}, quote=None)`: the ordinary decision with these parts changed.

    It goes through JSON, so that nothing is tested that could not be recorded.
    """

    def made(*several: Changes, **changes: Any) -> DecisionInputs:
        inputs = ORDINARY
        for one in (*several, changes):
            inputs = changed(inputs, one)
        return msgspec.json.decode(msgspec.json.encode(inputs), type=DecisionInputs)

    return made
