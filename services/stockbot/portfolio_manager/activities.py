"""Books what happened at the broker beside fills: deposits, dividends, fees, interest, splits, busts; in their order.

The Execution Engine appends them to `execution_activities`; how far they are booked is kept with the account. What
contradicts the ledger is put aside with its reason and stops nothing else. A bust may be seen here before its
execution has come over the bus: it waits for a while.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

import msgspec
import structlog
from sqlalchemy import Connection, bindparam, select
from sqlalchemy.exc import InterfaceError, OperationalError

from stockbot.errors import Conflict, Unavailable
from stockbot.model.ledger.entries import Kind
from stockbot.model.ledger.money import NOTHING, money
from stockbot.portfolio_manager import booked_rows, store
from stockbot.portfolio_manager.account_state import Activity
from stockbot.portfolio_manager.batch import Batch, Terms
from stockbot.portfolio_manager.corrections import Correction, book_correction, split_by_change
from stockbot.portfolio_manager.openings import has_table
from stockbot.portfolio_manager.tables import DEAD_LETTERS, EXECUTION_ACTIVITIES
from stockbot.runtime.dead_letters import DeadLetter, put_aside

STREAM = EXECUTION_ACTIVITIES.name  # what their dead letters are kept under
GROUP = "portfolio-manager"
AT_ONCE = 100
BUST_SECONDS = 60.0  # so long a bust waits for its execution

# made once: the watch asks every second, and to build a statement takes longer than to run it
_FOLLOWING = (
    select(EXECUTION_ACTIVITIES)
    .where(
        EXECUTION_ACTIVITIES.c.account == bindparam("of_account"), EXECUTION_ACTIVITIES.c.number > bindparam("after")
    )
    .order_by(EXECUTION_ACTIVITIES.c.number)
    .limit(AT_ONCE)
)

logger = structlog.stdlib.get_logger(__name__)


class NotYet(Exception):
    """The execution that is taken back has not come over the bus yet."""


@dataclass
class Activities:
    """Reads on from where each account stands. `monotonic` counts how long a bust has waited."""

    monotonic: Callable[[], float]
    _waiting: dict[str, float] = field(default_factory=dict)

    def book(self, connection: Connection, terms: Terms, account: str, after: int) -> int:
        """Book what follows `after`, in this transaction; returns how many were booked or put aside."""
        done = 0
        for activity in _following(connection, account, after):
            try:
                self._book_one(connection, terms, activity)
            except NotYet:
                break
            done += 1
        return done

    def _book_one(self, connection: Connection, terms: Terms, activity: Activity) -> None:
        """Book it, or put it aside for whatever reason: nothing that the broker says may stop what comes after it."""
        try:
            with connection.begin_nested():
                _book(connection, terms, activity)
        except (Unavailable, OperationalError, InterfaceError):
            raise  # the database's trouble, and not the activity's
        except Exception as error:
            if self._may_still_come(connection, activity):
                raise NotYet from error
            _set_aside(connection, activity, f"{type(error).__name__}: {error}", terms)

    def _may_still_come(self, connection: Connection, activity: Activity) -> bool:
        if activity.kind != Kind.BUST or activity.execution_id is None:
            return False
        if store.execution(connection, activity.account, activity.execution_id) is not None:
            return False
        since = self._waiting.setdefault(activity.activity_id, self.monotonic())
        return self.monotonic() - since < BUST_SECONDS


def _book(connection: Connection, terms: Terms, activity: Activity) -> None:
    batch = store.begin(connection, terms, {(activity.account, activity.symbol or "")})
    book_correction(connection, batch, _correction(activity, batch))
    _keep(connection, batch, activity)


def _keep(connection: Connection, batch: Batch, activity: Activity) -> None:
    """Write the batch, and that the account has come as far as this activity."""
    state = batch.accounts[activity.account]
    batch.accounts[activity.account] = msgspec.structs.replace(state, activity_number=activity.number)
    booked_rows.keep(connection, batch)


def _following(connection: Connection, account: str, after: int) -> list[Activity]:
    if not has_table(connection, EXECUTION_ACTIVITIES.name):
        return []
    rows = connection.execute(_FOLLOWING, {"of_account": account, "after": after})
    return [Activity(**row) for row in rows.mappings()]


def _correction(activity: Activity, batch: Batch) -> Correction:
    """The entry that an activity asks for. Conflict where the ledger cannot book it."""
    kind = _kind(activity)
    new, old = None, None
    if kind is Kind.SPLIT:
        new, old = split_by_change(batch.book(activity.account, activity.symbol or ""), activity.quantity or NOTHING)
    return Correction(
        kind=kind,
        account=activity.account,
        source_id=activity.activity_id,
        amount=_amount(activity),
        symbol=activity.symbol,
        quantity=activity.quantity,
        new=new,
        old=old,
        execution_id=activity.execution_id,
        note=activity.note or f"{activity.kind} at the broker",
        at=activity.at,
    )


def _kind(activity: Activity) -> Kind:
    try:
        kind = Kind(activity.kind)
    except ValueError:
        raise Conflict(
            f"activity {activity.activity_id} is a {activity.kind!r}, which the ledger does not know"
        ) from None
    if kind is Kind.DEPOSIT and activity.amount < 0:
        return Kind.WITHDRAWAL
    return kind


def _amount(activity: Activity) -> Decimal:
    return money(activity.amount)


def _set_aside(connection: Connection, activity: Activity, reason: str, terms: Terms) -> None:
    logger.error("activity put aside", account=activity.account, activity_id=activity.activity_id, reason=reason)
    letter = DeadLetter(
        letter_id=f"{GROUP}/{activity.account}/{activity.activity_id}"[:256],
        stream=STREAM,
        consumer=GROUP,
        reason=reason,
        document=msgspec.json.encode(activity),
        received_at=terms.now,
    )
    put_aside(connection, DEAD_LETTERS, [letter])
    _keep(connection, store.begin(connection, terms, {(activity.account, "")}), activity)
