"""The orchestrator's tables. Their migrations are in `migrations/versions`; a test compares the two."""

from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, MetaData, String, Table, Text

from stockbot.runtime.alive import heartbeat_table
from stockbot.runtime.columns import ExactDecimal, LongInteger, UtcDateTime
from stockbot.runtime.dead_letters import dead_letter_table
from stockbot.runtime.inbox import inbox_table
from stockbot.runtime.outbox import outbox_tables

PREFIX = "orchestrator_"
METADATA = MetaData()

OUTBOX = outbox_tables(METADATA, PREFIX)
INBOX = inbox_table(METADATA, PREFIX)
DEAD_LETTERS = dead_letter_table(METADATA, PREFIX)
HEARTBEATS = heartbeat_table(METADATA, PREFIX)

DESIRES = Table(  # what people asked for at run time; the latest of a strategy counts
    f"{PREFIX}desires",
    METADATA,
    Column("number", LongInteger, primary_key=True),
    Column("strategy", String(128), nullable=False),
    Column("desire", String(16), nullable=False),
    Column("enabled", Boolean, nullable=False),  # what the document said then: where it says other now, it counts
    Column("who", String(128), nullable=False),
    Column("why", Text, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Index(f"{PREFIX}desires_strategy", "strategy"),
)
INSTANCES = Table(  # how each strategy fares on each shard
    f"{PREFIX}instances",
    METADATA,
    Column("strategy", String(128), primary_key=True),
    Column("shard", Integer, primary_key=True),
    Column("state", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("digest", String(64), nullable=False),  # of document and code: a failure counts for these alone
    Column("obeyed", LongInteger, nullable=False),  # the last desire that was followed
)
PROGRESS = Table(  # through which bar each strategy has decided on each symbol
    f"{PREFIX}progress",
    METADATA,
    Column("strategy", String(128), primary_key=True),
    Column("symbol", String(32), primary_key=True),
    Column("decided_until", UtcDateTime, nullable=False),
    Column("waiting", Boolean, nullable=False),  # whether the last bar's wishes wait for the session
)
SIGNALS = Table(
    f"{PREFIX}signals",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("strategy", String(128), nullable=False),
    Column("symbol", String(32), nullable=False),
    Column("side", String(8), nullable=False),
    Column("quantity", ExactDecimal, nullable=False),  # on its way until it is answered; none for a change of an order
    Column("valid_until", UtcDateTime, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("correlationid", String(128), nullable=False),
    Column("causationid", String(128), nullable=False),
    Column("signal", LargeBinary, nullable=False),
    Column("answer", String(16), nullable=True),
    Column("answer_reason", Text, nullable=True),
    Index(f"{PREFIX}signals_made_at", "made_at"),
    Index(f"{PREFIX}signals_strategy", "strategy", "made_at"),
    Index(f"{PREFIX}signals_correlationid", "correlationid"),
    Index(f"{PREFIX}signals_valid_until", "valid_until"),
)
FEEDBACK = Table(  # what risk and the broker said, in the order in which it came
    f"{PREFIX}feedback",
    METADATA,
    Column("number", LongInteger, primary_key=True),
    Column("event_id", String(128), nullable=False, unique=True),
    Column("strategy", String(128), nullable=False),
    Column("symbol", String(32), nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
    Column("event", LargeBinary, nullable=False),
)
ORDERS = Table(
    f"{PREFIX}orders",
    METADATA,
    Column("client_order_id", String(128), primary_key=True),
    Column("strategy", String(128), nullable=False),
    Column("symbol", String(32), nullable=False),
    Column("side", String(8), nullable=False),
    Column("state", String(24), nullable=False),
    Column("quantity", ExactDecimal, nullable=False),
    Column("filled_quantity", ExactDecimal, nullable=False),
    Column("terms", LargeBinary, nullable=True),  # null: of before they were kept
    Column("protects", String(128), nullable=True),  # the signal whose fill a leg of a bracket guards
    Column("replaces", String(128), nullable=True),  # the order whose place this one takes
    Index(f"{PREFIX}orders_state", "state"),
)
POSITIONS = Table(
    f"{PREFIX}positions",
    METADATA,
    Column("strategy", String(128), primary_key=True),
    Column("symbol", String(32), primary_key=True),
    Column("quantity", ExactDecimal, nullable=False),
)
HUNG_FILES = Table(  # files whose import never came back, not to be tried again as they are
    f"{PREFIX}hung_files",
    METADATA,
    Column("name", String(255), primary_key=True),
    Column("digest", String(64), primary_key=True),
    Column("hung_at", UtcDateTime, nullable=False),
)
