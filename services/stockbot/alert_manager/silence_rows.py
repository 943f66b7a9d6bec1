"""Silences and the record of what people did, in SQL."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict
from sqlalchemy import ColumnElement, Connection, and_, func, not_, select, update

from stockbot.alert_manager.tables import ACTIONS, ALERTS, SILENCES
from stockbot.events.alerts import Severity
from stockbot.model.alerts.silences import Silence

MOST_ACTIVE = 500


class Numbered(Struct, frozen=True):
    number: int
    silence: Silence


def add(connection: Connection, silence: Silence) -> None:
    connection.execute(SILENCES.insert().values(asdict(silence)))


def active(connection: Connection, now: datetime) -> list[Silence]:
    """The silences that count at this moment."""
    query = select(SILENCES).where(SILENCES.c.until > now, SILENCES.c.ended_at.is_(None)).limit(MOST_ACTIVE)
    return [_numbered(row).silence for row in connection.execute(query).mappings()]


def listed(connection: Connection, limit: int, before: int | None) -> list[Numbered]:
    """One more than `limit` silences where there are more, the newest first."""
    query = select(SILENCES).order_by(SILENCES.c.number.desc()).limit(limit + 1)
    if before is not None:
        query = query.where(SILENCES.c.number < before)
    return [_numbered(row) for row in connection.execute(query).mappings()]


def one(connection: Connection, silence_id: str) -> Silence | None:
    row = connection.execute(select(SILENCES).where(SILENCES.c.silence_id == silence_id)).mappings().one_or_none()
    return None if row is None else _numbered(row).silence


def end(connection: Connection, silence_id: str, now: datetime) -> None:
    """End a silence early; one that has ended stays as it is."""
    mine = (SILENCES.c.silence_id == silence_id) & SILENCES.c.ended_at.is_(None)
    connection.execute(update(SILENCES).where(mine).values(ended_at=now))


def untouched(silences: Sequence[Silence]) -> ColumnElement[bool] | None:
    """The condition that none of these silences fits a row of alerts; None where there are none.

    Says in SQL what `Silence.fits` says of a matter.
    """
    return and_(*(not_(_fits(silence)) for silence in silences)) if silences else None


def record(connection: Connection, *, who: str, what: str, subject: str, why: str, at: datetime) -> None:
    """Keep who did what, when and why."""
    connection.execute(ACTIONS.insert().values(who=who, what=what, subject=subject[:128], why=why, at=at))


def _fits(silence: Silence) -> ColumnElement[bool]:
    prefix = silence.fingerprint_prefix or ""
    conditions = [func.substr(ALERTS.c.fingerprint, 1, len(prefix)) == prefix]
    if silence.service is not None:
        conditions.append(ALERTS.c.service == silence.service)
    if silence.severity is not None:
        conditions.append(ALERTS.c.severity == silence.severity)
    return and_(*conditions)


def _numbered(row: Mapping[Any, Any]) -> Numbered:
    values = dict(row)
    number, severity = values.pop("number"), values.pop("severity")
    return Numbered(number, Silence(**values, severity=None if severity is None else Severity(severity)))
