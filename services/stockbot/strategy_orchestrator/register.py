"""What people want of each strategy, and how it fares on each shard: rows in SQL, so a restart changes neither."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from msgspec import Struct
from sqlalchemy import Connection, func, insert, select

from stockbot.model.strategies.lifecycle import Life, State
from stockbot.runtime import database
from stockbot.strategy_orchestrator.tables import DESIRES, INSTANCES


class Desire(StrEnum):
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"


class Request(Struct, frozen=True, kw_only=True):
    """What somebody asked for at run time; `enabled` is what the document said at that moment."""

    number: int
    desire: Desire
    enabled: bool
    who: str
    why: str
    changed_at: datetime


class Standing(Struct, frozen=True, kw_only=True):
    """How a strategy fares on one shard; `obeyed` is the number of the last request that was followed."""

    strategy: str
    shard: int
    life: Life
    since: datetime
    digest: str
    obeyed: int


def desired(enabled: bool, request: Request | None) -> tuple[Desire, int]:
    """What counts: the request, unless the document has been changed since; and the request's number."""
    if request is not None and request.enabled == enabled:
        return request.desire, request.number
    return (Desire.RUNNING if enabled else Desire.STOPPED), 0


def ask(
    connection: Connection, strategy: str, desire: Desire, *, enabled: bool, who: str, why: str, now: datetime
) -> None:
    """Keep a request, beside all those before it."""
    row = {"strategy": strategy, "desire": desire, "enabled": enabled, "who": who, "why": why, "changed_at": now}
    connection.execute(insert(DESIRES), row)


def requests(connection: Connection) -> dict[str, Request]:
    """The latest request for each strategy."""
    return {row.strategy: _request(row) for row in connection.execute(_LATEST)}


# made once: it is asked twice a second
_LATEST = select(DESIRES).where(DESIRES.c.number.in_(select(func.max(DESIRES.c.number)).group_by(DESIRES.c.strategy)))


def _request(row: object) -> Request:
    fields = {name: getattr(row, name) for name in Request.__struct_fields__ if name != "desire"}
    return Request(desire=Desire(row.desire), **fields)  # type: ignore[attr-defined]


def standings(connection: Connection) -> list[Standing]:
    """How every strategy fares on every shard."""
    return [
        Standing(
            strategy=row.strategy,
            shard=row.shard,
            life=Life(state=State(row.state), reason=row.reason),
            since=row.since,
            digest=row.digest,
            obeyed=row.obeyed,
        )
        for row in connection.execute(select(INSTANCES).order_by(INSTANCES.c.strategy, INSTANCES.c.shard))
    ]


def keep(connection: Connection, changed: Sequence[Standing]) -> None:
    for standing in changed:
        values = {
            "state": standing.life.state,
            "reason": standing.life.reason,
            "since": standing.since,
            "digest": standing.digest,
            "obeyed": standing.obeyed,
        }
        place = {"strategy": standing.strategy, "shard": standing.shard}
        statement = database.insert(connection, INSTANCES).values(**place, **values)
        connection.execute(statement.on_conflict_do_update(index_elements=[*place], set_=values))
