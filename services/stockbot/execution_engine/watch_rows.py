"""Drift, troubles, audit and idempotent requests in SQL."""

from collections.abc import Iterable
from datetime import datetime

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, delete, select, update

from stockbot.events.trading import Flattening
from stockbot.execution_engine.tables import AUDIT, CLOSES, DRIFTS, REQUESTS, TROUBLES
from stockbot.model.orders.reconciliation import Drift, DriftKind


class DriftItem(Struct, frozen=True, kw_only=True):
    """One difference between our books and the broker's, and since when it is known."""

    kind: DriftKind
    subject: str
    ours: str
    brokers: str
    since: datetime


class Request(Struct, frozen=True, kw_only=True):
    """What a person asked for under an Idempotency-Key."""

    key: str
    digest: str
    signal_id: str
    correlationid: str


class PendingClose(Struct, frozen=True, kw_only=True):
    """A symbol that a person wants closed once nothing works in it any more; its orders are one chain."""

    correlationid: str
    symbol: str
    flatten: Flattening
    reason: str
    asked_at: datetime


def closes(connection: Connection) -> list[PendingClose]:
    """The closes that wait, the oldest first."""
    return msgspec.convert(connection.execute(_CLOSES).all(), list[PendingClose], from_attributes=True)


def add_closes(connection: Connection, wanted: Iterable[PendingClose]) -> None:
    rows = [msgspec.structs.asdict(one) for one in wanted]
    if rows:
        connection.execute(CLOSES.insert(), rows)


def drop_close(connection: Connection, correlationid: str) -> None:
    connection.execute(delete(CLOSES).where(CLOSES.c.correlationid == correlationid))


def drifts(connection: Connection) -> list[DriftItem]:
    """All that is different now, the oldest first."""
    rows = connection.execute(_DRIFTS)
    return [
        DriftItem(kind=DriftKind(row.kind), subject=row.subject, ours=row.ours, brokers=row.brokers, since=row.since)
        for row in rows
    ]


def keep_drifts(connection: Connection, found: Iterable[Drift], now: datetime) -> tuple[list[Drift], list[DriftItem]]:
    """Store what is different now; returns what is new, and what is over. What was different before keeps its time."""
    current = {(drift.kind, drift.subject): drift for drift in found}
    before = {(item.kind, item.subject): item for item in drifts(connection)}
    connection.execute(delete(DRIFTS))
    rows = [
        {
            "kind": drift.kind,
            "subject": drift.subject,
            "ours": drift.ours,
            "brokers": drift.brokers,
            "since": before[key].since if key in before else now,
        }
        for key, drift in current.items()
    ]
    if rows:
        connection.execute(DRIFTS.insert(), rows)
    fresh = [drift for key, drift in current.items() if key not in before]
    return fresh, [item for key, item in before.items() if key not in current]


def even_out(connection: Connection, drift: DriftItem) -> None:
    """Our side became as the broker's: the row stays, and with it the gate, until they are compared again."""
    place = (DRIFTS.c.kind == drift.kind) & (DRIFTS.c.subject == drift.subject)
    connection.execute(update(DRIFTS).where(place).values(ours=drift.brokers))


def add_trouble(connection: Connection, kind: str, subject: str, reason: str, now: datetime) -> bool:
    """Write it down; False where exactly this was written down before."""
    row = {"kind": kind, "subject": subject, "reason": reason[:2000]}
    same = [TROUBLES.c[name] == value for name, value in row.items()]
    if connection.execute(select(TROUBLES.c.number).where(*same).limit(1)).first() is not None:
        return False
    connection.execute(TROUBLES.insert().values(at=now, **row))
    return True


def audit(connection: Connection, who: str, what: str, subject: str, why: str, now: datetime) -> None:
    """Write down what a person did."""
    connection.execute(AUDIT.insert().values(at=now, who=who, what=what, subject=subject, why=why))


def request(connection: Connection, key: str) -> Request | None:
    row = connection.execute(select(REQUESTS).where(REQUESTS.c.key == key)).one_or_none()
    return None if row is None else Request(**{name: getattr(row, name) for name in Request.__struct_fields__})


def keep_request(connection: Connection, asked: Request, now: datetime) -> None:
    values = {name: getattr(asked, name) for name in Request.__struct_fields__}
    connection.execute(REQUESTS.insert().values(created_at=now, **values))


# Made once: they are asked for all the time, and making a statement costs more than running it.
_CLOSES = select(CLOSES).order_by(CLOSES.c.asked_at, CLOSES.c.symbol)
_DRIFTS = select(DRIFTS).order_by(DRIFTS.c.since, DRIFTS.c.kind, DRIFTS.c.subject)
