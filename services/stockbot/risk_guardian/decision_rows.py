"""The decisions in SQL: one row for each signal, with the inputs that it was made from."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, Row, bindparam, func, select

from stockbot.events.identity import digest_of
from stockbot.events.trading import Reason, SignalGenerated
from stockbot.model.risk.decide import Approved
from stockbot.model.risk.inputs import to_json
from stockbot.risk_guardian.docket import Counts, Decision
from stockbot.risk_guardian.tables import DECISIONS

NO_REASONS = b"[]"
FORGOTTEN = b"null"  # in the place of inputs that are not kept any more
LISTED = [column for column in DECISIONS.c if column.name not in {"inputs", "signal_digest", "approval_digest"}]


class Outcome(StrEnum):
    APPROVED = "approved"
    DENIED = "denied"


class Earlier(Struct, frozen=True):
    """A decision that was made before, and the digest of the signal that it was about."""

    decision_id: str
    signal_digest: str


class DecisionItem(Struct, frozen=True, kw_only=True):
    """A decision as it is listed; quantity in shares, `held` in the account's currency, both null where denied."""

    number: int
    decision_id: str
    signal_id: str
    correlationid: str
    outcome: Outcome
    strategy: str
    account: str
    symbol: str
    side: str | None
    quantity: Decimal | None
    held: Decimal | None
    reasons: tuple[Reason, ...]
    decided_at: datetime
    expires_at: datetime | None


class Wanted(Struct, frozen=True, kw_only=True):
    """Which decisions to list; None does not filter. `before` is the number of the last one seen."""

    limit: int
    before: int | None = None
    outcome: Outcome | None = None
    strategy: str | None = None
    correlationid: str | None = None


def earlier(connection: Connection, signal_ids: Iterable[str]) -> dict[str, Earlier]:
    """The decisions that were made about these signals before, by signal."""
    rows = connection.execute(_EARLIER, {"signals": list(signal_ids)})
    return {signal_id: Earlier(decision_id, digest) for signal_id, decision_id, digest in rows}


def approved_since(connection: Connection, moment: datetime) -> Counts:
    """How many orders were approved from `moment` on, by account and strategy."""
    rows = connection.execute(_APPROVED_SINCE, {"moment": moment})
    return {(account, strategy): count for account, strategy, count in rows}


def add(connection: Connection, made: Sequence[tuple[SignalGenerated, Decision]]) -> None:
    """Store decisions in the order in which they were made."""
    if made:
        connection.execute(_ADD, [_row(event, decision) for event, decision in made])


def listed(connection: Connection, wanted: Wanted) -> list[DecisionItem]:
    """One more than `limit` decisions where there are more, the newest first."""
    conditions = [
        column == value
        for column, value in (
            (DECISIONS.c.outcome, wanted.outcome),
            (DECISIONS.c.strategy, wanted.strategy),
            (DECISIONS.c.correlationid, wanted.correlationid),
        )
        if value is not None
    ]
    if wanted.before is not None:
        conditions.append(DECISIONS.c.number < wanted.before)
    statement = select(*LISTED).where(*conditions).order_by(DECISIONS.c.number.desc()).limit(wanted.limit + 1)
    return [_item(row) for row in connection.execute(statement)]


def inputs_of(connection: Connection, decision_id: str) -> tuple[DecisionItem, bytes] | None:
    """One decision and the JSON of its inputs; None where there is none of that id."""
    row = connection.execute(
        select(*LISTED, DECISIONS.c.inputs).where(DECISIONS.c.decision_id == decision_id)
    ).one_or_none()
    return None if row is None else (_item(row), bytes(row.inputs))


def _row(event: SignalGenerated, decision: Decision) -> dict[str, object]:
    inputs, answer = decision.inputs, decision.answer
    row: dict[str, object] = {
        "decision_id": inputs.decision_id,
        "signal_id": inputs.signal_id,
        "signal_digest": decision.signal_digest,
        "correlationid": event.correlationid,
        "strategy": inputs.signal.strategy,
        "account": inputs.signal.account,
        "symbol": inputs.signal.symbol,
        "decided_at": inputs.now,
        "inputs": to_json(inputs),
    }
    return row | (_approved(answer) if isinstance(answer, Approved) else _denied(answer.denial.reasons))


def _approved(answer: Approved) -> dict[str, object]:
    approval = answer.approval
    return {
        "outcome": Outcome.APPROVED,
        "side": approval.side,
        "quantity": approval.quantity,
        "held": approval.held,
        "reasons": NO_REASONS,
        "expires_at": approval.expires_at,
        "approval_digest": digest_of(approval),
    }


def _denied(reasons: tuple[Reason, ...]) -> dict[str, object]:
    nothing = dict.fromkeys(("side", "quantity", "held", "expires_at", "approval_digest"))
    return {"outcome": Outcome.DENIED, "reasons": msgspec.json.encode(reasons), **nothing}


def _item(row: Row[*tuple[Any, ...]]) -> DecisionItem:
    values = {column.name: getattr(row, column.name) for column in LISTED}
    reasons = msgspec.json.decode(values["reasons"], type=tuple[Reason, ...])
    return DecisionItem(**(values | {"reasons": reasons, "outcome": Outcome(values["outcome"])}))


# Made once: they are needed for every batch of signals, and making a statement costs more than running it.

_ADD = DECISIONS.insert()
_EARLIER = select(DECISIONS.c.signal_id, DECISIONS.c.decision_id, DECISIONS.c.signal_digest).where(
    DECISIONS.c.signal_id.in_(bindparam("signals", expanding=True))
)
_APPROVED_SINCE = (
    select(DECISIONS.c.account, DECISIONS.c.strategy, func.count())
    .where(DECISIONS.c.decided_at > bindparam("moment"), DECISIONS.c.outcome == Outcome.APPROVED)
    .group_by(DECISIONS.c.account, DECISIONS.c.strategy)
)
