"""A batch of signals, each seeing what those before it hold."""

from decimal import Decimal

from tests.services.risk_guardian.conftest import CASH, market, portfolio, signal

from stockbot.events.identity import decision_id_of
from stockbot.model.risk.account import Account
from stockbot.model.risk.decide import Approved, Denied
from stockbot.model.risk.limits import Limits
from stockbot.model.risk.trading_state import TradingState
from stockbot.risk_guardian.account_state import AccountState, take_portfolio
from stockbot.risk_guardian.docket import Docket

WIDE = Limits(
    max_order_notional=CASH,
    max_position_notional=2 * CASH,
    max_position_weight=Decimal(2),
    max_net_exposure=Decimal(5),
    max_gross_exposure=Decimal(5),
)


def docket(limits: Limits = WIDE) -> Docket:
    made = Docket(market=market(), limits=limits, trading_state=TradingState.ACTIVE)
    empty = AccountState(account=Account(name="paper"))
    made.open([take_portfolio(empty, portfolio(1, 0).data, "portfolio-manager/0")], {})
    return made


def codes(answer: Approved | Denied) -> list[str]:
    return [] if isinstance(answer, Approved) else [reason.code for reason in answer.denial.reasons]


def test_two_signals_cannot_spend_the_same_cash() -> None:
    """The first holds most of the cash, the second finds it held."""
    batch = docket()
    big = signal(1, quantity=Decimal(600)).data
    assert codes(batch.decide("one", big, "digest").answer) == []
    assert codes(batch.decide("two", big, "digest").answer) == ["NOTIONAL_EXCEEDS_FREE_CASH"]


def test_orders_of_the_batch_count_for_its_rate() -> None:
    """An approval counts at once, for the account and for its strategy; another strategy's does not."""
    batch = docket(Limits(max_orders_per_minute_per_strategy=1))
    data = signal().data
    assert codes(batch.decide("one", data, "digest").answer) == []
    assert codes(batch.decide("two", data, "digest").answer) == ["RATE_EXCEEDS_STRATEGY_LIMIT"]
    assert batch.orders_of("paper") == {"trend": 1}
    assert batch.orders_of("other") == {}


def test_an_account_that_nobody_knows_opens_nothing() -> None:
    """Cash and positions of an unknown account are not taken for zero or for enough."""
    answer = docket().decide("one", signal(account="elsewhere").data, "digest").answer
    assert "ACCOUNT_UNKNOWN" in codes(answer)


def test_a_signal_has_one_decision_id() -> None:
    """The id follows from the signal's and is another for another signal, however long both are."""
    assert decision_id_of("a") == decision_id_of("a") != decision_id_of("b")
    assert len(decision_id_of("x" * 128)) <= 128
