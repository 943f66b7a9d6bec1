"""The orchestrator's rows: signals and how far each strategy is, its holdings, what it was told."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, Row, delete, func, select, tuple_, update

from stockbot.codec import decode
from stockbot.events.trading import (
    Intent,
    OrderReport,
    OrderState,
    OrderTerms,
    OrderUpdate,
    RiskBlock,
    Side,
    Signal,
    SignalGenerated,
)
from stockbot.model.strategies.view import WorkingOrder
from stockbot.runtime.database import insert
from stockbot.strategy_orchestrator.book import Line, Undecided, signed
from stockbot.strategy_orchestrator.desk import Progress
from stockbot.strategy_orchestrator.tables import FEEDBACK, HUNG_FILES, ORDERS, POSITIONS, PROGRESS, SIGNALS

DENIED = "denied"
ORDERED = "ordered"
ENDED = (OrderState.FILLED, OrderState.CANCELED, OrderState.REJECTED, OrderState.EXPIRED)

Key = tuple[str, str]  # strategy, symbol


class SignalItem(Struct, frozen=True, kw_only=True):
    """A committed signal and what became of it; `answer` is denied or ordered, None while nobody has answered."""

    id: str
    made_at: datetime
    correlationid: str
    causationid: str
    signal: Signal
    answer: str | None
    answer_reason: str | None


def lines(connection: Connection, since: datetime) -> dict[Key, Line]:
    """What every strategy holds and has on its way; of signals those that were valid at `since` or later.

    An order and the one that takes its place are both there for a moment: the new one counts.
    """
    found: dict[Key, Line] = {}
    for row in connection.execute(select(POSITIONS)):
        found.setdefault((row.strategy, row.symbol), Line()).position = row.quantity
    working = [
        row
        for row in connection.execute(select(ORDERS).where(ORDERS.c.state.not_in(ENDED)))
        if row.quantity > row.filled_quantity
    ]
    replaced = {row.replaces for row in working}
    for row in working:
        if row.client_order_id not in replaced:
            found.setdefault((row.strategy, row.symbol), Line()).orders.append(_working(row))
    for row in connection.execute(select(SIGNALS).where(SIGNALS.c.answer.is_(None), SIGNALS.c.valid_until >= since)):
        waiting = Undecided(signed(Side(row.side), row.quantity), row.valid_until)
        found.setdefault((row.strategy, row.symbol), Line()).undecided.append(waiting)
    return found


def _working(row: Row[*tuple[Any, ...]]) -> WorkingOrder:
    return WorkingOrder(
        client_order_id=row.client_order_id,
        side=Side(row.side),
        leaves=row.quantity - row.filled_quantity,
        terms=OrderTerms() if row.terms is None else msgspec.json.decode(row.terms, type=OrderTerms),
        protects=row.protects,
    )


def add_signal(connection: Connection, event: SignalGenerated) -> bool:
    """Keep a signal; False where one of this id is there already, which then stays as it is.

    Nobody answers a cancel: it is the Execution Engine's from the start.
    """
    signal = event.data
    changes = signal.intent in (Intent.CANCEL, Intent.REPLACE)
    row = {
        "id": event.id,
        "strategy": signal.strategy,
        "symbol": signal.symbol,
        "side": signal.side,
        "quantity": Decimal(0) if changes else signal.quantity,
        "valid_until": signal.valid_until,
        "made_at": event.time,
        "correlationid": event.correlationid,
        "causationid": event.causationid,
        "signal": msgspec.json.encode(signal),
        "answer": ORDERED if signal.intent is Intent.CANCEL else None,
        "answer_reason": signal.order if signal.intent is Intent.CANCEL else None,
    }
    statement = insert(connection, SIGNALS).values(row).on_conflict_do_nothing().returning(SIGNALS.c.id)
    return connection.execute(statement).first() is not None  # drivers count rows each in their own way


def signal_of(connection: Connection, signal_id: str | None) -> Signal | None:
    """The signal of that id; None where this service never made it."""
    found = connection.execute(select(SIGNALS.c.signal).where(SIGNALS.c.id == signal_id)).scalar()
    return None if found is None else msgspec.json.decode(found, type=Signal)


def signals(
    connection: Connection,
    *,
    limit: int,
    after: tuple[datetime, str] | None = None,
    strategy: str | None = None,
    correlationid: str | None = None,
) -> list[SignalItem]:
    """Signals, the newest first; `after` is time and id of the last one seen."""
    statement = select(SIGNALS).order_by(SIGNALS.c.made_at.desc(), SIGNALS.c.id.desc()).limit(limit)
    if strategy is not None:
        statement = statement.where(SIGNALS.c.strategy == strategy)
    if correlationid is not None:
        statement = statement.where(SIGNALS.c.correlationid == correlationid)
    if after is not None:
        at, signal_id = after
        older = (SIGNALS.c.made_at < at) | ((SIGNALS.c.made_at == at) & (SIGNALS.c.id < signal_id))
        statement = statement.where(older)
    return [_item(row) for row in connection.execute(statement)]


def _item(row: object) -> SignalItem:
    fields = {name: getattr(row, name) for name in SignalItem.__struct_fields__ if name != "signal"}
    return SignalItem(signal=msgspec.json.decode(row.signal, type=Signal), **fields)  # type: ignore[attr-defined]


def last_signals(connection: Connection, strategies: Sequence[str]) -> dict[str, SignalItem]:
    """The newest signal of each strategy that has one."""
    found = {name: signals(connection, limit=1, strategy=name) for name in strategies}
    return {name: items[0] for name, items in found.items() if items}


def progress(connection: Connection) -> dict[Key, Progress]:
    rows = connection.execute(select(PROGRESS))
    return {(row.strategy, row.symbol): Progress(row.decided_until, row.waiting) for row in rows}


def set_progress(connection: Connection, key: Key, reached: Progress) -> None:
    values = {"decided_until": reached.decided_until, "waiting": reached.waiting}
    statement = insert(connection, PROGRESS).values(strategy=key[0], symbol=key[1], **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["strategy", "symbol"], set_=values))


def forget_progress(connection: Connection, keys: Sequence[Key]) -> None:
    """For a strategy that is stopped: when it starts again, nothing of the meantime is decided."""
    if keys:
        connection.execute(delete(PROGRESS).where(tuple_(PROGRESS.c.strategy, PROGRESS.c.symbol).in_(keys)))


def answer(connection: Connection, signal_id: str, said: str, reason: str) -> None:
    statement = update(SIGNALS).where(SIGNALS.c.id == signal_id)
    connection.execute(statement.values(answer=said, answer_reason=reason))


def book_order(connection: Connection, event: OrderUpdate) -> None:
    """Keep the state of an order, and move its strategy's position by what was filled since the last report.

    A report that was put aside and is replayed after later ones tells nothing new: those had its fills in their sums.
    """
    report = event.data
    known = connection.execute(select(ORDERS).where(ORDERS.c.client_order_id == report.client_order_id)).first()
    if known is not None and _is_behind(report, known.state, known.filled_quantity):
        return
    filled = report.filled_quantity - (known.filled_quantity if known is not None else 0)
    values = {
        "state": report.state,
        "quantity": report.quantity,
        "filled_quantity": report.filled_quantity,
        "terms": msgspec.json.encode(report.terms),
    }
    if known is None:
        _add_order(connection, report, values)
    else:
        connection.execute(update(ORDERS).where(ORDERS.c.client_order_id == report.client_order_id).values(values))
    if filled:
        _move_position(connection, (report.strategy, report.symbol), signed(report.side, filled))


def _is_behind(report: OrderReport, state: str, filled: Decimal) -> bool:
    return report.filled_quantity < filled or (state in ENDED and report.state not in ENDED)


def _add_order(connection: Connection, report: OrderReport, values: Mapping[str, object]) -> None:
    """An order of a signal that wished for the other side guards what was filled: it is a leg of a bracket."""
    asked = signal_of(connection, report.signal_id)
    replaces = asked.order if asked is not None and asked.intent is Intent.REPLACE else None
    guards = report.signal_id if asked is not None and asked.side is not report.side else None
    row = {
        "client_order_id": report.client_order_id,
        "strategy": report.strategy,
        "symbol": report.symbol,
        "side": report.side,
        "protects": guards if replaces is None else _guarded_by(connection, replaces),
        "replaces": replaces,
    }
    connection.execute(ORDERS.insert().values(**row, **values))


def _guarded_by(connection: Connection, client_order_id: str) -> str | None:
    return connection.execute(select(ORDERS.c.protects).where(ORDERS.c.client_order_id == client_order_id)).scalar()


def _move_position(connection: Connection, key: Key, by: object) -> None:
    where = (POSITIONS.c.strategy == key[0], POSITIONS.c.symbol == key[1])
    held = connection.execute(select(POSITIONS.c.quantity).where(*where)).scalar()
    quantity = by if held is None else held + by
    statement = insert(connection, POSITIONS).values(strategy=key[0], symbol=key[1], quantity=quantity)
    changed = statement.on_conflict_do_update(index_elements=["strategy", "symbol"], set_={"quantity": quantity})
    connection.execute(changed)


def add_feedback(connection: Connection, event: RiskBlock | OrderUpdate, document: bytes, now: datetime) -> None:
    row = {
        "event_id": event.id,
        "strategy": event.data.strategy,
        "symbol": event.data.symbol,
        "received_at": now,
        "event": document,
    }
    connection.execute(insert(connection, FEEDBACK).values(row).on_conflict_do_nothing())


def last_feedback(connection: Connection) -> int:
    return connection.execute(select(func.max(FEEDBACK.c.number))).scalar() or 0


def feedback_after(connection: Connection, number: int) -> list[tuple[int, RiskBlock | OrderUpdate]]:
    """What came after `number`, in order."""
    statement = select(FEEDBACK.c.number, FEEDBACK.c.event).where(FEEDBACK.c.number > number)
    found = [(row.number, decode(row.event)) for row in connection.execute(statement.order_by(FEEDBACK.c.number))]
    return [(at, event) for at, event in found if isinstance(event, RiskBlock | OrderUpdate)]


def hung_files(connection: Connection) -> dict[str, str]:
    """The digest of each file that hung, as it was last."""
    rows = connection.execute(select(HUNG_FILES).order_by(HUNG_FILES.c.hung_at))
    return {row.name: row.digest for row in rows}


def add_hung_file(connection: Connection, name: str, digest: str, now: datetime) -> None:
    statement = insert(connection, HUNG_FILES).values(name=name, digest=digest, hung_at=now)
    connection.execute(statement.on_conflict_do_update(index_elements=["name", "digest"], set_={"hung_at": now}))
