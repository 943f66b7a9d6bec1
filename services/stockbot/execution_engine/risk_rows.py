"""What the Execution Engine reads of the Risk Guardian's tables, in its own transactions; it never writes there.

Only the columns that are needed are declared; a test compares them with the owner's tables.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, String, bindparam, column, select, table
from sqlalchemy.exc import OperationalError, ProgrammingError

from stockbot.errors import Unavailable
from stockbot.model.orders.admission import Decision
from stockbot.model.risk.trading_state import TradingState
from stockbot.runtime.columns import UtcDateTime

PLATFORM = "platform"
DECISIONS = table(
    "risk_decisions",
    column("decision_id", String(128)),
    column("outcome", String(16)),
    column("approval_digest", String(64)),
    column("expires_at", UtcDateTime),
)
TRADING_STATE = table("risk_trading_state", column("name", String(16)), column("effective", String(16)))

# Made once: making a statement costs more than running it.
_DECISIONS = select(DECISIONS).where(DECISIONS.c.decision_id.in_(bindparam("ids", expanding=True)))
_STATE = select(TRADING_STATE.c.effective).where(TRADING_STATE.c.name == PLATFORM).with_for_update(read=True)


def decisions(connection: Connection, decision_ids: Iterable[str]) -> dict[str, Decision]:
    """The decisions of these ids that there are."""
    with _owned_by_another():
        rows = connection.execute(_DECISIONS, {"ids": list(decision_ids)}).all()
    return {
        row.decision_id: Decision(outcome=row.outcome, digest=row.approval_digest, expires_at=row.expires_at)
        for row in rows
    }


def trading_state(connection: Connection) -> TradingState:
    """The effective state, which stays as it is until the transaction ends; Active where nothing was ever said."""
    with _owned_by_another():
        effective = connection.execute(_STATE).scalar()
    return TradingState.ACTIVE if effective is None else TradingState(effective)


@contextmanager
def _owned_by_another() -> Iterator[None]:
    """Another service makes these tables: until it has, nothing that needs them can be done, and nothing is lost."""
    try:
        yield
    except (OperationalError, ProgrammingError) as error:
        why = str(error.orig).strip().partition("\n")[0]
        raise Unavailable(
            f"the Risk Guardian's tables, which it makes when it starts, cannot be read: {why}"
        ) from error
