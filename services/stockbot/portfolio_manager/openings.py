"""Opens accounts: what the Execution Engine found at the broker at its first start becomes the first ledger entry.

The entry's id follows from the account, so it is booked once whoever finds it first.
"""

from collections.abc import Iterable
from typing import Any

import msgspec
from sqlalchemy import Connection, RowMapping, bindparam, inspect, select

from stockbot.errors import Unavailable
from stockbot.model.ledger.money import fine, money
from stockbot.model.ledger.movements import Transfer
from stockbot.portfolio_manager import booked_rows
from stockbot.portfolio_manager.account_state import AccountState, Opening, OpeningRow
from stockbot.portfolio_manager.batch import Batch, Terms
from stockbot.portfolio_manager.tables import ACCOUNTS, EXECUTION_ACCOUNTS

NOT_THERE = "the Execution Engine has not opened an account yet"

_rows = msgspec.json.Decoder(tuple[OpeningRow, ...])

# made once: the watch asks every second, and to build a statement takes longer than to run it
_ALL_UNOPENED = (
    select(EXECUTION_ACCOUNTS)
    .where(EXECUTION_ACCOUNTS.c.account.not_in(select(ACCOUNTS.c.account)))
    .order_by(EXECUTION_ACCOUNTS.c.account)
)
_UNOPENED = _ALL_UNOPENED.where(EXECUTION_ACCOUNTS.c.account.in_(bindparam("names", expanding=True)))


def open_accounts(connection: Connection, terms: Terms, names: Iterable[str] | None = None) -> list[str]:
    """Open what is not open yet, all or these, in this transaction; returns the names. Raises Unavailable."""
    opened = []
    for found in _unopened(connection, names):
        batch = Batch(terms)
        batch.open(_state(found), money(found.opening_cash), _positions(found))
        booked_rows.keep(connection, batch)
        opened.append(found.account)
    return opened


def has_table(connection: Connection, table: str) -> bool:
    """Whether another service has made its table yet."""
    return inspect(connection).has_table(table)


def _unopened(connection: Connection, names: Iterable[str] | None) -> list[Opening]:
    if not has_table(connection, EXECUTION_ACCOUNTS.name):
        return []
    statement, wanted = (_ALL_UNOPENED, {}) if names is None else (_UNOPENED, {"names": list(names)})
    return [_opening(row) for row in connection.execute(statement, wanted).mappings()]


def _opening(row: RowMapping) -> Opening:
    values: dict[str, Any] = dict(row)
    try:
        positions = _rows.decode(values.pop("opening_positions"))
    except msgspec.DecodeError as error:
        raise Unavailable(
            f"execution_accounts: the opening positions of {row['account']} are unreadable: {error}"
        ) from error
    return Opening(**values, opening_positions=positions)


def _state(found: Opening) -> AccountState:
    return AccountState(
        account=found.account,
        broker=found.broker,
        mode=found.mode,
        settles=found.settles,
        currency=found.currency,
        opened_at=found.opened_at,
    )


def _positions(found: Opening) -> list[tuple[str, Transfer]]:
    return [
        (
            row.symbol,
            Transfer(
                movement_id=f"opening-{found.account}-{row.symbol}"[:128],
                change=fine(row.quantity),
                price=fine(row.average_price),
                at=found.opened_at,
                correlationid=f"opening-{found.account}",
            ),
        )
        for row in found.opening_positions
        if row.quantity
    ]
