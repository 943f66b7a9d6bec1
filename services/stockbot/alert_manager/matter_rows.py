"""Matters in SQL: one row each, for good; at most one of a fingerprint that is not over."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Row, delete, func, select

from stockbot.alert_manager.tables import ALERTS, DELIVERIES
from stockbot.events.alerts import Severity
from stockbot.model.alerts.matters import Matter, Standing
from stockbot.runtime.database import insert

KEPT = timedelta(days=90)  # after a matter is over
FORGOTTEN_AT_ONCE = 500
AT_ONCE = 500  # values in one statement

_labels = msgspec.json.Decoder(dict[str, str])
_FIELDS = [name for name in Matter.__struct_fields__ if name != "labels"]


class NumberedMatter(Struct, frozen=True):
    number: int
    matter: Matter


class Wanted(Struct, frozen=True, kw_only=True):
    """Which matters to list; None does not filter. `before` is the number of the last one seen."""

    limit: int
    before: int | None = None
    state: Standing | None = None
    severity: Severity | None = None
    correlationid: str | None = None


def listed(connection: Connection, wanted: Wanted) -> list[NumberedMatter]:
    """One more than `limit` matters where there are more, the newest first."""
    names = ("state", "severity", "correlationid")
    conditions = [ALERTS.c[name] == value for name in names if (value := getattr(wanted, name)) is not None]
    if wanted.before is not None:
        conditions.append(ALERTS.c.number < wanted.before)
    query = select(ALERTS).where(*conditions).order_by(ALERTS.c.number.desc()).limit(wanted.limit + 1)
    return [NumberedMatter(row.number, matter_of(row)) for row in connection.execute(query)]


def numbered(connection: Connection, alert_id: str) -> list[NumberedMatter]:
    """The matter of that id, if there is one."""
    rows = connection.execute(select(ALERTS).where(ALERTS.c.alert_id == alert_id))
    return [NumberedMatter(row.number, matter_of(row)) for row in rows]


def open_ones(connection: Connection, fingerprints: Sequence[str]) -> dict[str, Matter]:
    """The matters of these fingerprints that are not over; nobody else changes them in this transaction."""
    found: dict[str, Matter] = {}
    for names in batched(fingerprints):
        query = select(ALERTS).where(ALERTS.c.open_key.in_(names)).order_by(ALERTS.c.number).with_for_update()
        found |= {row.fingerprint: matter_of(row) for row in connection.execute(query)}
    return found


def locked(connection: Connection, alert_id: str) -> Matter | None:
    """One matter, which nobody else changes in this transaction; None where there is none of that id."""
    query = select(ALERTS).where(ALERTS.c.alert_id == alert_id).with_for_update()
    row = connection.execute(query).one_or_none()
    return None if row is None else matter_of(row)


def open_of_kind(connection: Connection, kind: str) -> dict[str, Matter]:
    """The matters of a kind that are not over, by fingerprint."""
    start = f"{kind}/"
    condition = (ALERTS.c.open_key >= start) & (ALERTS.c.open_key < f"{kind}0")  # "0" follows "/"
    found = [matter_of(row) for row in connection.execute(select(ALERTS).where(condition))]
    return {matter.fingerprint: matter for matter in found if matter.fingerprint.startswith(start)}


def standing(connection: Connection, *conditions: ColumnElement[bool], limit: int) -> list[Matter]:
    """The oldest matters that are open and fulfil the conditions; nobody else changes them in this transaction."""
    query = select(ALERTS).where(ALERTS.c.state == Standing.OPEN, *conditions).order_by(ALERTS.c.number).limit(limit)
    return [matter_of(row) for row in connection.execute(query.with_for_update())]


def all_standing(connection: Connection, at_once: int) -> Iterator[list[Matter]]:
    """Every open matter, the oldest first, in parts; nobody else changes them in this transaction."""
    after = 0
    while True:
        query = select(ALERTS).where(ALERTS.c.state == Standing.OPEN, ALERTS.c.number > after)
        rows = connection.execute(query.order_by(ALERTS.c.number).limit(at_once).with_for_update()).all()
        if not rows:
            return
        yield [matter_of(row) for row in rows]
        after = rows[-1].number


def by_id(connection: Connection, alert_ids: Sequence[str]) -> dict[str, Matter]:
    found: dict[str, Matter] = {}
    for names in batched(alert_ids):
        rows = connection.execute(select(ALERTS).where(ALERTS.c.alert_id.in_(names)))
        found |= {row.alert_id: matter_of(row) for row in rows}
    return found


def began_since(connection: Connection, fingerprints: Sequence[str], moment: datetime) -> dict[str, int]:
    """How many matters of each fingerprint began from `moment` on."""
    found: dict[str, int] = {}
    for names in batched(fingerprints):
        chosen = ALERTS.c.fingerprint.in_(names), ALERTS.c.first_at >= moment
        query = select(ALERTS.c.fingerprint, func.count()).where(*chosen).group_by(ALERTS.c.fingerprint)
        found.update(connection.execute(query).all())
    return found


def save(connection: Connection, matters: Sequence[Matter]) -> None:
    """Keep the matters as they are now, each once."""
    if matters:
        statement = insert(connection, ALERTS)
        new = {column: statement.excluded[column] for column in ("open_key", "labels", "service", *_FIELDS)}
        # in this order: an ended matter gives its fingerprint free for the next one
        ordered = sorted(matters, key=lambda matter: matter.state is not Standing.RESOLVED)
        statement = statement.on_conflict_do_update(index_elements=["alert_id"], set_=new)
        connection.execute(statement, [_row(matter) for matter in ordered])


def forget(connection: Connection, now: datetime) -> None:
    """Remove some of those that have been over for 90 days, and their deliveries."""
    old = select(ALERTS.c.alert_id).where(ALERTS.c.resolved_at < now - KEPT).limit(FORGOTTEN_AT_ONCE)
    names = list(connection.execute(old).scalars())
    if names:
        connection.execute(delete(DELIVERIES).where(DELIVERIES.c.alert_id.in_(names)))
        connection.execute(delete(ALERTS).where(ALERTS.c.alert_id.in_(names)))


def count_open(connection: Connection) -> Mapping[str, int]:
    """How many matters are not over, by severity."""
    query = select(ALERTS.c.severity, func.count()).where(ALERTS.c.state != Standing.RESOLVED)
    return dict(connection.execute(query.group_by(ALERTS.c.severity)).all())


def matter_of(row: Row[*tuple[Any, ...]]) -> Matter:
    values = {name: getattr(row, name) for name in _FIELDS}
    typed = {"severity": Severity(row.severity), "peak": Severity(row.peak), "state": Standing(row.state)}
    return Matter(**(values | typed | {"labels": _labels.decode(row.labels)}))


def batched(values: Sequence[str]) -> Iterator[Sequence[str]]:
    """Parts of the values, each small enough for one statement."""
    return (values[start : start + AT_ONCE] for start in range(0, len(values), AT_ONCE))


def _row(matter: Matter) -> dict[str, object]:
    values = {name: getattr(matter, name) for name in _FIELDS}
    over = matter.state is Standing.RESOLVED
    own = {"open_key": None if over else matter.fingerprint, "service": matter.service}
    return values | own | {"labels": msgspec.json.encode(matter.labels)}
