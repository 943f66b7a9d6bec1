"""The orchestrator's rows: signals and how far each strategy is, what it holds, what it was told."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, Row, bindparam, delete, func, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningInsert

from stockbot.codec import decode, encode
from stockbot.events.trading import (
    Intent,
    OrderState,
    OrderTerms,
    OrderUpdate,
    RiskBlock,
    Side,
    Signal,
    SignalGenerated,
)
from stockbot.model.strategies.view import WorkingOrder
from stockbot.runtime.database import insert, insert_into
from stockbot.strategy_orchestrator.book import Line, Undecided, signed
from stockbot.strategy_orchestrator.desk import Progress
from stockbot.strategy_orchestrator.tables import FEEDBACK, HUNG_FILES, ORDERS, POSITIONS, PROGRESS, SIGNALS

DENIED = "denied"
ORDERED = "ordered"
NO_SHARES = Decimal(0)
ENDED = (OrderState.FILLED, OrderState.CANCELED, OrderState.REJECTED, OrderState.EXPIRED)

Key = tuple[str, str]  # strategy, symbol
Feedback = RiskBlock | OrderUpdate

_signals = msgspec.json.Decoder(Signal)
_terms = msgspec.json.Decoder(OrderTerms)


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
    for row in connection.execute(_POSITIONS):
        found.setdefault((row.strategy, row.symbol), Line()).position = row.quantity
    working = [row for row in connection.execute(_WORKING) if row.quantity > row.filled_quantity]
    replaced = {row.replaces for row in working}
    for row in working:
        if row.client_order_id not in replaced:
            found.setdefault((row.strategy, row.symbol), Line()).orders.append(_working(row))
    for row in connection.execute(_UNDECIDED, {"since": since}):
        waiting = Undecided(signed(Side(row.side), row.quantity), row.valid_until)
        found.setdefault((row.strategy, row.symbol), Line()).undecided.append(waiting)
    return found


def _working(row: Row[*tuple[Any, ...]]) -> WorkingOrder:
    return WorkingOrder(
        client_order_id=row.client_order_id,
        side=Side(row.side),
        leaves=row.quantity - row.filled_quantity,
        terms=OrderTerms() if row.terms is None else _terms.decode(row.terms),
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
        "quantity": NO_SHARES if changes else signal.quantity,
        "valid_until": signal.valid_until,
        "made_at": event.time,
        "correlationid": event.correlationid,
        "causationid": event.causationid,
        "signal": msgspec.json.encode(signal),
        "answer": ORDERED if signal.intent is Intent.CANCEL else None,
        "answer_reason": signal.order if signal.intent is Intent.CANCEL else None,
    }
    added = connection.execute(_adding_signals(connection.dialect.name), row)
    return added.first() is not None  # drivers count rows each in their own way


def signals_of(connection: Connection, ids: Iterable[str]) -> dict[str, Signal]:
    """The signals of these ids; one that this service never made has none."""
    rows = connection.execute(_SIGNALS, {"ids": list(ids)})
    return {signal_id: _signals.decode(signal) for signal_id, signal in rows}


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
    return SignalItem(signal=_signals.decode(row.signal), **fields)  # type: ignore[attr-defined]


def last_signals(connection: Connection, strategies: Sequence[str]) -> dict[str, SignalItem]:
    """The newest signal of each strategy that has one."""
    found = {name: signals(connection, limit=1, strategy=name) for name in strategies}
    return {name: items[0] for name, items in found.items() if items}


def progress(connection: Connection) -> dict[Key, Progress]:
    rows = connection.execute(select(PROGRESS))
    return {(row.strategy, row.symbol): Progress(row.decided_until, row.waiting) for row in rows}


def set_progress(connection: Connection, reached: Mapping[Key, Progress]) -> None:
    rows = [
        {"strategy": strategy, "symbol": symbol, "decided_until": each.decided_until, "waiting": each.waiting}
        for (strategy, symbol), each in reached.items()
    ]
    if rows:
        connection.execute(_setting_progress(connection.dialect.name), rows)


def forget_progress(connection: Connection, keys: Sequence[Key]) -> None:
    """For a strategy that is stopped: when it starts again, nothing of the meantime is decided."""
    if keys:
        connection.execute(delete(PROGRESS).where(tuple_(PROGRESS.c.strategy, PROGRESS.c.symbol).in_(keys)))


def add_feedback(connection: Connection, events: Sequence[Feedback], now: datetime) -> None:
    """Keep what came, in this order; what was there already is not told again."""
    rows = [
        {
            "event_id": event.id,
            "strategy": event.data.strategy,
            "symbol": event.data.symbol,
            "received_at": now,
            "event": encode(event),
        }
        for event in events
    ]
    if rows:
        connection.execute(_adding_feedback(connection.dialect.name), rows)


def last_feedback(connection: Connection) -> int:
    return connection.execute(select(func.max(FEEDBACK.c.number))).scalar() or 0


def feedback_after(connection: Connection, number: int) -> list[tuple[int, Feedback]]:
    """What came after `number`, in order."""
    found = [(row.number, decode(row.event)) for row in connection.execute(_FEEDBACK, {"after": number})]
    return [(at, event) for at, event in found if isinstance(event, Feedback)]


def hung_files(connection: Connection) -> dict[str, str]:
    """The digest of each file that hung, as it was last."""
    rows = connection.execute(select(HUNG_FILES).order_by(HUNG_FILES.c.hung_at))
    return {row.name: row.digest for row in rows}


def add_hung_file(connection: Connection, name: str, digest: str, now: datetime) -> None:
    statement = insert(connection, HUNG_FILES).values(name=name, digest=digest, hung_at=now)
    connection.execute(statement.on_conflict_do_update(index_elements=["name", "digest"], set_={"hung_at": now}))


# Made once: they are needed for every quote, bar and answer, and making a statement costs more than running it.


@cache
def _adding_signals(dialect: str) -> ReturningInsert[str]:
    return insert_into(SIGNALS, dialect).on_conflict_do_nothing().returning(SIGNALS.c.id)


@cache
def _setting_progress(dialect: str) -> postgresql.Insert | sqlite.Insert:
    statement = insert_into(PROGRESS, dialect)
    new = {name: statement.excluded[name] for name in ("decided_until", "waiting")}
    return statement.on_conflict_do_update(index_elements=["strategy", "symbol"], set_=new)


@cache
def _adding_feedback(dialect: str) -> postgresql.Insert | sqlite.Insert:
    return insert_into(FEEDBACK, dialect).on_conflict_do_nothing()


_POSITIONS = select(POSITIONS)
_WORKING = select(ORDERS).where(ORDERS.c.state.not_in(ENDED))
_UNDECIDED = select(
    SIGNALS.c.strategy, SIGNALS.c.symbol, SIGNALS.c.side, SIGNALS.c.quantity, SIGNALS.c.valid_until
).where(SIGNALS.c.answer.is_(None), SIGNALS.c.valid_until >= bindparam("since"))
_SIGNALS = select(SIGNALS.c.id, SIGNALS.c.signal).where(SIGNALS.c.id.in_(bindparam("ids", expanding=True)))
_FEEDBACK = (
    select(FEEDBACK.c.number, FEEDBACK.c.event)
    .where(FEEDBACK.c.number > bindparam("after"))
    .order_by(FEEDBACK.c.number)
)
