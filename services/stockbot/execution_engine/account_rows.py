"""The account in SQL: who it is at the broker, our own count of cash and positions, and activities of the broker."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cache

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from stockbot.execution_engine.tables import ACCOUNTS, ACTIVITIES, BOOKS, POSITIONS
from stockbot.model.orders.books import cash_moved, holders_moved, of_symbol
from stockbot.model.orders.broker import ZERO, Activity, BrokerAccount, BrokerPosition
from stockbot.model.orders.order import EXTERNAL
from stockbot.runtime.database import insert_into

_encoder = msgspec.json.Encoder(decimal_format="string")

Key = tuple[str, str]  # strategy, symbol


class Account(Struct, frozen=True, kw_only=True):
    """Which account at which broker this name stands for: written at the first start, and never changed."""

    account: str
    broker: str
    broker_account_id: str
    mode: str
    settles: bool
    currency: str
    opened_at: datetime  # what happened before is in the opening balance


class Books(Struct, frozen=True, kw_only=True):
    """Our own count of the cash, and through which times the broker's fills and activities are known."""

    cash: Decimal
    executed_through: datetime
    active_through: datetime
    risk_source: str | None


def account(connection: Connection, name: str) -> Account | None:
    row = connection.execute(select(ACCOUNTS).where(ACCOUNTS.c.account == name)).one_or_none()
    if row is None:
        return None
    return Account(**{field: getattr(row, field) for field in Account.__struct_fields__})


def open_account(
    connection: Connection, name: str, seen: BrokerAccount, positions: Sequence[BrokerPosition], now: datetime
) -> None:
    """Write down the account as it is found at the first start: what is there belongs to no strategy."""
    connection.execute(
        ACCOUNTS.insert().values(
            account=name,
            broker=seen.broker,
            broker_account_id=seen.account_id,
            mode=seen.mode,
            settles=seen.settles,
            currency=seen.currency,
            opening_cash=seen.cash,
            opening_positions=_encoder.encode(positions),
            opened_at=now,
        )
    )
    through = {"executed_through": now, "active_through": now}
    connection.execute(BOOKS.insert().values(account=name, cash=seen.cash, **through))
    move_positions(connection, name, {(EXTERNAL, position.symbol): position.quantity for position in positions})


def books(connection: Connection, name: str) -> Books | None:
    row = connection.execute(_BOOKS_OF, {"of": name}).one_or_none()
    return None if row is None else Books(**{field: getattr(row, field) for field in Books.__struct_fields__})


def keep_books(connection: Connection, name: str, **changes: object) -> None:
    connection.execute(update(BOOKS).where(BOOKS.c.account == name).values(**changes))


def keep_risk_source(connection: Connection, name: str, source: str) -> None:
    """Which Risk Guardian the approvals come from; nothing is written where it is the same one."""
    connection.execute(_KEEP_RISK_SOURCE, {"of": name, "new_source": source})


def move_cash(connection: Connection, name: str, by: Decimal) -> None:
    """Add to our own count of the cash."""
    known = books(connection, name) if by else None
    if known is not None:
        connection.execute(_KEEP_CASH, {"of": name, "new_cash": known.cash + by})


def positions(connection: Connection, name: str) -> dict[Key, Decimal]:
    """The shares of each strategy in each symbol, without those that are flat."""
    rows = connection.execute(_POSITIONS_OF, {"of": name})
    return {(row.strategy, row.symbol): row.quantity for row in rows if row.quantity}


def by_symbol(held: Mapping[Key, Decimal]) -> dict[str, Decimal]:
    """The account's shares in each symbol."""
    sums: dict[str, Decimal] = {}
    for (_, symbol), quantity in held.items():
        sums[symbol] = sums.get(symbol, ZERO) + quantity
    return {symbol: quantity for symbol, quantity in sums.items() if quantity}


def move_positions(connection: Connection, name: str, by: Mapping[Key, Decimal]) -> None:
    """Add to the positions; the caller is the one writer."""
    changed = {key: quantity for key, quantity in by.items() if quantity}
    if not changed:
        return
    known = positions(connection, name)
    rows = [
        {"account": name, "strategy": key[0], "symbol": key[1], "quantity": known.get(key, ZERO) + quantity}
        for key, quantity in changed.items()
    ]
    connection.execute(_moving(connection.dialect.name), rows)


def follow(connection: Connection, name: str, activity: Activity, owner: str = EXTERNAL) -> None:
    """Do to our own count of cash and shares what a fresh activity did; the caller is the one writer."""
    move_cash(connection, name, cash_moved(activity))
    if activity.symbol is not None:
        moved = holders_moved(activity, of_symbol(positions(connection, name), activity.symbol), owner)
        by = {(strategy, activity.symbol): shares for strategy, shares in moved.items()}
        move_positions(connection, name, by)


def add_activities(connection: Connection, name: str, found: Iterable[Activity], now: datetime) -> list[Activity]:
    """Store the activities that are new, the oldest first, and return them."""
    ordered = sorted(found, key=lambda one: (one.at, one.activity_id))
    ids = [one.activity_id for one in ordered]
    statement = select(ACTIVITIES.c.activity_id).where(ACTIVITIES.c.activity_id.in_(ids))
    known = set(connection.execute(statement).scalars()) if ids else set()
    fresh = [one for one in ordered if one.activity_id not in known]
    if fresh:
        rows = [{"account": name, "recorded_at": now, **msgspec.structs.asdict(one)} for one in fresh]
        connection.execute(ACTIVITIES.insert(), rows)
    return fresh


# Made once: every transaction with a fill runs them, and making a statement costs more than running it.
_BOOKS_OF = select(BOOKS).where(BOOKS.c.account == bindparam("of"))
_POSITIONS_OF = select(POSITIONS).where(POSITIONS.c.account == bindparam("of"))
_KEEP_CASH = update(BOOKS).where(BOOKS.c.account == bindparam("of")).values(cash=bindparam("new_cash"))
_KEEP_RISK_SOURCE = (
    update(BOOKS)
    .where(BOOKS.c.account == bindparam("of"), BOOKS.c.risk_source.is_distinct_from(bindparam("new_source")))
    .values(risk_source=bindparam("new_source"))
)


@cache
def _moving(dialect: str) -> postgresql.Insert | sqlite.Insert:
    statement = insert_into(POSITIONS, dialect)
    return statement.on_conflict_do_update(
        index_elements=["account", "strategy", "symbol"], set_={"quantity": statement.excluded.quantity}
    )
