"""The Portfolio Manager's tables. Their migrations are in `migrations/versions`; a test compares the two.

`entries` and their `lines` are the double-entry ledger and are only ever added to. `movements` are what changed the
shares of a symbol, in the order of booking: a bust is booked by folding them without one. `accounts`, `positions` and
`trades` follow from both and are kept beside them, in the same transactions. JSON columns hold the structs of
`stockbot.model.ledger`. `execution_accounts` and `execution_activities` are the Execution Engine's, and only read.
"""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, MetaData, String, Table, Text, column
from sqlalchemy import UniqueConstraint as Unique
from sqlalchemy import table as light_table

from stockbot.runtime.alive import heartbeat_table
from stockbot.runtime.columns import ExactDecimal, LongInteger, UtcDateTime
from stockbot.runtime.dead_letters import dead_letter_table
from stockbot.runtime.inbox import inbox_table
from stockbot.runtime.lease import lease_table
from stockbot.runtime.outbox import outbox_tables

PREFIX = "portfolio_"
METADATA = MetaData()

OUTBOX = outbox_tables(METADATA, PREFIX)
INBOX = inbox_table(METADATA, PREFIX)
DEAD_LETTERS = dead_letter_table(METADATA, PREFIX)
HEARTBEATS = heartbeat_table(METADATA, PREFIX)
LEASE = lease_table(METADATA, PREFIX)
ACCOUNTS = Table(
    f"{PREFIX}accounts",
    METADATA,
    Column("account", String(128), primary_key=True),
    Column("broker", String(128), nullable=False),
    Column("mode", String(16), nullable=False),
    Column("settles", Boolean, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("version", BigInteger, nullable=False),  # the highest that may be published without another commit
    Column("through_sequence", BigInteger, nullable=False),
    Column("activity_number", BigInteger, nullable=False),
    Column("cash", ExactDecimal, nullable=False),
    Column("net_deposits", ExactDecimal, nullable=False),
    Column("realised", ExactDecimal, nullable=False),
    Column("fees", ExactDecimal, nullable=False),
    Column("dividends", ExactDecimal, nullable=False),
    Column("interest", ExactDecimal, nullable=False),
    Column("bought", ExactDecimal, nullable=False),  # all purchases so far, for the turnover
    Column("sold", ExactDecimal, nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("day", LargeBinary, nullable=True),
)
POSITIONS = Table(
    f"{PREFIX}positions",
    METADATA,
    Column("account", String(128), primary_key=True),
    Column("symbol", String(32), primary_key=True),
    Column("strategy", String(128), primary_key=True),  # empty: the account's own
    Column("quantity", ExactDecimal, nullable=False),
    Column("cost", ExactDecimal, nullable=False),
    Column("realised", ExactDecimal, nullable=False),
    Column("fees", ExactDecimal, nullable=False),
    Column("trip", LargeBinary, nullable=True),
)
ENTRIES = Table(
    f"{PREFIX}entries",
    METADATA,
    Column("number", LongInteger, primary_key=True, autoincrement=False),  # counted by the one writer, without a gap
    Column("entry_id", String(128), nullable=False, unique=True),
    Column("kind", String(16), nullable=False),
    Column("account", String(128), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("booked_at", UtcDateTime, nullable=False),
    Column("memo", Text, nullable=False),
    Column("correlationid", String(128), nullable=True),
    Column("digest", String(64), nullable=True),  # of what a person asked for
    Index(f"{PREFIX}entries_correlationid", "correlationid"),
    Index(f"{PREFIX}entries_at", "account", "at"),
)
LINES = Table(
    f"{PREFIX}lines",
    METADATA,
    Column("entry", BigInteger, primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("ledger_account", String(16), nullable=False),
    Column("symbol", String(32), nullable=True),
    Column("strategy", String(128), nullable=True),
    Column("amount", ExactDecimal, nullable=False),
    Column("quantity", ExactDecimal, nullable=True),
)
MOVEMENTS = Table(
    f"{PREFIX}movements",
    METADATA,
    Column("number", LongInteger, primary_key=True, autoincrement=False),
    Column("account", String(128), nullable=False),
    Column("movement_id", String(128), nullable=False),  # of a fill its execution id
    Column("symbol", String(32), nullable=False),
    Column("movement", LargeBinary, nullable=False),
    Column("settles_on", String(10), nullable=True),
    Column("busted", Boolean, nullable=False),
    Unique("account", "movement_id"),
    Index(f"{PREFIX}movements_symbol", "account", "symbol"),
)
TRADES = Table(
    f"{PREFIX}trades",
    METADATA,
    Column("number", LongInteger, primary_key=True),
    Column("account", String(128), nullable=False),
    Column("strategy", String(128), nullable=False),
    Column("symbol", String(32), nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("closed_at", UtcDateTime, nullable=False),
    Column("correlationid", String(128), nullable=False),
    Column("closing_correlationid", String(128), nullable=False),
    Column("trade", LargeBinary, nullable=False),
    Index(f"{PREFIX}trades_closed_at", "account", "closed_at"),
    Index(f"{PREFIX}trades_symbol", "account", "symbol"),
)
SETTLEMENTS = Table(
    f"{PREFIX}settlements",
    METADATA,
    Column("account", String(128), primary_key=True),
    Column("settles_on", String(10), primary_key=True),
    Column("amount", ExactDecimal, nullable=False),
)
EQUITY = Table(
    f"{PREFIX}equity",
    METADATA,
    Column("number", LongInteger, primary_key=True),
    Column("account", String(128), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("kind", String(8), nullable=False),
    Column("session", String(10), nullable=True),  # of a close its session's date
    Column("equity", ExactDecimal, nullable=False),
    Column("cash", ExactDecimal, nullable=False),
    Column("net_deposits", ExactDecimal, nullable=False),
    Column("gross", ExactDecimal, nullable=False),
    Column("bought", ExactDecimal, nullable=False),
    Column("sold", ExactDecimal, nullable=False),
    Column("growth", ExactDecimal, nullable=False),  # of one unit of money since the first point, flows excluded
    Column("peak", ExactDecimal, nullable=False),  # the highest growth so far
    Unique("account", "session"),
    Index(f"{PREFIX}equity_at", "account", "at"),
)
TOLD_ALERTS = Table(
    f"{PREFIX}told_alerts",
    METADATA,
    Column("fingerprint", String(128), primary_key=True),
    Column("alert", LargeBinary, nullable=False),
)

EXECUTION_ACCOUNTS = light_table(
    "execution_accounts",
    column("account", String(128)),
    column("broker", String(128)),
    column("mode", String(16)),
    column("settles", Boolean),
    column("currency", String(3)),
    column("opening_cash", ExactDecimal),
    column("opening_positions", LargeBinary),
    column("opened_at", UtcDateTime),
)
EXECUTION_ACTIVITIES = light_table(
    "execution_activities",
    column("number", LongInteger),
    column("account", String(128)),
    column("activity_id", String(128)),
    column("kind", String(16)),
    column("amount", ExactDecimal),
    column("symbol", String(32)),
    column("quantity", ExactDecimal),
    column("execution_id", String(128)),
    column("note", Text),
    column("at", UtcDateTime),
)
