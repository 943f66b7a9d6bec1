"""The rows of accounts, positions and movements: what a batch reads before it books. `booked_rows` writes it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

import msgspec
from sqlalchemy import Connection, RowMapping, bindparam, select, update

from stockbot.errors import Unavailable
from stockbot.model.ledger.balances import Balances
from stockbot.model.ledger.holding import Holding
from stockbot.model.ledger.movements import Book, Movement
from stockbot.model.ledger.round_trips import RoundTrip
from stockbot.model.ledger.settlement import unsettled
from stockbot.model.risk.session_day import SessionDay
from stockbot.portfolio_manager.account_state import VERSIONS, AccountState
from stockbot.portfolio_manager.batch import Batch, Key, OldMovement, Terms
from stockbot.portfolio_manager.tables import (
    ACCOUNTS,
    ENTRIES,
    MOVEMENTS,
    POSITIONS,
    SETTLEMENTS,
)

OWN = ""  # the strategy of the account's own position

_encoder = msgspec.json.Encoder(decimal_format="string")
_movements: msgspec.json.Decoder[Movement] = msgspec.json.Decoder(Movement)
_trips = msgspec.json.Decoder(RoundTrip)
_days = msgspec.json.Decoder(SessionDay)
_BALANCES = Balances.__struct_fields__
_PLAIN = [name for name in AccountState.__struct_fields__ if name not in {"balances", "day"}]  # columns as they are

# made once: to build a statement takes longer than to run it
_ALL_ACCOUNTS = select(ACCOUNTS).order_by(ACCOUNTS.c.account)
_ACCOUNTS = _ALL_ACCOUNTS.where(ACCOUNTS.c.account.in_(bindparam("names", expanding=True)))
_HOLDINGS = select(POSITIONS).where(POSITIONS.c.account == bindparam("account"))
_BOOKS = select(POSITIONS).where(
    POSITIONS.c.account.in_(bindparam("accounts", expanding=True)),
    POSITIONS.c.symbol.in_(bindparam("symbols", expanding=True)),
)
_KNOWN_MOVEMENTS = select(MOVEMENTS.c.movement_id, MOVEMENTS.c.movement).where(
    MOVEMENTS.c.account == bindparam("account"), MOVEMENTS.c.movement_id.in_(bindparam("ids", expanding=True))
)
_UNSETTLED = select(SETTLEMENTS.c.settles_on, SETTLEMENTS.c.amount).where(
    SETTLEMENTS.c.account == bindparam("account"), SETTLEMENTS.c.settles_on > bindparam("today")
)
_MARK_TRIPS = (
    update(POSITIONS)
    .where(
        POSITIONS.c.account == bindparam("of_account"),
        POSITIONS.c.symbol == bindparam("of_symbol"),
        POSITIONS.c.strategy == bindparam("of_strategy"),
    )
    .values(trip=bindparam("seen"))
)


def accounts(connection: Connection, names: Iterable[str] | None = None) -> dict[str, AccountState]:
    """The accounts of these names, or all of them."""
    statement, wanted = (_ALL_ACCOUNTS, {}) if names is None else (_ACCOUNTS, {"names": list(names)})
    rows = connection.execute(statement, wanted)
    return {row["account"]: _state(row) for row in rows.mappings()}


def holdings(connection: Connection, account: str) -> dict[tuple[str, str | None], Holding]:
    """All holdings of an account by symbol and strategy; strategy None is the account's own."""
    rows = connection.execute(_HOLDINGS, {"account": account}).mappings()
    return {(row["symbol"], row["strategy"] or None): _holding(row) for row in rows}


def books(connection: Connection, keys: Iterable[Key]) -> dict[Key, Book]:
    """The books of these accounts and symbols; one that was never traded has none, and no symbol is no book."""
    wanted = {(account, symbol) for account, symbol in keys if symbol}
    if not wanted:
        return {}
    names = {"accounts": list({account for account, _ in wanted}), "symbols": list({symbol for _, symbol in wanted})}
    found: dict[Key, dict[str, RowMapping]] = {}
    for row in connection.execute(_BOOKS, names).mappings():
        found.setdefault((row["account"], row["symbol"]), {})[row["strategy"]] = row
    return {key: _book(key[1], rows) for key, rows in found.items() if key in wanted}


def known_movements(connection: Connection, account: str, ids: Sequence[str]) -> dict[str, Movement]:
    """Those of the movements that are booked already, busted ones too."""
    rows = connection.execute(_KNOWN_MOVEMENTS, {"account": account, "ids": list(ids)})
    return {name: _movements.decode(movement) for name, movement in rows}


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
    rows = connection.execute(_UNSETTLED, {"account": account, "today": today.isoformat()})
    return unsettled({row.settles_on: row.amount for row in rows}, today)


def begin(connection: Connection, terms: Terms, keys: Iterable[Key]) -> Batch:
    """A batch for these accounts and symbols; where an account alone is wanted the symbol is empty."""
    wanted = set(keys)
    return Batch(
        terms,
        accounts=accounts(connection, {account for account, _ in wanted}),
        books=books(connection, wanted),
    )


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
    rows = [
        {"of_account": account, "of_symbol": symbol, "of_strategy": strategy, "seen": _encoder.encode(trip)}
        for (symbol, strategy), trip in trips.items()
    ]
    if rows:
        connection.execute(_MARK_TRIPS, rows)


def open_trips(connection: Connection, account: str) -> dict[tuple[str, str], RoundTrip]:
    """The open trades of an account by symbol and strategy."""
    statement = select(POSITIONS.c.symbol, POSITIONS.c.strategy, POSITIONS.c.trip).where(
        POSITIONS.c.account == account, POSITIONS.c.trip.is_not(None)
    )
    return {(row.symbol, row.strategy): _trips.decode(row.trip) for row in connection.execute(statement)}


def _state(row: RowMapping) -> AccountState:
    balances = Balances(**{name: row[name] for name in _BALANCES})
    day = None if row["day"] is None else _days.decode(row["day"])
    return AccountState(**{name: row[name] for name in _PLAIN}, balances=balances, day=day)


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
