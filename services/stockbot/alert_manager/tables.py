"""The Alert Manager's tables. Their migrations are in `migrations/versions`; a test compares the two.

`open_key` is the fingerprint while a matter is not over, and null afterwards: so the database itself lets at most one
matter of a fingerprint be open. `deliveries` is each channel's queue and its receipts.
"""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, MetaData, String, Table, Text

from stockbot.runtime.alive import heartbeat_table
from stockbot.runtime.columns import LongInteger, UtcDateTime
from stockbot.runtime.dead_letters import dead_letter_table
from stockbot.runtime.inbox import inbox_table
from stockbot.runtime.lease import lease_table

PREFIX = "alert_"
METADATA = MetaData()

INBOX = inbox_table(METADATA, PREFIX)
DEAD_LETTERS = dead_letter_table(METADATA, PREFIX)
HEARTBEATS = heartbeat_table(METADATA, PREFIX)
LEASE = lease_table(METADATA, PREFIX)
ALERTS = Table(
    f"{PREFIX}alerts",
    METADATA,
    Column("number", LongInteger, primary_key=True),  # the order in which they began
    Column("alert_id", String(64), nullable=False, unique=True),
    Column("open_key", String(128), nullable=True, unique=True),
    Column("fingerprint", String(128), nullable=False),
    Column("service", String(128), nullable=False),
    Column("severity", String(16), nullable=False),
    Column("peak", String(16), nullable=False),
    Column("title", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("source", String(128), nullable=False),
    Column("labels", LargeBinary, nullable=False),
    Column("state", String(16), nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("first_at", UtcDateTime, nullable=False),
    Column("last_at", UtcDateTime, nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("last_report", String(128), nullable=False),
    Column("correlationid", String(128), nullable=False),
    Column("flaps", Integer, nullable=False),
    Column("held", Boolean, nullable=False),
    Column("acknowledged_by", String(128), nullable=True),
    Column("acknowledged_at", UtcDateTime, nullable=True),
    Column("note", Text, nullable=True),
    Column("resolved_at", UtcDateTime, nullable=True),
    Column("escalated_at", UtcDateTime, nullable=True),
    Index(f"{PREFIX}alerts_state", "state", "number"),
    Index(f"{PREFIX}alerts_fingerprint", "fingerprint", "first_at"),
    Index(f"{PREFIX}alerts_correlationid", "correlationid"),
    Index(f"{PREFIX}alerts_resolved_at", "resolved_at"),
)
DELIVERIES = Table(
    f"{PREFIX}deliveries",
    METADATA,
    Column("delivery_id", String(64), primary_key=True),
    Column("alert_id", String(64), nullable=False),
    Column("channel", String(40), nullable=False),
    Column("transition", String(32), nullable=False),
    Column("kind", String(128), nullable=False),
    Column("rank", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("attempted_at", UtcDateTime, nullable=True),
    Column("message_id", String(64), nullable=True),
    Column("reason", Text, nullable=False),
    Index(f"{PREFIX}deliveries_alert", "alert_id"),
    Index(f"{PREFIX}deliveries_state", "channel", "state"),
    Index(f"{PREFIX}deliveries_attempted_at", "channel", "attempted_at"),
)
CHANNELS = Table(
    f"{PREFIX}channels",
    METADATA,
    Column("name", String(40), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("retry_at", UtcDateTime, nullable=True),
    Column("last_delivery_at", UtcDateTime, nullable=True),
    Column("last_error", Text, nullable=True),
)
SILENCES = Table(
    f"{PREFIX}silences",
    METADATA,
    Column("number", LongInteger, primary_key=True),
    Column("silence_id", String(64), nullable=False, unique=True),
    Column("fingerprint_prefix", String(128), nullable=True),
    Column("service", String(128), nullable=True),
    Column("severity", String(16), nullable=True),
    Column("until", UtcDateTime, nullable=False),
    Column("created_by", String(128), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("reason", Text, nullable=False),
    Column("ended_at", UtcDateTime, nullable=True),
    Index(f"{PREFIX}silences_until", "until"),
)
ACTIONS = Table(
    f"{PREFIX}actions",
    METADATA,
    Column("number", LongInteger, primary_key=True),
    Column("who", String(128), nullable=False),
    Column("what", String(32), nullable=False),
    Column("subject", String(128), nullable=False),
    Column("why", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index(f"{PREFIX}actions_subject", "subject"),
)
