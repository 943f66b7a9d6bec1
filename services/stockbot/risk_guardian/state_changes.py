"""Changes of the trading state: who may make which, and how one is stored and told. Used by the API and the watch."""

from sqlalchemy import Connection

from stockbot.model.risk.trading_state import Change, TradingState, TradingStatus, declare, strictest
from stockbot.risk_guardian import alerts, trading_state_rows
from stockbot.risk_guardian.publisher import Publisher


def change_state(
    connection: Connection, publisher: Publisher, before: TradingStatus, after: TradingStatus
) -> TradingStatus:
    """Store and tell what changed, in this transaction; nothing where nothing did. Returns `after`."""
    if after != before and after.change is not None:
        trading_state_rows.write(connection, after, after.change)
        publisher.tell_alerts(connection, [alerts.of_state(after, after.change)], after.change.when)
    return after


def declare_state(
    connection: Connection, publisher: Publisher, declared: TradingState | None, change: Change
) -> TradingStatus:
    """Take over what the document says, in this transaction."""
    before = trading_state_rows.lock(connection)
    return change_state(connection, publisher, before, declare(before, declared, change))


def is_tightening(before: TradingStatus, after: TradingStatus) -> bool:
    """Whether nothing gets looser, now or later: a choice ends what limits tightened, and outlives the document's."""
    if strictest([before.chosen, after.chosen]) is not after.chosen:
        return False
    if after.effective is before.effective:
        return not before.tightened
    return strictest([before.effective, after.effective]) is after.effective
