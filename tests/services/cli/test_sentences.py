"""Each event type in a few words."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockbot.cli.sentences import printable, sentence
from stockbot.events import AnyEvent
from stockbot.events.alerts import Alert, RiskAlert, Severity
from stockbot.events.market import MarketData, Quote, Tick
from stockbot.events.portfolio import Portfolio, PortfolioUpdate
from stockbot.events.trading import (
    Approval,
    Denial,
    Execution,
    Intent,
    OrderApproved,
    OrderReport,
    OrderState,
    OrderTerms,
    OrderUpdate,
    Reason,
    RiskBlock,
    Side,
    Signal,
    SignalGenerated,
)

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
COMMON: dict[str, Any] = {"id": "i", "source": "s", "time": NOW, "subject": "x", "correlationid": "c"}
SIGNAL: dict[str, Any] = {
    "strategy": "cross",
    "strategy_version": "1",
    "account": "paper",
    "symbol": "AAPL",
    "reference_price": Decimal("187.20"),
    "reference_time": NOW,
    "valid_until": NOW,
    "reason": "fast above slow",
}
ENTER = Signal(intent=Intent.ENTER, side=Side.BUY, quantity=Decimal(10), **SIGNAL)
REPORT: dict[str, Any] = {
    "account": "paper",
    "client_order_id": "o",
    "strategy": "cross",
    "symbol": "AAPL",
    "side": Side.BUY,
    "quantity": Decimal(10),
}
SEVEN = tuple(
    Quote(symbol=symbol, last=Decimal(1), source_time=NOW, receive_time=NOW, provider="demo") for symbol in "ABCDEFG"
)


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (MarketData(data=Tick(shard=0, interval_seconds=5, quotes=()), **COMMON), "0 quotes"),
        (
            MarketData(data=Tick(shard=0, interval_seconds=5, quotes=SEVEN), **COMMON),
            "7 quotes: A 1, B 1, C 1, D 1, E 1, F 1, and 1 more",
        ),
        (SignalGenerated(data=ENTER, **COMMON), "cross: enter buy 10 AAPL near 187.20: fast above slow"),
        (
            SignalGenerated(data=Signal(intent=Intent.TARGET, target=Decimal(-5), **SIGNAL), **COMMON),
            "cross: target -5 AAPL near 187.20: fast above slow",
        ),
        (
            OrderApproved(
                data=Approval(
                    decision_id="d",
                    signal_id="i",
                    signal=ENTER,
                    side=Side.BUY,
                    quantity=Decimal(10),
                    terms=OrderTerms(),
                    held=Decimal("1900.5"),
                    expires_at=NOW,
                ),
                **COMMON,
            ),
            "cross: buy 10 AAPL, held 1900.5, until 15:00:00Z",
        ),
        (
            RiskBlock(
                data=Denial(
                    decision_id="d",
                    signal_id="i",
                    strategy="cross",
                    account="paper",
                    symbol="AAPL",
                    reasons=(Reason(code="PRICE_STALE", detail="age=40"), Reason(code="CASH_SHORT", detail="")),
                ),
                **COMMON,
            ),
            "cross: denied AAPL: PRICE_STALE, CASH_SHORT",
        ),
        (
            OrderUpdate(data=OrderReport(state=OrderState.ACCEPTED, **REPORT), **COMMON),
            "ACCEPTED: buy 10 AAPL, 0 filled",
        ),
        (
            OrderUpdate(
                data=OrderReport(
                    state=OrderState.PARTIALLY_FILLED,
                    filled_quantity=Decimal(4),
                    execution=Execution(execution_id="e", quantity=Decimal(4), price=Decimal("187.1"), executed_at=NOW),
                    **REPORT,
                ),
                **COMMON,
            ),
            "PARTIALLY_FILLED: buy 10 AAPL, 4 filled, 4 at 187.1",
        ),
        (
            OrderUpdate(data=OrderReport(state=OrderState.REJECTED, reason="no margin", **REPORT), **COMMON),
            "REJECTED: buy 10 AAPL, 0 filled no margin",
        ),
        (
            PortfolioUpdate(
                data=Portfolio(account="paper", version=3, through_sequence=2, cash=Decimal("1E+4")), **COMMON
            ),
            "version 3: equity unknown, cash 10000, 0 positions",
        ),
        (
            RiskAlert(data=Alert(fingerprint="f", severity=Severity.CRITICAL, title="Halted", detail="loss"), **COMMON),
            "critical: Halted (loss)",
        ),
        (
            RiskAlert(data=Alert(fingerprint="f", severity=Severity.CRITICAL, title="Halted", resolved=True), **COMMON),
            "resolved: Halted",
        ),
    ],
)
def test_sentences(event: AnyEvent, words: str) -> None:
    """What happened, with the numbers that count, without exponents."""
    assert sentence(event) == words


@given(st.text())
def test_nothing_from_the_bus_can_steer_a_terminal(text: str) -> None:
    """No control character is left, and nothing is lost but those."""
    shown = printable(text)
    assert shown.isprintable()
    assert len(shown) == len(text)
