"""Writes what a batch has booked: entries with their lines, movements, positions, trades, settlements, accounts."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import Connection, Executable, Table, bindparam, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from stockbot.model.ledger.entries import Entry
from stockbot.model.ledger.holding import Holding
from stockbot.model.ledger.money import NOTHING
from stockbot.model.ledger.round_trips import RoundTrip, Trade
from stockbot.portfolio_manager.account_state import AccountState
from stockbot.portfolio_manager.batch import Batch
from stockbot.portfolio_manager.store import OWN
from stockbot.portfolio_manager.tables import (
    ACCOUNTS,
    ENTRIES,
    LINES,
    MOVEMENTS,
    POSITIONS,
    SETTLEMENTS,
    TRADES,
)

KEPT_APART = ("day", "version")  # columns of an account that a booking never changes

# made once: to build a statement takes longer than to run it
_LAST_NUMBERS = select(
    select(func.max(ENTRIES.c.number)).scalar_subquery(), select(func.max(MOVEMENTS.c.number)).scalar_subquery()
)
_ADD_ENTRIES, _ADD_LINES, _ADD_MOVEMENTS = ENTRIES.insert(), LINES.insert(), MOVEMENTS.insert()
_DUE = select(SETTLEMENTS.c.amount).where(
    SETTLEMENTS.c.account == bindparam("of_account"), SETTLEMENTS.c.settles_on == bindparam("of_day")
)

_encoder = msgspec.json.Encoder(decimal_format="string")
_trades = msgspec.json.Decoder(Trade)


def keep(connection: Connection, batch: Batch) -> None:
    """Write what the batch has booked, in this transaction."""
    now = batch.terms.now
    if batch.busted:
        _keep_busted(connection, batch)
    if batch.entries:  # no movement is without its entry
        entry, movement = connection.execute(_LAST_NUMBERS).one()
        _keep_entries(connection, batch, (entry or 0) + 1)
        _keep_movements(connection, batch, (movement or 0) + 1)
    _keep_positions(connection, batch)
    _keep_due(connection, batch)
    if batch.trades:
        connection.execute(TRADES.insert(), [_trade_row(account, trade) for account, trade in batch.trades])
    if batch.accounts:
        rows = [_account_row(state) | {"updated_at": now} for state in batch.accounts.values()]
        connection.execute(_upsert(connection.dialect.name, ACCOUNTS, KEPT_APART), rows)


def _keep_entries(connection: Connection, batch: Batch, first: int) -> None:
    rows, lines = [], []
    for number, (entry, digest) in enumerate(batch.entries, first):
        rows.append(_entry_row(number, entry, digest) | {"booked_at": batch.terms.now})
        lines += [
            {
                "entry": number,
                "position": position,
                "ledger_account": line.ledger_account.value,
                "symbol": line.symbol,
                "strategy": line.strategy,
                "amount": line.amount,
                "quantity": line.quantity,
            }
            for position, line in enumerate(entry.lines)
        ]
    connection.execute(_ADD_ENTRIES, rows)
    if lines:
        connection.execute(_ADD_LINES, lines)


def _keep_movements(connection: Connection, batch: Batch, first: int) -> None:
    rows = [
        {
            "number": number,
            "account": new.account,
            "movement_id": new.movement.movement_id,
            "symbol": new.symbol,
            "movement": _encoder.encode(new.movement),
            "settles_on": new.settles_on,
            "busted": False,
        }
        for number, new in enumerate(batch.movements, first)
    ]
    if rows:
        connection.execute(_ADD_MOVEMENTS, rows)


def _keep_busted(connection: Connection, batch: Batch) -> None:
    for account, execution_id in batch.busted:
        place = (MOVEMENTS.c.account == account) & (MOVEMENTS.c.movement_id == execution_id)
        connection.execute(update(MOVEMENTS).where(place).values(busted=True))
    for (account, symbol), trades in batch.rebuilt.items():
        _keep_rebuilt(connection, account, symbol, trades)


def _keep_rebuilt(connection: Connection, account: str, symbol: str, trades: Sequence[Trade]) -> None:
    """A trade that the bust did not change keeps its row: its place in the list, and the marks that it has seen.

    It is cheaper too: all other services wait for SQLite while thousands of rows are written.
    """
    before: dict[Trade, list[int]] = {}
    place = (TRADES.c.account == account) & (TRADES.c.symbol == symbol)
    for number, trade in connection.execute(select(TRADES.c.number, TRADES.c.trade).where(place)):
        before.setdefault(_unmarked(_trades.decode(trade)), []).append(number)
    fresh = [_trade_row(account, trade) for trade in trades if not _found(before, trade)]
    gone = [{"gone": number} for numbers in before.values() for number in numbers]
    if gone:
        connection.execute(delete(TRADES).where(TRADES.c.number == bindparam("gone")), gone)
    if fresh:
        connection.execute(TRADES.insert(), fresh)


def _found(before: Mapping[Trade, list[int]], trade: Trade) -> bool:
    """Whether one of the rows is this trade; each is found once."""
    numbers = before.get(_unmarked(trade))
    return bool(numbers and numbers.pop())


def _unmarked(trade: Trade) -> Trade:
    return msgspec.structs.replace(trade, adverse=NOTHING, favourable=NOTHING)


def _keep_positions(connection: Connection, batch: Batch) -> None:
    rows = []
    for (account, symbol), strategies in batch.touched.items():
        book = batch.books[account, symbol]
        rows.append(_position_row(account, symbol, OWN, book.account, None))
        rows += [
            _position_row(account, symbol, name, book.strategies[name], book.trips.get(name)) for name in strategies
        ]
    if rows:
        connection.execute(_upsert(connection.dialect.name, POSITIONS, ()), rows)


def _keep_due(connection: Connection, batch: Batch) -> None:
    """Amounts are added in Python: SQLite keeps them as text."""
    rows = []
    for (account, day), amount in batch.due.items():
        known = connection.execute(_DUE, {"of_account": account, "of_day": day}).scalar()
        rows.append({"account": account, "settles_on": day, "amount": (known or NOTHING) + amount})
    if rows:
        connection.execute(_upsert(connection.dialect.name, SETTLEMENTS, ()), rows)


@cache
def _upsert(dialect: str, table: Table, kept: tuple[str, ...]) -> Executable:
    """Insert rows, or change all columns of those that are there but for the `kept` ones; made once for a table."""
    statement = postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
    keys = [column.name for column in table.primary_key]
    changed = {
        column.name: statement.excluded[column.name] for column in table.columns if column.name not in (*keys, *kept)
    }
    return statement.on_conflict_do_update(index_elements=keys, set_=changed)


def _account_row(state: AccountState) -> dict[str, Any]:
    row = msgspec.structs.asdict(state)
    balances = row.pop("balances")
    day = row.pop("day")
    return row | msgspec.structs.asdict(balances) | {"day": None if day is None else _encoder.encode(day)}


def _position_row(account: str, symbol: str, strategy: str, holding: Holding, trip: RoundTrip | None) -> dict[str, Any]:
    return {
        "account": account,
        "symbol": symbol,
        "strategy": strategy,
        **msgspec.structs.asdict(holding),
        "trip": None if trip is None else _encoder.encode(trip),
    }


def _entry_row(number: int, entry: Entry, digest: str | None) -> dict[str, Any]:
    return {
        "number": number,
        "entry_id": entry.entry_id,
        "kind": entry.kind.value,
        "account": entry.account,
        "at": entry.at,
        "memo": entry.memo,
        "correlationid": entry.correlationid,
        "digest": digest,
    }


def _trade_row(account: str, trade: Trade) -> dict[str, Any]:
    return {
        "account": account,
        "strategy": trade.strategy,
        "symbol": trade.symbol,
        "opened_at": trade.opened_at,
        "closed_at": trade.closed_at,
        "correlationid": trade.correlationid,
        "closing_correlationid": trade.closing_correlationid,
        "trade": _encoder.encode(trade),
    }
