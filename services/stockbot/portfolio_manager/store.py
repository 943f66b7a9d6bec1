"""The rows of accounts, positions, movements, entries and trades: read before a batch is booked, written after it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection, RowMapping, delete, func, select, update

from stockbot.errors import Unavailable
from stockbot.model.ledger.balances import Balances
from stockbot.model.ledger.entries import Entry
from stockbot.model.ledger.holding import Holding
from stockbot.model.ledger.movements import Book, Movement
from stockbot.model.ledger.round_trips import RoundTrip, Trade
from stockbot.model.ledger.settlement import unsettled
from stockbot.model.risk.session_day import SessionDay
from stockbot.portfolio_manager.account_state import VERSIONS, AccountState
from stockbot.portfolio_manager.batch import Batch, Key, OldMovement, Terms
from stockbot.portfolio_manager.tables import (
    ACCOUNTS,
    ENTRIES,
    LINES,
    MOVEMENTS,
    POSITIONS,
    SETTLEMENTS,
    TRADES,
)
from stockbot.runtime.database import insert

OWN = ""  # the strategy of the account's own position

_encoder = msgspec.json.Encoder(decimal_format="string")
_movements: msgspec.json.Decoder[Movement] = msgspec.json.Decoder(Movement)
_trips = msgspec.json.Decoder(RoundTrip)
_days = msgspec.json.Decoder(SessionDay)
_BALANCES = Balances.__struct_fields__


def accounts(connection: Connection, names: Iterable[str] | None = None) -> dict[str, AccountState]:
    """The accounts of these names, or all of them."""
    statement = select(ACCOUNTS).order_by(ACCOUNTS.c.account)
    if names is not None:
        statement = statement.where(ACCOUNTS.c.account.in_(list(names)))
    return {row["account"]: _state(row) for row in connection.execute(statement).mappings()}


def holdings(connection: Connection, account: str) -> dict[tuple[str, str | None], Holding]:
    """All holdings of an account by symbol and strategy; strategy None is the account's own."""
    rows = connection.execute(select(POSITIONS).where(POSITIONS.c.account == account)).mappings()
    return {(row["symbol"], row["strategy"] or None): _holding(row) for row in rows}


def books(connection: Connection, keys: Iterable[Key]) -> dict[Key, Book]:
    """The books of these accounts and symbols; one that was never traded has none."""
    wanted = set(keys)
    statement = select(POSITIONS).where(
        POSITIONS.c.account.in_({account for account, _ in wanted}),
        POSITIONS.c.symbol.in_({symbol for _, symbol in wanted}),
    )
    found: dict[Key, dict[str, RowMapping]] = {}
    for row in connection.execute(statement).mappings():
        found.setdefault((row["account"], row["symbol"]), {})[row["strategy"]] = row
    return {key: _book(key[1], rows) for key, rows in found.items() if key in wanted}


def known_movements(connection: Connection, account: str, ids: Sequence[str]) -> dict[str, Movement]:
    """Those of the movements that are booked already, busted ones too."""
    statement = select(MOVEMENTS.c.movement_id, MOVEMENTS.c.movement).where(
        MOVEMENTS.c.account == account, MOVEMENTS.c.movement_id.in_(ids)
    )
    return {name: _movements.decode(movement) for name, movement in connection.execute(statement)}


def execution(connection: Connection, account: str, execution_id: str) -> tuple[str, bool] | None:
    """The symbol of a booked execution and whether it was taken back; None for an unknown one."""
    statement = select(MOVEMENTS.c.symbol, MOVEMENTS.c.busted).where(
        MOVEMENTS.c.account == account, MOVEMENTS.c.movement_id == execution_id
    )
    row = connection.execute(statement).one_or_none()
    return None if row is None else (row.symbol, row.busted)


def movements_of(connection: Connection, account: str, symbol: str) -> list[OldMovement]:
    """Everything that changed the symbol's shares in the account, in the order of booking."""
    statement = (
        select(MOVEMENTS.c.movement, MOVEMENTS.c.settles_on, MOVEMENTS.c.busted)
        .where(MOVEMENTS.c.account == account, MOVEMENTS.c.symbol == symbol)
        .order_by(MOVEMENTS.c.number)
    )
    return [
        OldMovement(_movements.decode(row.movement), row.settles_on, row.busted)
        for row in connection.execute(statement)
    ]


def has_entry(connection: Connection, entry_id: str) -> bool:
    return connection.execute(select(ENTRIES.c.number).where(ENTRIES.c.entry_id == entry_id)).first() is not None


def unsettled_cash(connection: Connection, account: str, today: date) -> Decimal:
    """Proceeds of sales that are not settled yet."""
    rows = connection.execute(
        select(SETTLEMENTS.c.settles_on, SETTLEMENTS.c.amount).where(
            SETTLEMENTS.c.account == account, SETTLEMENTS.c.settles_on > today.isoformat()
        )
    )
    return unsettled({row.settles_on: row.amount for row in rows}, today)


def begin(connection: Connection, terms: Terms, keys: Iterable[Key]) -> Batch:
    """A batch for these accounts and symbols."""
    wanted = set(keys)
    return Batch(
        terms,
        accounts=accounts(connection, {account for account, _ in wanted}),
        books=books(connection, wanted),
    )


