"""The trading state in SQL: one row with what counts now, and one for each change with who, when and why."""

from datetime import datetime
from functools import cache

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from stockbot.model.risk.trading_state import Change, TradingState, TradingStatus
from stockbot.risk_guardian.tables import TRADING_STATE, TRADING_STATE_CHANGES
from stockbot.runtime.database import insert_into

PLATFORM = "platform"

_statuses = msgspec.json.Decoder(TradingStatus)


class StateChange(Struct, frozen=True, kw_only=True):
    """One line of the history: the effective state since then, and who wanted what and why."""

    number: int
    who: str
    when: datetime
    why: str
    effective: TradingState


def read(connection: Connection) -> TradingStatus:
    """The status as it is, without locking it; Active where nothing was ever said."""
    return _decoded(connection.execute(_STATUS).scalar())


def lock(connection: Connection) -> TradingStatus:
    """The status, which nobody else can change before the transaction ends."""
    blank = TradingStatus()
    row = {"name": PLATFORM, "effective": blank.effective, "status": msgspec.json.encode(blank)}
    connection.execute(_beginning(connection.dialect.name), row)
    return _decoded(connection.execute(_LOCKED).scalar())


def share(connection: Connection) -> TradingStatus:
    """The status, which stays as it is until the transaction ends: what is decided in it is decided under it."""
    return _decoded(connection.execute(_SHARED).scalar())


def write(connection: Connection, status: TradingStatus, change: Change) -> None:
    """Store the new status and its line of the history."""
    values = {"effective": status.effective, "status": msgspec.json.encode(status)}
    connection.execute(TRADING_STATE.update().where(TRADING_STATE.c.name == PLATFORM).values(values))
    line = {"who": change.who, "changed_at": change.when, "why": change.why, **values}
    connection.execute(TRADING_STATE_CHANGES.insert().values(line))


def history(connection: Connection, limit: int, before: int | None) -> list[StateChange]:
    """One more than `limit` changes where there are more, the newest first."""
    table = TRADING_STATE_CHANGES
    statement = select(table).order_by(table.c.number.desc()).limit(limit + 1)
    if before is not None:
        statement = statement.where(table.c.number < before)
    return [
        StateChange(
            number=row.number, who=row.who, when=row.changed_at, why=row.why, effective=TradingState(row.effective)
        )
        for row in connection.execute(statement)
    ]


def _decoded(status: bytes | None) -> TradingStatus:
    return TradingStatus() if status is None else _statuses.decode(status)


# Made once: they are needed for every batch and every round, and making a statement costs more than running it.


@cache
def _beginning(dialect: str) -> postgresql.Insert | sqlite.Insert:
    return insert_into(TRADING_STATE, dialect).on_conflict_do_nothing()


_STATUS = select(TRADING_STATE.c.status).where(TRADING_STATE.c.name == PLATFORM)
_LOCKED = _STATUS.with_for_update()
_SHARED = _STATUS.with_for_update(read=True)
