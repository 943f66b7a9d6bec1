"""What needs a person now."""

from datetime import timedelta
from typing import Any

import msgspec

from stockbot.testing.clock import START
from stockbot.testing.desk_scenes import alert, orders
from stockbot.testing.trading_scenes import strategy
from stockbot_console.alarm_answers import Alert
from stockbot_console.engine_answers import Order
from stockbot_console.guardian_answers import TradingState, TradingStatus
from stockbot_console.orchestrator_answers import Strategy
from stockbot_console.order_book import OrderBook
from stockbot_console.state import Alerts, Risk, State, Strategies
from stockbot_console.view import view_of
from stockbot_console.view_models.attention import SHOWN, Matter, attention
from stockbot_console.view_models.lights import Pulse

WELL = State(pulse=Pulse(started_at=START, last_tick_at=START), trouble=None)


def matters(**changes: Any) -> list[Matter]:
    state = msgspec.structs.replace(WELL, **changes)
    return [one for one in attention(view_of(state, START)).values() if one.key != "Gateway"]


def told(number: int, severity: str, **changes: Any) -> Alert:
    return msgspec.convert(alert(number, severity, "t", START, **changes), Alert)


def test_all_is_well() -> None:
    """Then nothing is asked of anybody."""
    assert matters() == []


def test_the_gravest_comes_first() -> None:
    """A halt, a critical alert and a failed strategy before a warning; each leads to where it can be dealt with."""
    halted = TradingStatus(
        effective=TradingState.HALTED, declared=None, chosen=TradingState.HALTED, tightened=(), change=None
    )
    unknown = msgspec.convert(orders(START)[0] | {"state": "UNKNOWN"}, Order)
    found = matters(
        risk=Risk(status=halted),
        alerts=Alerts(unanswered=(told(1, "info"), told(2, "critical"))),
        strategies=Strategies(instances=(msgspec.convert(strategy(state="FAILED"), Strategy),)),
        orders=OrderBook({unknown.client_order_id: unknown}),
        trouble="the bus does not answer",
    )
    assert [one.level for one in found] == sorted((one.level for one in found), key=("bad", "warning", "accent").index)
    by_word = {one.word: one.path for one in found}
    assert (by_word["HALTED"], by_word["CRITICAL"], by_word["FAILED"]) == ("/risk", "/alerts", "/strategies/trend")
    assert by_word["UNKNOWN"] == f"/orders/{unknown.client_order_id}"
    assert "BUS LOST" in by_word


def test_silenced_alerts_ask_for_nothing() -> None:
    """And of very many only the gravest are listed."""
    silenced = told(1, "critical", silenced_until=START + timedelta(hours=1))
    assert [one.key for one in matters(alerts=Alerts(unanswered=(silenced,))) if one.key == "alert-1"] == []
    many = tuple(told(number, "warning") for number in range(50))
    assert len(attention(view_of(msgspec.structs.replace(WELL, alerts=Alerts(unanswered=many)), START))) == SHOWN


def test_what_was_put_aside_leads_to_the_dead_letters() -> None:
    """There something can be done about it, and in the inbox of alerts cannot."""
    (found,) = matters(alerts=Alerts(unanswered=(told(1, "critical", fingerprint="risk/orders-put-aside"),)))[:1]
    assert (found.key, found.path) == ("alert-1", "/dead-letters")