def keep(connection: Connection, batch: Batch) -> None:
    """Write what the batch has booked, in this transaction."""
    now = batch.terms.now
    if batch.busted:
        _keep_busted(connection, batch)
    _keep_entries(connection, batch)
    _keep_movements(connection, batch)
    _keep_positions(connection, batch)
    _keep_due(connection, batch)
    if batch.trades:
        connection.execute(TRADES.insert(), [_trade_row(account, trade) for account, trade in batch.trades])
    for state in batch.accounts.values():
        row = _account_row(replace(state, version=state.version + VERSIONS)) | {"updated_at": now}
        statement = insert(connection, ACCOUNTS).values(row)
        changed = {name: value for name, value in row.items() if name not in ("account", "day")}
        connection.execute(statement.on_conflict_do_update(index_elements=["account"], set_=changed))


def reserve_versions(
    connection: Connection, account: str, at_least: int, fence: Callable[[Connection], None]
) -> AccountState:
    """Reserve the versions after `at_least`, and after all that were reserved before."""
    fence(connection)
    current = select(ACCOUNTS.c.version).where(ACCOUNTS.c.account == account)
    version = max(connection.execute(current).scalar_one(), at_least) + VERSIONS
    connection.execute(update(ACCOUNTS).where(ACCOUNTS.c.account == account).values(version=version))
    return accounts(connection, [account])[account]


def keep_day(connection: Connection, account: str, day: SessionDay) -> None:
    connection.execute(update(ACCOUNTS).where(ACCOUNTS.c.account == account).values(day=_encoder.encode(day)))


def keep_trips(connection: Connection, account: str, trips: Mapping[tuple[str, str], RoundTrip]) -> None:
    """Store open trades by symbol and strategy: the extremes of the prices that they have seen."""
    for (symbol, strategy), trip in trips.items():
        place = (POSITIONS.c.account == account) & (POSITIONS.c.symbol == symbol) & (POSITIONS.c.strategy == strategy)
        connection.execute(update(POSITIONS).where(place).values(trip=_encoder.encode(trip)))


def open_trips(connection: Connection, account: str) -> dict[tuple[str, str], RoundTrip]:
    """The open trades of an account by symbol and strategy."""
    statement = select(POSITIONS.c.symbol, POSITIONS.c.strategy, POSITIONS.c.trip).where(
        POSITIONS.c.account == account, POSITIONS.c.trip.is_not(None)
    )
    return {(row.symbol, row.strategy): _trips.decode(row.trip) for row in connection.execute(statement)}


def _keep_entries(connection: Connection, batch: Batch) -> None:
    if not batch.entries:
        return
    first = _next(connection, ENTRIES.c.number)
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
    connection.execute(ENTRIES.insert(), rows)
    if lines:
        connection.execute(LINES.insert(), lines)


def _keep_movements(connection: Connection, batch: Batch) -> None:
    if not batch.movements:
        return
    first = _next(connection, MOVEMENTS.c.number)
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
    connection.execute(MOVEMENTS.insert(), rows)


def _keep_busted(connection: Connection, batch: Batch) -> None:
    for account, execution_id in batch.busted:
        place = (MOVEMENTS.c.account == account) & (MOVEMENTS.c.movement_id == execution_id)
        connection.execute(update(MOVEMENTS).where(place).values(busted=True))
    for account, symbol in batch.rebuilt:
        connection.execute(delete(TRADES).where(TRADES.c.account == account, TRADES.c.symbol == symbol))


def _keep_positions(connection: Connection, batch: Batch) -> None:
    rows = []
    for (account, symbol), strategies in batch.touched.items():
        book = batch.books[account, symbol]
        rows.append(_position_row(account, symbol, OWN, book.account, None))
        rows += [
            _position_row(account, symbol, name, book.strategies[name], book.trips.get(name)) for name in strategies
        ]
    if rows:
        statement = insert(connection, POSITIONS)
        changed = {name: statement.excluded[name] for name in ("quantity", "cost", "realised", "fees", "trip")}
        keys = ["account", "symbol", "strategy"]
        connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed), rows)


def _keep_due(connection: Connection, batch: Batch) -> None:
    """Amounts are added in Python: SQLite keeps them as text."""
    for (account, day), amount in batch.due.items():
        place = (SETTLEMENTS.c.account == account) & (SETTLEMENTS.c.settles_on == day)
        known = connection.execute(select(SETTLEMENTS.c.amount).where(place)).scalar()
        if known is None:
            row = {"account": account, "settles_on": day, "amount": amount}
            connection.execute(SETTLEMENTS.insert(), row)
        else:
            connection.execute(update(SETTLEMENTS).where(place).values(amount=known + amount))


def _next(connection: Connection, number: Any) -> int:
    return (connection.execute(select(func.max(number))).scalar() or 0) + 1


def _state(row: RowMapping) -> AccountState:
    names = [name for name in AccountState.__struct_fields__ if name not in ("balances", "day")]
    balances = Balances(**{name: row[name] for name in _BALANCES})
    day = None if row["day"] is None else _days.decode(row["day"])
    return AccountState(**{name: row[name] for name in names}, balances=balances, day=day)


def _account_row(state: AccountState) -> dict[str, Any]:
    row = msgspec.structs.asdict(state)
    balances = row.pop("balances")
    day = row.pop("day")
    return row | msgspec.structs.asdict(balances) | {"day": None if day is None else _encoder.encode(day)}


def _holding(row: RowMapping) -> Holding:
    return Holding(quantity=row["quantity"], cost=row["cost"], realised=row["realised"], fees=row["fees"])


def _book(symbol: str, rows: Mapping[str, RowMapping]) -> Book:
    if OWN not in rows:
        raise Unavailable(f"the rows of {symbol} in portfolio_positions are incomplete: restore a backup")
    return Book(
        symbol=symbol,
        account=_holding(rows[OWN]),
        strategies={name: _holding(row) for name, row in rows.items() if name != OWN},
        trips={name: _trips.decode(row["trip"]) for name, row in rows.items() if row["trip"] is not None},
    )


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
