"""The first tables: outbox, inbox, dead letters, heartbeats, lease; decisions, accounts, trading state, instruments."""

import sqlalchemy as sa
from alembic import op

from stockbot.runtime.columns import ExactDecimal, LongInteger, UtcDateTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    _runtime_tables()
    _decisions()
    _accounts()
    _trading_state()


def _runtime_tables() -> None:
    op.create_table(
        "risk_outbox",
        sa.Column("stream", sa.String(64), primary_key=True),
        sa.Column("source", sa.String(128), primary_key=True),
        sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("event", sa.LargeBinary, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "risk_outbox_heads",
        sa.Column("stream", sa.String(64), primary_key=True),
        sa.Column("source", sa.String(128), primary_key=True),
        sa.Column("incarnation", sa.String(64), nullable=False),
        sa.Column("last_sequence", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "risk_inbox",
        sa.Column("stream", sa.String(64), primary_key=True),
        sa.Column("consumer", sa.String(128), primary_key=True),
        sa.Column("source", sa.String(128), primary_key=True),
        sa.Column("incarnation", sa.String(64), primary_key=True),
        sa.Column("last_sequence", sa.BigInteger, nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "risk_dead_letters",
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
        "risk_heartbeats",
        sa.Column("source", sa.String(128), primary_key=True),
        sa.Column("beat_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "risk_lease",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("token", sa.BigInteger, nullable=False),
        sa.Column("seconds", sa.Float, nullable=False),
        sa.Column("expires", UtcDateTime, nullable=False),
    )


def _decisions() -> None:
    op.create_table(
        "risk_decisions",
        sa.Column("number", LongInteger, primary_key=True),
        sa.Column("decision_id", sa.String(128), nullable=False, unique=True),
        sa.Column("signal_id", sa.String(128), nullable=False, unique=True),
        sa.Column("signal_digest", sa.String(64), nullable=False),
        sa.Column("correlationid", sa.String(128), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("strategy", sa.String(128), nullable=False),
        sa.Column("account", sa.String(128), nullable=False),
        sa.Column("symbol", sa.String(32), nullable=False),
        sa.Column("side", sa.String(8), nullable=True),
        sa.Column("quantity", ExactDecimal, nullable=True),
        sa.Column("held", ExactDecimal, nullable=True),
        sa.Column("reasons", sa.LargeBinary, nullable=False),
        sa.Column("decided_at", UtcDateTime, nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=True),
        sa.Column("inputs", sa.LargeBinary, nullable=False),
    )
    op.create_index("risk_decisions_decided_at", "risk_decisions", ["decided_at"])
    op.create_index("risk_decisions_correlationid", "risk_decisions", ["correlationid"])


def _accounts() -> None:
    op.create_table(
        "risk_accounts",
        sa.Column("account", sa.String(128), primary_key=True),
        sa.Column("state", sa.LargeBinary, nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "risk_instruments",
        sa.Column("symbol", sa.String(32), primary_key=True),
        sa.Column("exchange", sa.String(128), nullable=False),
        sa.Column("average_volume", ExactDecimal, nullable=True),
        sa.Column("volume_as_of", UtcDateTime, nullable=True),
    )


def _trading_state() -> None:
    op.create_table(
        "risk_trading_state",
        sa.Column("name", sa.String(16), primary_key=True),
        sa.Column("effective", sa.String(16), nullable=False),
        sa.Column("status", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "risk_trading_state_changes",
        sa.Column("number", LongInteger, primary_key=True),
        sa.Column("who", sa.String(128), nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("effective", sa.String(16), nullable=False),
        sa.Column("status", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "risk_told_alerts",
        sa.Column("fingerprint", sa.String(128), primary_key=True),
        sa.Column("alert", sa.LargeBinary, nullable=False),
    )
