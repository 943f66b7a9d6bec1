"""Losses on a timer: what they tighten, what they tell, and what a person has taken upon them."""

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from stockbot.events.alerts import Alert
from stockbot.model.risk.inputs import Losses
from stockbot.model.risk.limits import Limits
from stockbot.model.risk.loss_watch import DAILY, DRAWDOWN, OVERDRAWN, STRATEGY, UNKNOWN, LossWatch, evaluate_losses
from stockbot.model.risk.session_day import Peak, SessionDay
from stockbot.model.risk.trading_state import Change, TradingState, TradingStatus, choose, tighten
from stockbot.testing.clock import START as NOW

WATCH = LossWatch(
    account="paper",
    now=NOW,
    session="2026-03-02",
    equity=Decimal(100_000),
    free_cash=Decimal(0),
    losses=Losses(
        day=SessionDay(date="2026-03-02", equity=Decimal(100_000)),
        peak=Peak(equity=Decimal(100_000)),
        net_deposits=Decimal(0),
    ),
)
FRESH = TradingStatus()


def evaluated(limits: Limits | None = None, status: TradingStatus = FRESH, **changes: Any) -> Any:
    return evaluate_losses(status, limits or Limits(), replace(WATCH, **changes))


def alert(alerts: tuple[Alert, ...], code: str) -> Alert:
    (found,) = (one for one in alerts if f"/{code}" in one.fingerprint)
    return found


@pytest.mark.parametrize(("equity", "breached"), [("98000.01", False), ("98000", False), ("97999.99", True)])
def test_a_daily_loss_tightens_beyond_its_limit(equity: str, breached: bool) -> None:
    """Up to the limit nothing happens; one cent more tightens the state and raises an alert."""
    found = evaluated(equity=Decimal(equity))
    assert [one.limit for one in found.tightenings] == ([DAILY] if breached else [])
    assert alert(found.alerts, DAILY).resolved is not breached


@pytest.mark.parametrize(("equity", "breached"), [("90000.01", False), ("90000", False), ("89999.99", True)])
def test_a_drawdown_tightens_beyond_its_limit(equity: str, breached: bool) -> None:
    """The fall from the peak counts whatever the day began with, and only a person ends it."""
    losses = replace(WATCH.losses, day=SessionDay(date="2026-03-02", equity=Decimal(90_000)))
    found = evaluated(Limits(resume_at_open=True), equity=Decimal(equity), losses=losses)
    assert [(one.limit, one.state, one.resume_at_open) for one in found.tightenings] == (
        [(DRAWDOWN, TradingState.REDUCING, False)] if breached else []
    )


@pytest.mark.parametrize("response", [TradingState.REDUCING, TradingState.HALTED])
def test_the_document_says_what_a_daily_loss_does(response: TradingState) -> None:
    """The response and whether it ends at the open come from the limits; who, when and why are told."""
    found = evaluated(Limits(on_daily_loss=response, resume_at_open=True), equity=Decimal(97_000))
    (only,) = found.tightenings
    assert (only.state, only.resume_at_open, only.session) == (response, True, "2026-03-02")
    assert only.change == Change(who="risk-guardian", when=NOW, why=f"{DAILY}: loss=3000 limit=2000.00 of=100000")
    assert alert(found.alerts, DAILY).detail == f"loss=3000 limit=2000.00 of=100000; trading state {response}"


def test_committed_cash_that_is_not_there_tightens() -> None:
    """Where a stop gapped beyond its allowance, free cash is below zero: that is Reducing and an alert."""
    assert [one.limit for one in evaluated(free_cash=Decimal("-0.01")).tightenings] == [OVERDRAWN]


def test_a_person_s_word_stands_until_the_next_session() -> None:
    """After a person has loosened, the same session tightens no more, and the next one does again."""
    (tightened,) = evaluated(equity=Decimal(97_000)).tightenings
    change = Change(who="ann", when=NOW, why="known")
    status = choose(tighten(FRESH, tightened), TradingState.ACTIVE, change, session="2026-03-02")
    assert evaluated(status=status, equity=Decimal(97_000)).tightenings == ()
    assert not alert(evaluated(status=status, equity=Decimal(97_000)).alerts, DAILY).resolved
    assert evaluated(status=status, equity=Decimal(97_000), session="2026-03-03").tightenings


def test_one_strategy_s_loss_touches_no_other() -> None:
    """A strategy beyond its limit is told of, and the account's trading state stays."""
    found = evaluated(strategy_losses={"trend": Decimal("1000.01"), "momentum": Decimal(1000), "new": None})
    assert found.tightenings == ()
    assert [one.labels["strategy"] for one in found.alerts if "strategy" in one.labels and not one.resolved] == [
        "trend"
    ]
    assert alert(found.alerts, f"{STRATEGY}/trend").detail == "loss=1000.01 limit=1000.00 of=100000"


@pytest.mark.parametrize(
    "changes",
    [{"equity": None}, {"free_cash": None}, {"losses": Losses(net_deposits=Decimal(0))}, {"losses": Losses()}],
)
def test_what_cannot_be_told_is_told(changes: dict[str, Any]) -> None:
    """Unknown losses tighten nothing by themselves, for every order that adds risk is denied; a person hears of it."""
    found = evaluated(**changes)
    assert found.tightenings == ()
    assert not alert(found.alerts, UNKNOWN).resolved
    assert alert(evaluated().alerts, UNKNOWN).resolved


def test_without_a_known_session_only_a_person_loosens() -> None:
    """A tightening that cannot be placed in a session does not end by itself."""
    found = evaluated(Limits(resume_at_open=True), equity=Decimal(97_000), session=None)
    assert [one.resume_at_open for one in found.tightenings] == [False]


def test_any_name_has_a_fingerprint_that_fits() -> None:
    """A report from elsewhere may name a strategy as long as it likes: its alert can be stored, and is one matter."""
    long = "x" * 128
    found = [evaluated(strategy_losses={long: Decimal(amount)}).alerts[-1] for amount in (5000, 0)]
    assert found[0].fingerprint == found[1].fingerprint
    assert len(found[0].fingerprint) <= 128
    assert [one.resolved for one in found] == [False, True]
