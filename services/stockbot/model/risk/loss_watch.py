"""What the losses say between orders: the Risk Guardian evaluates them on a timer, whether or not a signal comes.

A breach of the daily or the drawdown limit tightens the trading state; so does cash that more is committed of than
there is. What a strategy loses blocks that strategy's orders alone, by its checks, and a person hears of it.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal

from msgspec import Struct

from stockbot.events.alerts import Alert, Severity
from stockbot.events.identity import id_of
from stockbot.model.risk import loss
from stockbot.model.risk.checks.finding import in_words
from stockbot.model.risk.inputs import Losses
from stockbot.model.risk.limits import Limits
from stockbot.model.risk.loss import Loss
from stockbot.model.risk.trading_state import Change, Tightening, TradingState, TradingStatus

WHO = "risk-guardian"
DAILY, DRAWDOWN, STRATEGY = "LOSS_EXCEEDS_DAILY_LIMIT", "LOSS_EXCEEDS_DRAWDOWN_LIMIT", "LOSS_EXCEEDS_STRATEGY_LIMIT"
OVERDRAWN = "CASH_OVERDRAWN"
UNKNOWN = "LOSS_UNKNOWN"
LONGEST = 128  # characters of a fingerprint


class LossWatch(Struct, frozen=True, kw_only=True):
    """What the timer sees of an account. `session` is the running or last session's date; None: not known."""

    account: str
    now: datetime
    session: str | None
    equity: Decimal | None
    free_cash: Decimal | None
    losses: Losses
    strategy_losses: Mapping[str, Decimal | None] = {}


class Evaluation(Struct, frozen=True, kw_only=True):
    """What to tighten, and what a RISK_ALERT should say; alerts that are resolved are there as well."""

    tightenings: tuple[Tightening, ...]
    alerts: tuple[Alert, ...]


class _Breach(Struct, frozen=True, kw_only=True):
    limit: str
    state: TradingState
    resume_at_open: bool
    why: str
    is_so: bool


def evaluate_losses(status: TradingStatus, limits: Limits, watch: LossWatch) -> Evaluation:
    """The tightenings that are new to `status`, and one alert for each matter, resolved where it is not so.

    Nothing is tightened in a session for which a person has loosened: their word stands until the next one.
    """
    breaches = list(_breaches(limits, watch))
    waived = status.waived is not None and status.waived == watch.session
    tightenings = () if waived else tuple(_tightening(one, watch) for one in breaches if one.is_so)
    alerts = (*(_alert(one, watch) for one in breaches), _unknown(limits, watch), *_strategies(limits, watch))
    return Evaluation(tightenings=tightenings, alerts=alerts)


def _breaches(limits: Limits, watch: LossWatch) -> Iterator[_Breach]:
    daily, drawdown = _account_losses(limits, watch)
    yield _breach(DAILY, limits.on_daily_loss, daily, resume_at_open=limits.resume_at_open)
    yield _breach(DRAWDOWN, TradingState.REDUCING, drawdown, resume_at_open=False)
    yield _Breach(
        limit=OVERDRAWN,
        state=TradingState.REDUCING,
        resume_at_open=False,
        why=in_words(free_cash=watch.free_cash),
        is_so=watch.free_cash is not None and watch.free_cash < 0,
    )


def _account_losses(limits: Limits, watch: LossWatch) -> tuple[Loss, Loss]:
    return loss.of_day(watch.losses, watch.equity, limits), loss.from_peak(watch.losses, watch.equity, limits)


def _breach(limit: str, state: TradingState, lost: Loss, *, resume_at_open: bool) -> _Breach:
    return _Breach(limit=limit, state=state, resume_at_open=resume_at_open, why=_numbers(lost), is_so=lost.is_too_large)


def _tightening(breach: _Breach, watch: LossWatch) -> Tightening:
    change = Change(who=WHO, when=watch.now, why=f"{breach.limit}: {breach.why}")
    return Tightening(
        limit=breach.limit,
        state=breach.state,
        session=watch.session or "unknown",
        resume_at_open=breach.resume_at_open and watch.session is not None,
        change=change,
    )


def _alert(breach: _Breach, watch: LossWatch) -> Alert:
    return Alert(
        fingerprint=_fingerprint(watch.account, breach.limit),
        severity=Severity.CRITICAL,
        title=f"{breach.limit} on account {watch.account}",
        detail=f"{breach.why}; trading state {breach.state}" if breach.is_so else breach.why,
        resolved=not breach.is_so,
        labels={"account": watch.account, "limit": breach.limit},
    )


def _unknown(limits: Limits, watch: LossWatch) -> Alert:
    known = all(lost.is_known for lost in _account_losses(limits, watch)) and watch.free_cash is not None
    return Alert(
        fingerprint=_fingerprint(watch.account, UNKNOWN),
        severity=Severity.WARNING,
        title=f"Losses of account {watch.account} cannot be told: nothing that adds risk passes",
        detail=in_words(equity=watch.equity, free_cash=watch.free_cash, session=watch.session),
        resolved=known,
        labels={"account": watch.account, "limit": UNKNOWN},
    )


def _strategies(limits: Limits, watch: LossWatch) -> Iterator[Alert]:
    for name, amount in sorted(watch.strategy_losses.items()):
        lost = loss.of_strategy(_of_one(watch.losses, amount), limits)
        yield Alert(
            fingerprint=_fingerprint(watch.account, STRATEGY, name),
            severity=Severity.WARNING,
            title=f"{STRATEGY} by {name}: its orders that add risk are denied",
            detail=_numbers(lost),
            resolved=not lost.is_too_large,
            labels={"account": watch.account, "limit": STRATEGY, "strategy": name},
        )


def _fingerprint(*parts: str) -> str:
    """The matter's name; where names are too long for it, a hash of them: an order from elsewhere may bring any."""
    name = "/".join(("risk", *parts))
    return name if len(name) <= LONGEST else id_of("risk", *parts)


def _of_one(losses: Losses, amount: Decimal | None) -> Losses:
    return Losses(day=losses.day, net_deposits=losses.net_deposits, strategy_loss=amount)


def _numbers(lost: Loss) -> str:
    return in_words(loss=lost.amount, limit=lost.limit, of=lost.base)
