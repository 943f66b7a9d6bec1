"""The Risk Guardian's tables. Their migrations are in `migrations/versions`; a test compares the two.

The Execution Engine reads `risk_decisions` and `risk_trading_state` in the transaction of an intent: what it needs
stands in columns of its own. JSON columns hold the structs of `stockbot.model.risk`. `portfolio_dead_letters` is the
Portfolio Manager's, `execution_outbox_heads` the Execution Engine's, and both are only read.
"""

from sqlalchemy import BigInteger, Column, Index, LargeBinary, MetaData, String, Table, Text, column
from sqlalchemy import table as light_table

from stockbot.runtime.alive import heartbeat_table
from stockbot.runtime.columns import ExactDecimal, LongInteger, UtcDateTime
from stockbot.runtime.dead_letters import dead_letter_table
from stockbot.runtime.inbox import inbox_table
from stockbot.runtime.lease import lease_table
from stockbot.runtime.outbox import outbox_tables

PREFIX = "risk_"
METADATA = MetaData()

OUTBOX = outbox_tables(METADATA, PREFIX)
INBOX = inbox_table(METADATA, PREFIX)
DEAD_LETTERS = dead_letter_table(METADATA, PREFIX)
HEARTBEATS = heartbeat_table(METADATA, PREFIX)
LEASE = lease_table(METADATA, PREFIX)
DECISIONS = Table(
    f"{PREFIX}decisions",
    METADATA,
    Column("number", LongInteger, primary_key=True),  # the order in which they were made
    Column("decision_id", String(128), nullable=False, unique=True),
    Column("signal_id", String(128), nullable=False, unique=True),
    Column("signal_digest", String(64), nullable=False),
    Column("correlationid", String(128), nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("strategy", String(128), nullable=False),
    Column("account", String(128), nullable=False),
    Column("symbol", String(32), nullable=False),
    Column("side", String(8), nullable=True),
    Column("quantity", ExactDecimal, nullable=True),
    Column("held", ExactDecimal, nullable=True),
    Column("reasons", LargeBinary, nullable=False),
    Column("decided_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=True),
    Column("approval_digest", String(64), nullable=True),  # of the Approval as it was published; null where denied
    Column("inputs", LargeBinary, nullable=False),
    Index(f"{PREFIX}decisions_decided_at", "decided_at"),
    Index(f"{PREFIX}decisions_correlationid", "correlationid"),
)
ACCOUNTS = Table(
    f"{PREFIX}accounts",
    METADATA,
    Column("account", String(128), primary_key=True),
    Column("state", LargeBinary, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)
TRADING_STATE = Table(
    f"{PREFIX}trading_state",
    METADATA,
    Column("name", String(16), primary_key=True),
    Column("effective", String(16), nullable=False),
    Column("status", LargeBinary, nullable=False),
)
TRADING_STATE_CHANGES = Table(
    f"{PREFIX}trading_state_changes",
    METADATA,
    Column("number", LongInteger, primary_key=True),
    Column("who", String(128), nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("why", Text, nullable=False),
    Column("effective", String(16), nullable=False),
    Column("status", LargeBinary, nullable=False),
)
INSTRUMENTS = Table(
    f"{PREFIX}instruments",
    METADATA,
    Column("symbol", String(32), primary_key=True),
    Column("exchange", String(128), nullable=False),
    Column("average_volume", ExactDecimal, nullable=True),
    Column("volume_as_of", UtcDateTime, nullable=True),
)
TOLD_ALERTS = Table(
    f"{PREFIX}told_alerts",
    METADATA,
    Column("fingerprint", String(128), primary_key=True),
    Column("alert", LargeBinary, nullable=False),
)

PORTFOLIO_DEAD_LETTERS = light_table(
    "portfolio_dead_letters", column("stream", String(64)), column("resolved_at", UtcDateTime)
)
EXECUTION_OUTBOX_HEADS = light_table(
    "execution_outbox_heads", column("stream", String(64)), column("last_sequence", BigInteger)
)
