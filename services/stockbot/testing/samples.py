"""One ordinary event of every type, for tests of the codec, the documents and the readers."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from stockbot.events import AnyEvent
from stockbot.events.alerts import Alert, RiskAlert, Severity
from stockbot.events.trading import (
    Approval,
    Denial,
    Execution,
    Intent,
    OrderApproved,
    OrderReport,
    OrderState,
    OrderTerms,
    OrderType,
    OrderUpdate,
    Reason,
    RiskBlock,
    Side,
    Signal,
    SignalGenerated,
)
from stockbot.testing.clock import START
from stockbot.testing.events import market_data, portfolio_update, quote, service_alert

SIGNAL = Signal(
    strategy="trend",
    strategy_version="1",
    account="paper",
    symbol="AAPL",
    intent=Intent.ENTER,
    side=Side.BUY,
    quantity=Decimal(10),
    reference_price=Decimal("187.45"),
    reference_time=START,
    valid_until=START + timedelta(minutes=10),
    reason="the fast average crossed above the slow one",
    indicators={"fast": 187.2, "slow": 186.9},
    quotes=(quote(),),
)


def every_event() -> list[AnyEvent]:
    """The life of one order, an event of each type."""
    tick, alert, state = market_data(), service_alert(), portfolio_update(1)
    signal = SignalGenerated(**_chain("trend-AAPL-1", "strategy-orchestrator/0", tick.id), data=SIGNAL)
    approval = Approval(
        decision_id="d1",
        signal_id=signal.id,
        signal=SIGNAL,
        side=Side.BUY,
        quantity=Decimal(10),
        terms=OrderTerms(order_type=OrderType.LIMIT, limit_price=Decimal("187.90")),
        held=Decimal("1880.00"),
        expires_at=START + timedelta(seconds=10),
    )
    denial = Denial(
        decision_id="d1",
        signal_id=signal.id,
        strategy="trend",
        account="paper",
        symbol="AAPL",
        reasons=(Reason(code="NOTIONAL_EXCEEDS_MAX_PER_ORDER", detail="notional=1874.50 limit=1000"),),
    )
    report = OrderReport(
        account="paper",
        client_order_id="o1",
        strategy="trend",
        symbol="AAPL",
        side=Side.BUY,
        state=OrderState.FILLED,
        quantity=Decimal(10),
        filled_quantity=Decimal(10),
        execution=Execution(execution_id="e1", quantity=Decimal(10), price=Decimal("187.46"), executed_at=START),
    )
    return [
        tick,
        signal,
        OrderApproved(**_chain("a1", "risk-guardian/0", signal.id), data=approval),
        RiskBlock(**_chain("b1", "risk-guardian/0", signal.id), data=denial),
        RiskAlert(**_chain("r1", "risk-guardian/0"), data=Alert(fingerprint="f", severity=Severity.INFO, title="t")),
        alert,
        OrderUpdate(**_chain("u1", "execution-engine/0", "a1"), data=report),
        state,
    ]


def _chain(event_id: str, source: str, cause: str | None = None) -> dict[str, Any]:
    return {
        "id": event_id,
        "source": source,
        "time": START,
        "subject": "AAPL",
        "correlationid": "chain-1",
        "causationid": cause,
    }
