"""Books order updates: the handler of the worker of stockbot:orders. A batch is one read, a fold, and bulk inserts.

An execution is booked once, whatever comes twice: the events are counted by the inbox, the fills by their ids.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy import Connection

from stockbot.errors import Conflict, MalformedEvent
from stockbot.events import AnyEvent
from stockbot.events.alerts import Alert
from stockbot.events.trading import Execution, OrderReport, OrderUpdate, Side
from stockbot.model.ledger.money import fine
from stockbot.model.ledger.movements import Fill, Movement
from stockbot.portfolio_manager import alerts, booked_rows, store
from stockbot.portfolio_manager.batch import Batch, Key, Terms
from stockbot.portfolio_manager.openings import open_accounts
from stockbot.portfolio_manager.publisher import Publisher
from stockbot.portfolio_manager.series import Series

logger = structlog.stdlib.get_logger(__name__)

Known = dict[tuple[str, str], Movement]  # by account and execution id


@dataclass(frozen=True, kw_only=True)
class Books:
    """`fence` raises where this process may not write; `terms` gives time and calendar of now."""

    terms: Callable[[], Terms]
    publisher: Publisher
    fence: Callable[[Connection], None]
    series: Series

    def handle(self, connection: Connection, events: Sequence[AnyEvent]) -> None:
        """Book a batch of order updates."""
        self.fence(connection)
        updates, terms = [_order_update(event) for event in events], self.terms()
        batch = store.begin(connection, terms, _keys(updates))
        self._open_unknown(connection, batch, updates)
        known = _known(connection, updates)
        conflicts = [alert for update in updates if (alert := _take(batch, update, known)) is not None]
        booked_rows.keep(connection, batch)
        self.publisher.tell_alerts(connection, conflicts, terms.now)
        self.series.booked.inc(len(batch.movements))
        self.series.note(updates, terms.now)

    def _open_unknown(self, connection: Connection, batch: Batch, updates: Sequence[OrderUpdate]) -> None:
        """The Execution Engine commits its account before its first order: it is there, only not seen yet."""
        unknown = {update.data.account for update in updates} - batch.accounts.keys()
        if unknown and open_accounts(connection, batch.terms, unknown):
            again = store.begin(connection, batch.terms, _keys(updates))
            batch.accounts, batch.books = again.accounts, again.books


def fill_of(update: OrderUpdate, execution: Execution) -> Fill:
    """The fill that an order update brings, as the ledger books it."""
    report, quantity = update.data, fine(execution.quantity)
    return Fill(
        movement_id=execution.execution_id,
        strategy=report.strategy,
        change=quantity if report.side is Side.BUY else -quantity,
        price=fine(execution.price),
        fee=fine(execution.fee),
        at=execution.executed_at,
        correlationid=update.correlationid,
        signal_id=report.signal_id,
    )


def _keys(updates: Sequence[OrderUpdate]) -> set[Key]:
    """The books that fills move; an update without one moves its account alone."""
    reports = [update.data for update in updates]
    return {(report.account, "" if report.execution is None else report.symbol) for report in reports}


def _take(batch: Batch, update: OrderUpdate, known: Known) -> Alert | None:
    """Book one update; the alert where its execution contradicts the one that was booked under its id."""
    report, conflict = update.data, None
    if report.account not in batch.accounts:
        raise Conflict(f"account {report.account} is not in execution_accounts: nobody has opened it")
    if report.execution is not None:
        conflict = _take_fill(batch, report, fill_of(update, report.execution), known)
    batch.advance(report.account, update.sequence)
    return conflict


def _take_fill(batch: Batch, report: OrderReport, made: Fill, known: Known) -> Alert | None:
    place = (report.account, made.movement_id)
    if place not in known:
        batch.fill(report.account, report.symbol, made)
        known[place] = made
        return None
    if _is_same(known[place], made):
        return None
    logger.error("execution came again with other content", account=report.account, execution_id=made.movement_id)
    return alerts.of_other_content(report, made.movement_id)


def _is_same(booked: Movement, made: Fill) -> bool:
    if not isinstance(booked, Fill):
        return False
    return (booked.change, booked.price, booked.fee, booked.strategy) == (
        made.change,
        made.price,
        made.fee,
        made.strategy,
    )


def _known(connection: Connection, updates: Sequence[OrderUpdate]) -> Known:
    ids: dict[str, list[str]] = {}
    for update in updates:
        if update.data.execution is not None:
            ids.setdefault(update.data.account, []).append(update.data.execution.execution_id)
    return {
        (account, name): movement
        for account, names in ids.items()
        for name, movement in store.known_movements(connection, account, names).items()
    }


def _order_update(event: AnyEvent) -> OrderUpdate:
    if not isinstance(event, OrderUpdate):
        raise MalformedEvent(f"{type(event).__name__} does not belong on the stream of orders")
    return event
