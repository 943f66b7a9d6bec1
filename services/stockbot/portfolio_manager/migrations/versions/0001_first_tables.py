"""The first tables: outbox, inbox, dead letters, heartbeats, lease; accounts, positions, ledger, trades, equity."""

import sqlalchemy as sa
from alembic import op

from stockbot.runtime.columns import ExactDecimal, LongInteger, UtcDateTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    _runtime_tables()
    _books()
    _ledger()
    _results()


def _runtime_tables() -> None:
    op.create_table(
        "portfolio_outbox",
        sa.Column("stream", sa.String(64), primary_key=True),
        sa.Column("source", sa.String(128), primary_key=True),
        sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("event", sa.LargeBinary, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "portfolio_outbox_heads",
        sa.Column("stream", sa.String(64), primary_key=True),
        sa.Column("source", sa.String(128), primary_key=True),
        sa.Column("incarnation", sa.String(64), nullable=False),
        sa.Column("last_sequence", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "portfolio_inbox",
        sa.Column("stream", sa.String(64), primary_key=True),
        sa.Column("consumer", sa.String(128), primary_key=True),
        sa.Column("source", sa.String(128), primary_key=True),
        sa.Column("incarnation", sa.String(64), primary_key=True),
        sa.Column("last_sequence", sa.BigInteger, nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "portfolio_dead_letters",
        sa.Column("letter_id", sa.String(256), primary_key=True),
        sa.Column("stream", sa.String(64), nullable=False),
        sa.Column("consumer", sa.String(128), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),
        sa.Column("received_at", UtcDateTime, nullable=False),
        sa.Column("resolved_at", UtcDateTime, nullable=True),
        sa.Column("resolution", sa.Text, nullable=True),
    )
    op.create_table(
        "portfolio_heartbeats",
        sa.Column("source", sa.String(128), primary_key=True),
        sa.Column("beat_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "portfolio_lease",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("token", sa.BigInteger, nullable=False),
        sa.Column("seconds", sa.Float, nullable=False),
        sa.Column("expires", UtcDateTime, nullable=False),
    )


def _books() -> None:
    op.create_table(
        "portfolio_accounts",
        sa.Column("account", sa.String(128), primary_key=True),
        sa.Column("broker", sa.String(128), nullable=False),
        sa.Column("mode", sa.String(16), nullable=False),
        sa.Column("settles", sa.Boolean, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("through_sequence", sa.BigInteger, nullable=False),
        sa.Column("activity_number", sa.BigInteger, nullable=False),
        sa.Column("cash", ExactDecimal, nullable=False),
        sa.Column("net_deposits", ExactDecimal, nullable=False),
        sa.Column("realised", ExactDecimal, nullable=False),
        sa.Column("fees", ExactDecimal, nullable=False),
        sa.Column("dividends", ExactDecimal, nullable=False),
        sa.Column("interest", ExactDecimal, nullable=False),
        sa.Column("bought", ExactDecimal, nullable=False),
        sa.Column("sold", ExactDecimal, nullable=False),
        sa.Column("opened_at", UtcDateTime, nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
        sa.Column("day", sa.LargeBinary, nullable=True),
    )
    op.create_table(
        "portfolio_positions",
        sa.Column("account", sa.String(128), primary_key=True),
        sa.Column("symbol", sa.String(32), primary_key=True),
        sa.Column("strategy", sa.String(128), primary_key=True),
        sa.Column("quantity", ExactDecimal, nullable=False),
        sa.Column("cost", ExactDecimal, nullable=False),
        sa.Column("realised", ExactDecimal, nullable=False),
        sa.Column("fees", ExactDecimal, nullable=False),
        sa.Column("trip", sa.LargeBinary, nullable=True),
    )
    op.create_table(
        "portfolio_settlements",
        sa.Column("account", sa.String(128), primary_key=True),
        sa.Column("settles_on", sa.String(10), primary_key=True),
        sa.Column("amount", ExactDecimal, nullable=False),
    )


def _ledger() -> None:
    op.create_table(
        "portfolio_entries",
        sa.Column("number", LongInteger, primary_key=True, autoincrement=False),
        sa.Column("entry_id", sa.String(128), nullable=False, unique=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("account", sa.String(128), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("booked_at", UtcDateTime, nullable=False),
        sa.Column("memo", sa.Text, nullable=False),
        sa.Column("correlationid", sa.String(128), nullable=True),
        sa.Column("digest", sa.String(64), nullable=True),
    )
    op.create_index("portfolio_entries_correlationid", "portfolio_entries", ["correlationid"])
    op.create_index("portfolio_entries_at", "portfolio_entries", ["account", "at"])
    op.create_table(
        "portfolio_lines",
        sa.Column("entry", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("ledger_account", sa.String(16), nullable=False),
        sa.Column("symbol", sa.String(32), nullable=True),
        sa.Column("strategy", sa.String(128), nullable=True),
        sa.Column("amount", ExactDecimal, nullable=False),
        sa.Column("quantity", ExactDecimal, nullable=True),
    )
    op.create_table(
        "portfolio_movements",
        sa.Column("number", LongInteger, primary_key=True, autoincrement=False),
        sa.Column("account", sa.String(128), nullable=False),
        sa.Column("movement_id", sa.String(128), nullable=False),
        sa.Column("symbol", sa.String(32), nullable=False),
        sa.Column("movement", sa.LargeBinary, nullable=False),
        sa.Column("settles_on", sa.String(10), nullable=True),
        sa.Column("busted", sa.Boolean, nullable=False),
        sa.UniqueConstraint("account", "movement_id"),
    )
    op.create_index("portfolio_movements_symbol", "portfolio_movements", ["account", "symbol"])


def _results() -> None:
    op.create_table(
        "portfolio_trades",
        sa.Column("number", LongInteger, primary_key=True),
        sa.Column("account", sa.String(128), nullable=False),
        sa.Column("strategy", sa.String(128), nullable=False),
        sa.Column("symbol", sa.String(32), nullable=False),
        sa.Column("opened_at", UtcDateTime, nullable=False),
        sa.Column("closed_at", UtcDateTime, nullable=False),
        sa.Column("correlationid", sa.String(128), nullable=False),
        sa.Column("closing_correlationid", sa.String(128), nullable=False),
        sa.Column("trade", sa.LargeBinary, nullable=False),
    )
    op.create_index("portfolio_trades_closed_at", "portfolio_trades", ["account", "closed_at"])
    op.create_index("portfolio_trades_symbol", "portfolio_trades", ["account", "symbol"])
    op.create_table(
        "portfolio_equity",
        sa.Column("number", LongInteger, primary_key=True),
        sa.Column("account", sa.String(128), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("session", sa.String(10), nullable=True),
        sa.Column("equity", ExactDecimal, nullable=False),
        sa.Column("cash", ExactDecimal, nullable=False),
        sa.Column("net_deposits", ExactDecimal, nullable=False),
        sa.Column("gross", ExactDecimal, nullable=False),
        sa.Column("bought", ExactDecimal, nullable=False),
        sa.Column("sold", ExactDecimal, nullable=False),
        sa.Column("growth", ExactDecimal, nullable=False),
        sa.Column("peak", ExactDecimal, nullable=False),
        sa.UniqueConstraint("account", "session"),
    )
    op.create_index("portfolio_equity_at", "portfolio_equity", ["account", "at"])
    op.create_table(
        "portfolio_told_alerts",
        sa.Column("fingerprint", sa.String(128), primary_key=True),
        sa.Column("alert", sa.LargeBinary, nullable=False),
    )
