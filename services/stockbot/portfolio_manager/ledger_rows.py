"""Entries and trades as they are listed: the newest first, in pages, or all of a time in the order of booking."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, RowMapping, Select, or_, select

from stockbot.model.ledger.round_trips import Trade
from stockbot.portfolio_manager.tables import ENTRIES, LINES, TRADES

_trades = msgspec.json.Decoder(Trade)


class LineItem(Struct, frozen=True, kw_only=True):
    """Money on a ledger account (debits above zero), and for positions the shares that came or went."""

    ledger_account: str
    symbol: str | None
    strategy: str | None
    amount: Decimal
    quantity: Decimal | None


class EntryItem(Struct, frozen=True, kw_only=True):
    """One entry; its lines add up to zero."""

    number: int
    entry_id: str
    kind: str
    account: str
    at: datetime
    booked_at: datetime
    memo: str
    correlationid: str | None
    lines: tuple[LineItem, ...]


class TradeItem(Struct, frozen=True, kw_only=True):
    """A strategy's trade from flat to flat; profit is after fees, excursions are fractions of the entry price."""

    number: int
    account: str
    strategy: str
    symbol: str
    direction: str
    quantity: Decimal
    entry_price: Decimal
    exit_price: Decimal
    opened_at: datetime
    closed_at: datetime
    profit: Decimal
    fees: Decimal
    return_fraction: Decimal
    adverse: Decimal
    favourable: Decimal
    signal_ids: tuple[str, ...]
    correlationid: str
    closing_correlationid: str


class Wanted(Struct, frozen=True, kw_only=True):
    """Which entries or trades, and how many at most; `before` is the number of the last one seen."""

    limit: int
    before: int | None = None
    account: str | None = None
    correlationid: str | None = None
    strategy: str | None = None
    symbol: str | None = None


def entries(connection: Connection, wanted: Wanted) -> list[EntryItem]:
    """The newest first; one more than the limit where there are more."""
    statement = select(ENTRIES).order_by(ENTRIES.c.number.desc()).limit(wanted.limit + 1)
    if wanted.before is not None:
        statement = statement.where(ENTRIES.c.number < wanted.before)
    if wanted.account is not None:
        statement = statement.where(ENTRIES.c.account == wanted.account)
    if wanted.correlationid is not None:
        statement = statement.where(ENTRIES.c.correlationid == wanted.correlationid)
    return _with_lines(connection, statement)


def entries_of(
    connection: Connection, account: str, start: datetime | None, end: datetime | None, after: int, limit: int
) -> list[EntryItem]:
    """What happened in [start, end), in the order of booking, after the entry of that number."""
    statement = select(ENTRIES).where(ENTRIES.c.account == account, ENTRIES.c.number > after)
    if start is not None:
        statement = statement.where(ENTRIES.c.at >= start)
    if end is not None:
        statement = statement.where(ENTRIES.c.at < end)
    return _with_lines(connection, statement.order_by(ENTRIES.c.number).limit(limit))


def entry(connection: Connection, entry_id: str) -> tuple[EntryItem, str | None]:
    """The entry of that id, which is there, and the digest of what a person had asked for."""
    statement = select(ENTRIES).where(ENTRIES.c.entry_id == entry_id)
    row = connection.execute(statement).mappings().one()
    return _with_lines(connection, statement)[0], row["digest"]


def trades(connection: Connection, wanted: Wanted) -> list[TradeItem]:
    """The newest first; one more than the limit where there are more."""
    statement = select(TRADES).order_by(TRADES.c.number.desc()).limit(wanted.limit + 1)
    if wanted.before is not None:
        statement = statement.where(TRADES.c.number < wanted.before)
    if wanted.correlationid is not None:
        chains = (TRADES.c.correlationid, TRADES.c.closing_correlationid)
        statement = statement.where(or_(*(chain == wanted.correlationid for chain in chains)))
    for name in ("account", "strategy", "symbol"):
        value = getattr(wanted, name)
        if value is not None:
            statement = statement.where(TRADES.c[name] == value)
    return [_trade_item(row) for row in connection.execute(statement).mappings()]


def trades_closed(
    connection: Connection,
    account: str,
    strategy: str | None,
    start: datetime | None,
    end: datetime | None,
    limit: int,
) -> list[Trade]:
    """The last trades that closed in [start, end), the oldest first."""
    statement = select(TRADES.c.trade).where(TRADES.c.account == account)
    if strategy is not None:
        statement = statement.where(TRADES.c.strategy == strategy)
    if start is not None:
        statement = statement.where(TRADES.c.closed_at >= start)
    if end is not None:
        statement = statement.where(TRADES.c.closed_at < end)
    statement = statement.order_by(TRADES.c.closed_at.desc(), TRADES.c.number.desc()).limit(limit)
    return [_trades.decode(row.trade) for row in connection.execute(statement)][::-1]


def _with_lines(connection: Connection, statement: Select[tuple[object, ...]]) -> list[EntryItem]:
    rows = connection.execute(statement).mappings().all()
    lines = _lines(connection, [row["number"] for row in rows])
    names = [name for name in EntryItem.__struct_fields__ if name != "lines"]
    return [EntryItem(**{name: row[name] for name in names}, lines=tuple(lines.get(row["number"], ()))) for row in rows]


def _lines(connection: Connection, numbers: Sequence[int]) -> dict[int, list[LineItem]]:
    found: dict[int, list[LineItem]] = {}
    if numbers:
        statement = select(LINES).where(LINES.c.entry.in_(numbers)).order_by(LINES.c.entry, LINES.c.position)
        for row in connection.execute(statement).mappings():
            line = LineItem(**{name: row[name] for name in LineItem.__struct_fields__})
            found.setdefault(row["entry"], []).append(line)
    return found


def _trade_item(row: RowMapping) -> TradeItem:
    trade = _trades.decode(row["trade"])
    return TradeItem(number=row["number"], account=row["account"], **msgspec.structs.asdict(trade))
