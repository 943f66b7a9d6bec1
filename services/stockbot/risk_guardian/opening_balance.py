"""The paper account before there is a Portfolio Manager: it starts with the broker's opening balance.

Nobody books fills then, and nobody answers approvals either: what an expired one holds is freed here, as long as no
order update was ever seen. All of this goes when the Portfolio Manager comes.
"""

from datetime import datetime
from decimal import Decimal

from msgspec.structs import replace
from sqlalchemy import Connection

from stockbot.events.portfolio import Portfolio
from stockbot.model.risk.account import Account, release
from stockbot.risk_guardian import decision_rows, store
from stockbot.risk_guardian.account_state import AccountState

ACCOUNT = "paper"


def open_account(connection: Connection, cash: Decimal | None, now: datetime) -> None:
    """Open the account at version 0, unless some portfolio was seen before."""
    stored = store.accounts(connection)
    if cash is None or any(state.is_known for state in stored.values()):
        return
    portfolio = Portfolio(account=ACCOUNT, version=0, through_sequence=0, cash=cash)
    state = stored.get(ACCOUNT) or AccountState(account=Account(name=ACCOUNT))
    opened = replace(state, account=replace(state.account, portfolio=portfolio))
    store.keep_accounts(connection, stored, [opened], now)


def is_opening(state: AccountState) -> bool:
    """Whether the account still stands on its opening balance."""
    return state.is_known and state.portfolio_source is None


def without_expired(connection: Connection, state: AccountState, now: datetime) -> AccountState:
    """The account without the holds of expired approvals, while nobody has ever answered one."""
    if not is_opening(state) or state.account.order_sequence or not state.account.holds:
        return state
    account = state.account
    for decision_id in decision_rows.expired(connection, account.holds, now):
        account = release(account, decision_id)
    return replace(state, account=account)
