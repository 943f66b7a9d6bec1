"""Which approvals become intents, which intents may leave, and that nothing else makes an Approved."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.services.execution_engine.conftest import approved
from tests.services.model.orders.conftest import order

from stockbot.events.identity import digest_of
from stockbot.events.trading import Flattening, OrderState, Side
from stockbot.model.orders.admission import (
    Approved,
    Decision,
    Forged,
    Refused,
    Surroundings,
    admit,
    may_leave,
)
from stockbot.model.orders.books import book_of
from stockbot.model.risk.trading_state import TradingState
from stockbot.testing.clock import START

ACTIVE, REDUCING, HALTED = TradingState.ACTIVE, TradingState.REDUCING, TradingState.HALTED
EXPIRED, REJECTED = OrderState.EXPIRED, OrderState.REJECTED
GONE = ("risk is gone",)


def decided(outcome: str = "approved", digest: str | None = None, life: int = 10, **changes: Any) -> Decision:
    told = digest if digest is not None else digest_of(approved(**changes).data)
    return Decision(outcome=outcome, digest=told, expires_at=START + timedelta(seconds=life))


def around(state: TradingState = ACTIVE, *, seconds: int = 0, **changes: Any) -> Surroundings:
    return Surroundings(now=START + timedelta(seconds=seconds), trading_state=state, **changes)


@pytest.mark.parametrize("decision", [None, decided("denied"), decided(digest="0" * 64)])
def test_what_no_decision_stands_behind_is_forged(decision: Decision | None) -> None:
    """None, denied, or about something else."""
    approval = approved().data
    answer = admit(approval, digest_of(approval), decision, around(), book_of("AAPL", Decimal(0), []))
    assert isinstance(answer, Forged)


def test_an_approval_has_the_digest_that_other_versions_give_it() -> None:
    """Risk and engine are replaced one after the other: a new field leaves the bytes of those who do not set it alone.

    Give it `UNSET` as default; else every approval counts as forged until both are new.
    """
    assert digest_of(approved().data) == "202ab69eb9ecf12b4a615dd15804f7a3370c7ca4d058f63ae54563266e3cb5ca"


def test_only_admit_makes_an_approved() -> None:
    """Nobody else has what it takes."""
    with pytest.raises(TypeError, match="only admit"):
        Approved(approved().data, reduction=True, _seal=object())


@pytest.mark.parametrize(
    ("world", "position", "changes", "expected"),
    [
        (around(), 0, {}, None),
        (around(seconds=10), 0, {}, EXPIRED),
        (around(REDUCING), 0, {}, REJECTED),
        (around(REDUCING), -10, {}, None),
        (around(REDUCING), -9, {}, REJECTED),
        (around(HALTED), -10, {}, REJECTED),
        (around(HALTED), -10, {"flatten": Flattening.CONFIRMED}, None),
        (around(HALTED), -10, {"flatten": Flattening.ASKED}, REJECTED),
        (around(HALTED), -10, {"strategy": "flatten"}, REJECTED),
        (around(HALTED), 0, {"flatten": Flattening.CONFIRMED}, REJECTED),
        (around(gates=GONE), 0, {}, REJECTED),
        (around(gates=GONE), -10, {}, None),
        (around(gates=GONE, is_reconciled=False), -10, {}, REJECTED),
        (around(), 10, {"side": Side.SELL}, None),
    ],
)
def test_what_may_be_committed_may_also_leave(
    world: Surroundings, position: int, changes: dict[str, Any], expected: OrderState | None
) -> None:
    """A table of surroundings: both judgements say the same, and one names why not."""
    approval = approved(**changes).data
    book = book_of("AAPL", Decimal(position), [])
    answer = admit(approval, digest_of(approval), decided(**changes), world, book)
    sent = order(
        own=OrderState.INTENT, side=approval.side, flatten=approval.signal.flatten, expires_at=approval.expires_at
    )
    leaving = may_leave(sent, world, book)
    if expected is None:
        assert isinstance(answer, Approved)
        assert leaving is None
    else:
        assert isinstance(answer, Refused)
        assert leaving is not None
        assert (answer.state, leaving.state) == (expected, expected)
        assert answer.reason


def test_the_rows_own_end_counts_too() -> None:
    """An event with a later end than its decision is as old as the decision says."""
    approval = approved().data
    book = book_of("AAPL", Decimal(0), [])
    answer = admit(approval, digest_of(approval), decided(life=3), around(seconds=5), book)
    assert isinstance(answer, Refused)
    assert answer.state is EXPIRED


def test_what_working_reductions_close_is_closed_once() -> None:
    """A second order that closes the same shares adds risk."""
    working = [order(side=Side.SELL, quantity=Decimal(8))]
    left = approved(side=Side.SELL, quantity=Decimal(2)).data
    beyond = approved(side=Side.SELL, quantity=Decimal(3)).data
    book = book_of("AAPL", Decimal(10), working)
    answers = [
        admit(one, digest_of(one), decided(side=Side.SELL, quantity=one.quantity), around(REDUCING), book)
        for one in (left, beyond)
    ]
    assert [isinstance(answer, Approved) for answer in answers] == [True, False]
