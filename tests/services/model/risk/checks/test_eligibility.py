"""Orders around the real opening hours of New York: the change to summer time, a half day, a holiday, a weekend."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from stockbot.events.market import Session
from stockbot.events.trading import OrderTerms, OrderType
from stockbot.market_data_gateway.sessions import exchange_sessions
from stockbot.model.risk.decide import Approved, Denied, decide
from stockbot.model.risk.inputs import DecisionInputs
from stockbot.testing.clock import START as NOW

Make = Callable[..., DecisionInputs]
Changes = dict[str, Any]
LATER = NOW + timedelta(hours=6)  # the close
AFTER_CLOSE = {"market_now": LATER, "signal": {"valid_until": LATER + timedelta(1)}, "quote": {"source_time": LATER}}
EXTENDED = OrderTerms(order_type=OrderType.LIMIT, limit_price=Decimal(100), extended_hours=True)


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        ("2026-03-06T14:29:59", False),  # winter: 9:30 in New York is 14:30 UTC
        ("2026-03-06T14:30:00", True),
        ("2026-03-06T20:59:59", True),
        ("2026-03-06T21:00:00", False),
        ("2026-03-09T13:29:59", False),  # summer: 13:30 UTC
        ("2026-03-09T13:30:00", True),
        ("2026-03-09T19:59:59", True),
        ("2026-03-09T20:00:00", False),
        ("2026-11-02T13:30:00", False),  # winter again
        ("2026-11-02T14:30:00", True),
        ("2026-11-26T16:00:00", False),  # Thanksgiving
        ("2026-11-27T17:59:59", True),  # a half day
        ("2026-11-27T18:00:00", False),
        ("2026-11-28T16:00:00", False),  # Saturday
    ],
)
def test_orders_pass_in_the_exchange_s_hours_only(make: Make, at: str, is_open: bool) -> None:
    """To the second, an order passes from the open to the close of the exchange's own day."""
    now = datetime.fromisoformat(at).replace(tzinfo=UTC)
    answer = decide(
        make(
            now=now,
            market_now=now,
            sessions=exchange_sessions("XNYS", now),
            quote={"source_time": now, "receive_time": now},
            signal={"reference_time": now, "valid_until": now + timedelta(minutes=2)},
            health={"market_data_at": now},
        )
    )
    assert isinstance(answer, Approved) is is_open
    if isinstance(answer, Denied):
        assert [reason.code for reason in answer.denial.reasons] == ["SESSION_CLOSED"]


@pytest.mark.parametrize(
    "terms", [{"order_type": OrderType.STOP, "stop_price": Decimal(100)}, {"time_in_force": "gtc"}]
)
def test_extended_hours_take_limit_orders_for_the_day_only(make: Make, terms: Changes) -> None:
    """Outside the session nothing rests and nothing chases the price."""
    answer = decide(make({"signal": {"terms": EXTENDED}}, {"signal": {"terms": terms}}))
    assert isinstance(answer, Denied)
    assert [reason.code for reason in answer.denial.reasons] == ["TERMS_INCOMPLETE"]


@pytest.mark.parametrize(("phase", "passes"), [("pre", True), ("post", True), ("closed", False), ("unknown", False)])
def test_extended_hours_need_a_quote_of_extended_hours(make: Make, phase: str, passes: bool) -> None:
    """A closed exchange is closed for an extended order too, unless the market itself still trades."""
    answer = decide(make(AFTER_CLOSE, {"signal": {"terms": EXTENDED}, "quote": {"session": Session(phase)}}))
    assert isinstance(answer, Approved) is passes
