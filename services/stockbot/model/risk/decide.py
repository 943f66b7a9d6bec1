"""Yes or no to one signal: the only place where an order is approved. Used by the Risk Guardian and by backtests.

The answer depends on the inputs alone, so the recorded inputs always give the recorded answer.
"""

from datetime import timedelta
from decimal import ROUND_UP, Decimal

from msgspec import Struct

from stockbot.events.trading import Approval, Denial, Reason
from stockbot.model.risk.account import Hold
from stockbot.model.risk.book import Line
from stockbot.model.risk.checks import CHECKS, Check, Finding, Kind
from stockbot.model.risk.inputs import DecisionInputs
from stockbot.model.risk.proposal import Proposal, propose

APPROVAL_LIVES = timedelta(seconds=10)
VALIDITY = tuple(check for check in CHECKS if check.kind is Kind.VALIDITY)
_CENT = Decimal("0.01")


class Approved(Struct, frozen=True, kw_only=True):
    """What may be sent, and what to hold for it under the decision's id."""

    approval: Approval
    hold: Hold


class Denied(Struct, frozen=True, kw_only=True):
    """Nothing may be sent; the denial has every reason."""

    denial: Denial


class Judgement(Struct, frozen=True, kw_only=True):
    """One check with its numbers. A reduction is excused from limits: they are judged, and block nothing."""

    code: str
    kind: Kind
    passed: bool
    excused: bool
    detail: str
    sentence: str


def decide(inputs: DecisionInputs, known: Line | None = None) -> Approved | Denied:
    """Judge the order that the signal would become; one failed check that applies is enough to deny it.

    `known` as in `propose`: it changes no answer.
    """
    order = propose(inputs, known)
    applying = VALIDITY if order.reduction else CHECKS
    failed = [(check, finding) for check in applying if not (finding := check.judge(order)).passed]
    return Denied(denial=_denial(inputs, failed)) if failed else _approved(order)


def what_if(inputs: DecisionInputs) -> list[Judgement]:
    """Every check of the order that the signal would become, passed or not, in the table's order."""
    order = propose(inputs)
    return [_judgement(check, check.judge(order), order) for check in CHECKS]


def _is_excused(check: Check, order: Proposal) -> bool:
    return order.reduction and check.kind is Kind.LIMIT


def _judgement(check: Check, finding: Finding, order: Proposal) -> Judgement:
    return Judgement(
        code=check.code,
        kind=check.kind,
        passed=finding.passed,
        excused=_is_excused(check, order),
        detail=finding.detail,
        sentence=check.sentence,
    )


def _approved(order: Proposal) -> Approved:
    approval = Approval(
        decision_id=order.inputs.decision_id,
        signal_id=order.inputs.signal_id,
        signal=order.inputs.signal,
        side=order.side,
        quantity=order.quantity,
        terms=order.terms,
        held=_held(order),
        reduction=order.reduction,
        replaces=order.hold.replaces,
        expires_at=order.inputs.now + APPROVAL_LIVES,
    )
    return Approved(approval=approval, hold=order.hold)


def _held(order: Proposal) -> Decimal:
    """The cash that this order takes from what is free, in whole cents; a reduction takes none, known or not."""
    before, after = order.before.committed, order.after.committed
    if before is None or after is None:
        return Decimal(0)
    return (after - before).quantize(_CENT, ROUND_UP)


def _denial(inputs: DecisionInputs, failed: list[tuple[Check, Finding]]) -> Denial:
    return Denial(
        decision_id=inputs.decision_id,
        signal_id=inputs.signal_id,
        strategy=inputs.signal.strategy,
        account=inputs.signal.account,
        symbol=inputs.signal.symbol,
        reasons=tuple(Reason(code=check.code, detail=finding.detail) for check, finding in failed),
    )
