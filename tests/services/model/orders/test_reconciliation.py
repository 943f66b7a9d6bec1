"""Our books beside the broker's: what is different, and what only looks so while something moves."""

from decimal import Decimal

import pytest
from tests.services.model.orders.conftest import order

from stockbot.events.trading import OrderState
from stockbot.model.orders.broker import BrokerPosition
from stockbot.model.orders.reconciliation import (
    Drift,
    DriftKind,
    agreed,
    cash_drifts,
    order_drifts,
    position_drifts,
)


def held(symbol: str, quantity: str) -> BrokerPosition:
    return BrokerPosition(symbol=symbol, quantity=Decimal(quantity), average_price=Decimal(100))


@pytest.mark.parametrize(
    ("ours", "brokers", "found"),
    [
        ({}, [], []),
        ({"AAPL": "10"}, [("AAPL", "10.0")], []),
        ({"AAPL": "10"}, [], [("AAPL", "10", "0")]),
        ({}, [("AAPL", "-3")], [("AAPL", "0", "-3")]),
        ({"AAPL": "1", "MSFT": "2"}, [("MSFT", "3"), ("AAPL", "1")], [("MSFT", "2", "3")]),
    ],
)
def test_positions(ours: dict[str, str], brokers: list[tuple[str, str]], found: list[tuple[str, str, str]]) -> None:
    """By symbol, either side missing means none."""
    drifts = position_drifts({name: Decimal(number) for name, number in ours.items()}, [held(*one) for one in brokers])
    assert [(drift.subject, drift.ours, drift.brokers) for drift in drifts] == found


@pytest.mark.parametrize(("brokers", "count"), [("100", 0), ("100.009", 0), ("100.01", 1), ("99.99", 1)])
def test_cash(brokers: str, count: int) -> None:
    """From a cent on."""
    assert len(cash_drifts("paper", Decimal(100), Decimal(brokers))) == count


def test_orders() -> None:
    """Those that the broker forgot, and those of which it promises more than it tells."""
    absent = order(client_order_id="gone", told=OrderState.ACCEPTED)
    promised = order(client_order_id="full", ending=OrderState.FILLED)
    part = order(client_order_id="part", told=OrderState.ACCEPTED, told_filled=Decimal(4))
    drifts = order_drifts([absent], [promised, part, order()])
    assert [(drift.kind, drift.subject, drift.ours, drift.brokers) for drift in drifts] == [
        (DriftKind.EXECUTION, "full", "0", "FILLED"),
        (DriftKind.EXECUTION, "part", "0", "4"),
        (DriftKind.ORDER, "gone", "ACCEPTED", "unknown"),
    ]


def test_two_looks_agree_on_a_difference_also_while_both_sides_move() -> None:
    """Three hundred too little before and after a trade is the same matter; another amount is not."""
    before = [Drift(DriftKind.CASH, "paper", "100000", "99700")]
    traded = [Drift(DriftKind.CASH, "paper", "99000", "98700")]
    settled = [Drift(DriftKind.CASH, "paper", "99000", "98900")]
    assert agreed(before, traded) == traded
    assert agreed(before, settled) == []
    stuck = [Drift(DriftKind.ORDER, "order-1", "ACCEPTED", "unknown")]
    assert agreed(stuck, stuck) == stuck
