"""The Risk Guardian's other rows: accounts, instruments, alerts that are told, and order updates put aside."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache

import msgspec
from sqlalchemy import Connection, FromClause, Select, bindparam, delete, func, inspect, select
from sqlalchemy.dialects import postgresql, sqlite

from stockbot.events.alerts import Alert
from stockbot.events.streams import ORDERS
from stockbot.risk_guardian.account_state import AccountState
from stockbot.risk_guardian.market import Listing
from stockbot.risk_guardian.tables import (
    ACCOUNTS,
    DEAD_LETTERS,
    EXECUTION_OUTBOX_HEADS,
    INSTRUMENTS,
    PORTFOLIO_DEAD_LETTERS,
    TOLD_ALERTS,
)
from stockbot.runtime.database import insert_into

_encoder = msgspec.json.Encoder(decimal_format="string")
_states = msgspec.json.Decoder(AccountState)
_alerts = msgspec.json.Decoder(Alert)


def accounts(connection: Connection, names: Iterable[str] | None = None) -> dict[str, AccountState]:
    """The accounts of these names, or all. Only the holder of the lease writes them."""
    statement, wanted = (_ALL_ACCOUNTS, {}) if names is None else (_ACCOUNTS, {"names": list(names)})
    return {name: _states.decode(state) for name, state in connection.execute(statement, wanted)}


def keep_accounts(
    connection: Connection, before: Mapping[str, AccountState], after: Iterable[AccountState], now: datetime
) -> None:
    """Store the accounts that are not as they were before."""
    rows = [
        {"account": state.name, "state": _encoder.encode(state), "updated_at": now}
        for state in after
        if state != before.get(state.name)
    ]
    if rows:
        connection.execute(_keeping_accounts(connection.dialect.name), rows)


def listings(connection: Connection) -> dict[str, Listing]:
    """The instruments as the gateway last told them, by symbol."""
    return {row["symbol"]: Listing(**row) for row in connection.execute(select(INSTRUMENTS)).mappings()}


def keep_listings(connection: Connection, known: Iterable[Listing]) -> None:
    """Replace the instruments by these."""
    connection.execute(delete(INSTRUMENTS))
    rows = [msgspec.structs.asdict(listing) for listing in known]
    if rows:
        connection.execute(INSTRUMENTS.insert(), rows)


def told(connection: Connection) -> dict[str, Alert]:
    """The alerts that were told and are not over, by fingerprint."""
    return {fingerprint: _alerts.decode(alert) for fingerprint, alert in connection.execute(_TOLD)}


def remember_told(connection: Connection, alerts: Sequence[Alert]) -> None:
    """Keep those that began, and forget those that are over."""
    fingerprints = [alert.fingerprint for alert in alerts]
    connection.execute(delete(TOLD_ALERTS).where(TOLD_ALERTS.c.fingerprint.in_(fingerprints)))
    began = [alert for alert in alerts if not alert.resolved]
    if began:
        rows = [{"fingerprint": alert.fingerprint, "alert": _encoder.encode(alert)} for alert in began]
        connection.execute(TOLD_ALERTS.insert(), rows)


def orders_put_aside(connection: Connection) -> int:
    """How many order updates were put aside, here or by the Portfolio Manager, and not resolved by a person yet."""
    return connection.execute(_PUT_ASIDE).scalar_one() + _put_aside_by_portfolio(connection)


def orders_told(connection: Connection) -> int | None:
    """The number of the last order update that this database knows of; None where no engine has told any yet."""
    if not inspect(connection).has_table(EXECUTION_OUTBOX_HEADS.name):
        return None
    return connection.execute(_LAST_TOLD).scalar()


def _put_aside_by_portfolio(connection: Connection) -> int:
    """What the Portfolio Manager could not book is in no cash and no position that it tells of."""
    is_there = inspect(connection).has_table(PORTFOLIO_DEAD_LETTERS.name)
    return connection.execute(_PUT_ASIDE_BY_PORTFOLIO).scalar_one() if is_there else 0


# Made once: they are needed for every batch and every round, and making a statement costs more than running it.


@cache
def _keeping_accounts(dialect: str) -> postgresql.Insert | sqlite.Insert:
    statement = insert_into(ACCOUNTS, dialect)
    new = {"state": statement.excluded.state, "updated_at": statement.excluded.updated_at}
    return statement.on_conflict_do_update(index_elements=["account"], set_=new)


def _counting(letters: FromClause) -> Select[int]:
    return select(func.count()).where(letters.c.stream == ORDERS, letters.c.resolved_at.is_(None))


_ALL_ACCOUNTS = select(ACCOUNTS.c.account, ACCOUNTS.c.state).order_by(ACCOUNTS.c.account)
_ACCOUNTS = _ALL_ACCOUNTS.where(ACCOUNTS.c.account.in_(bindparam("names", expanding=True)))
_TOLD = select(TOLD_ALERTS.c.fingerprint, TOLD_ALERTS.c.alert)
_PUT_ASIDE = _counting(DEAD_LETTERS)
_PUT_ASIDE_BY_PORTFOLIO = _counting(PORTFOLIO_DEAD_LETTERS)
_LAST_TOLD = select(func.max(EXECUTION_OUTBOX_HEADS.c.last_sequence)).where(EXECUTION_OUTBOX_HEADS.c.stream == ORDERS)
