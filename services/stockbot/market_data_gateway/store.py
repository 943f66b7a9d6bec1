"""The gateway's own rows: the one-minute bars built from ticks, and the alerts that are told and not over."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Connection, delete, select

from stockbot.events.alerts import Alert
from stockbot.events.market import Adjustment, Bar
from stockbot.market_data_gateway.tables import BARS, TOLD_ALERTS
from stockbot.model.bar_building import MINUTE
from stockbot.runtime.database import insert

COLUMNS = ("symbol", "provider", "start", "end", "open", "high", "low", "close", "volume")


def add_bars(connection: Connection, bars: Sequence[Bar]) -> None:
    """Keep completed bars, raw ones of one provider a row; the first of a minute stays."""
    rows = [{column: getattr(bar, column) for column in COLUMNS} for bar in bars]
    connection.execute(insert(connection, BARS).on_conflict_do_nothing(), rows)


def bars(connection: Connection, symbol: str, provider: str, start: datetime, end: datetime) -> list[Bar]:
    """The kept bars of one series that start in [start, end), oldest first."""
    statement = (
        select(BARS)
        .where(BARS.c.symbol == symbol, BARS.c.provider == provider, BARS.c.start >= start, BARS.c.start < end)
        .order_by(BARS.c.start)
    )
    return [
        Bar(interval=MINUTE, adjustment=Adjustment.RAW, **{column: getattr(row, column) for column in COLUMNS})
        for row in connection.execute(statement)
    ]


def prune_bars(connection: Connection, before: datetime) -> None:
    """Forget bars that started before `before`."""
    connection.execute(delete(BARS).where(BARS.c.start < before))


def told(connection: Connection, source: str) -> Mapping[str, Alert]:
    """The alerts of this process that were told and are not over, by fingerprint, as they were told."""
    statement = select(TOLD_ALERTS.c.fingerprint, TOLD_ALERTS.c.alert).where(TOLD_ALERTS.c.source == source)
    return {fingerprint: msgspec.json.decode(alert, type=Alert) for fingerprint, alert in connection.execute(statement)}


def remember_told(connection: Connection, source: str, alerts: Sequence[Alert]) -> None:
    """Keep those that began, and forget those that are over."""
    fingerprints = [alert.fingerprint for alert in alerts]
    connection.execute(
        delete(TOLD_ALERTS).where(TOLD_ALERTS.c.source == source, TOLD_ALERTS.c.fingerprint.in_(fingerprints))
    )
    rows = [
        {"source": source, "fingerprint": alert.fingerprint, "alert": msgspec.json.encode(alert)}
        for alert in alerts
        if not alert.resolved
    ]
    if rows:
        connection.execute(insert(connection, TOLD_ALERTS), rows)
