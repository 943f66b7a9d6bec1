"""The Execution Engine's tables. Their migrations are in `migrations/versions`; a test compares the two.

The Portfolio Manager reads `execution_accounts` and `execution_activities`. `document` holds the whole order as
`stockbot.model.orders.order` knows it; the columns beside it are what is searched for.
"""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, MetaData, String, Table, Text
from sqlalchemy import UniqueConstraint as Unique

from stockbot.execution_engine.brokers.paper.tables import paper_tables
from stockbot.runtime.alive import heartbeat_table
from stockbot.runtime.columns import ExactDecimal, LongInteger, UtcDateTime
from stockbot.runtime.dead_letters import dead_letter_table
from stockbot.runtime.inbox import inbox_table
from stockbot.runtime.lease import lease_table
from stockbot.runtime.outbox import outbox_tables

PREFIX = "execution_"
METADATA = MetaData()

OUTBOX = outbox_tables(METADATA, PREFIX)
INBOX = inbox_table(METADATA, PREFIX)
DEAD_LETTERS = dead_letter_table(METADATA, PREFIX)
HEARTBEATS = heartbeat_table(METADATA, PREFIX)
LEASE = lease_table(METADATA, PREFIX)
ORDERS = Table(
    f"{PREFIX}orders",
    METADATA,
    Column("number", LongInteger, primary_key=True),  # the order in which they were committed
    Column("client_order_id", String(128), nullable=False, unique=True),
    Column("decision_id", String(128), nullable=True),
    Column("leg", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("signal_id", String(128), nullable=True),
    Column("account", String(128), nullable=False),
    Column("strategy", String(128), nullable=False),
    Column("symbol", String(32), nullable=False),
    Column("correlationid", String(128), nullable=False),
    Column("state", String(24), nullable=False),
    Column("is_open", Boolean, nullable=False),
    Column("needs_exits", Boolean, nullable=False),
    Column("fencing_token", BigInteger, nullable=False),
    Column("document", LargeBinary, nullable=False),
    Column("approval", LargeBinary, nullable=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Unique("decision_id", "leg", "revision", name=f"{PREFIX}orders_once"),
    Index(f"{PREFIX}orders_open", "is_open", "state"),
    Index(f"{PREFIX}orders_needs_exits", "needs_exits"),
    Index(f"{PREFIX}orders_symbol", "symbol"),
    Index(f"{PREFIX}orders_strategy", "strategy"),
    Index(f"{PREFIX}orders_signal_id", "signal_id"),
    Index(f"{PREFIX}orders_correlationid", "correlationid"),
)
TIMELINE = Table(
    f"{PREFIX}timeline",
    METADATA,
    Column("number", LongInteger, primary_key=True),
    Column("client_order_id", String(128), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("state", String(24), nullable=False),
    Column("filled_quantity", ExactDecimal, nullable=False),
    Column("source", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Index(f"{PREFIX}timeline_order", "client_order_id"),
)
EXECUTIONS = Table(
    f"{PREFIX}executions",
    METADATA,
    Column("number", LongInteger, primary_key=True),
    Column("account", String(128), nullable=False),
    Column("execution_id", String(128), nullable=False),
    Column("client_order_id", String(128), nullable=False),
    Column("broker_order_id", String(128), nullable=False),
    Column("strategy", String(128), nullable=False),
    Column("symbol", String(32), nullable=False),
    Column("side", String(8), nullable=False),
    Column("quantity", ExactDecimal, nullable=False),
    Column("price", ExactDecimal, nullable=False),
    Column("fee", ExactDecimal, nullable=False),
    Column("executed_at", UtcDateTime, nullable=False),
    Column("booked_at", UtcDateTime, nullable=False),
    Column("correlationid", String(128), nullable=False),
    Column("signal_id", String(128), nullable=True),
    Column("decision_id", String(128), nullable=True),
    Unique("account", "execution_id", name=f"{PREFIX}executions_once"),
    Index(f"{PREFIX}executions_order", "client_order_id"),
    Index(f"{PREFIX}executions_correlationid", "correlationid"),
)
POSITIONS = Table(
    f"{PREFIX}positions",
    METADATA,
    Column("account", String(128), primary_key=True),
    Column("strategy", String(128), primary_key=True),
    Column("symbol", String(32), primary_key=True),
    Column("quantity", ExactDecimal, nullable=False),
)
ACCOUNTS = Table(  # written once, when the account is first seen
    f"{PREFIX}accounts",
    METADATA,
    Column("account", String(128), primary_key=True),
    Column("broker", String(32), nullable=False),
    Column("broker_account_id", String(128), nullable=False),
    Column("mode", String(16), nullable=False),
    Column("settles", Boolean, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("opening_cash", ExactDecimal, nullable=False),
    Column("opening_positions", LargeBinary, nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
)
BOOKS = Table(  # what we have by our own count, and how far the broker was asked
    f"{PREFIX}books",
    METADATA,
    Column("account", String(128), primary_key=True),
    Column("cash", ExactDecimal, nullable=False),
    Column("executed_through", UtcDateTime, nullable=False),
    Column("active_through", UtcDateTime, nullable=False),
    Column("risk_source", String(128), nullable=True),
)
ACTIVITIES = Table(
    f"{PREFIX}activities",
    METADATA,
    Column("number", LongInteger, primary_key=True),
    Column("account", String(128), nullable=False),
    Column("activity_id", String(128), nullable=False, unique=True),
    Column("kind", String(16), nullable=False),
    Column("amount", ExactDecimal, nullable=False),
    Column("symbol", String(32), nullable=True),
    Column("quantity", ExactDecimal, nullable=True),
    Column("execution_id", String(128), nullable=True),
    Column("note", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("recorded_at", UtcDateTime, nullable=False),
)
DRIFTS = Table(
    f"{PREFIX}drifts",
    METADATA,
    Column("kind", String(16), primary_key=True),
    Column("subject", String(128), primary_key=True),
    Column("ours", Text, nullable=False),
    Column("brokers", Text, nullable=False),
    Column("since", UtcDateTime, nullable=False),
)
TROUBLES = Table(
    f"{PREFIX}troubles",
    METADATA,
    Column("number", LongInteger, primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("subject", String(128), nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index(f"{PREFIX}troubles_subject", "subject"),
)
AUDIT = Table(
    f"{PREFIX}audit",
    METADATA,
    Column("number", LongInteger, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("who", String(128), nullable=False),
    Column("what", String(64), nullable=False),
    Column("subject", String(128), nullable=False),
    Column("why", Text, nullable=False),
)
REQUESTS = Table(  # one row for each Idempotency-Key
    f"{PREFIX}requests",
    METADATA,
    Column("key", String(255), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("signal_id", String(128), nullable=False),
    Column("correlationid", String(128), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)
CLOSES = Table(  # of a flatten, which wait for the cancellations before them
    f"{PREFIX}closes",
    METADATA,
    Column("correlationid", String(128), primary_key=True),
    Column("symbol", String(32), nullable=False),
    Column("flatten", String(128), nullable=False),
    Column("reason", Text, nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
)
PAPER = paper_tables(METADATA, PREFIX)  # the paper broker's own: this service asks it as any broker
