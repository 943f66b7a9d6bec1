"""The gateway's tables. Their migrations are in `migrations/versions`; a test compares the two."""

from sqlalchemy import Column, Index, LargeBinary, MetaData, String, Table

from stockbot.market_data_gateway.budgets import usage_table
from stockbot.runtime.alive import heartbeat_table
from stockbot.runtime.columns import ExactDecimal, UtcDateTime
from stockbot.runtime.outbox import outbox_tables

PREFIX = "gateway_"
METADATA = MetaData()

OUTBOX = outbox_tables(METADATA, PREFIX)
HEARTBEATS = heartbeat_table(METADATA, PREFIX)
REQUEST_USAGE = usage_table(METADATA)
BARS = Table(
    f"{PREFIX}bars",
    METADATA,
    Column("symbol", String(32), primary_key=True),
    Column("provider", String(128), primary_key=True),
    Column("start", UtcDateTime, primary_key=True),
    Column("end", UtcDateTime, nullable=False),
    Column("open", ExactDecimal, nullable=False),
    Column("high", ExactDecimal, nullable=False),
    Column("low", ExactDecimal, nullable=False),
    Column("close", ExactDecimal, nullable=False),
    Column("volume", ExactDecimal, nullable=True),
    Index(f"{PREFIX}bars_start", "start"),
)
TOLD_ALERTS = Table(
    f"{PREFIX}told_alerts",
    METADATA,
    Column("source", String(128), primary_key=True),
    Column("fingerprint", String(128), primary_key=True),
    Column("alert", LargeBinary, nullable=False),
)
