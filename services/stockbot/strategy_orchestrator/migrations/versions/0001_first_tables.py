"""The first tables: bus and heartbeats, strategies and their state, signals, what became of them."""

import sqlalchemy as sa
from alembic import op

from stockbot.runtime.columns import ExactDecimal, LongInteger, UtcDateTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    _bus()
    _strategies()
    _signals()
    _feedback()


def _bus() -> None:
    op.create_table(
        "orchestrator_outbox",
        sa.Column("stream", sa.String(64), primary_key=True),
        sa.Column("source", sa.String(128), primary_key=True),
        sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("event", sa.LargeBinary, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "orchestrator_outbox_heads",
        sa.Column("stream", sa.String(64), primary_key=True),
        sa.Column("source", sa.String(128), primary_key=True),
        sa.Column("incarnation", sa.String(64), nullable=False),
        sa.Column("last_sequence", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "orchestrator_inbox",
        sa.Column("stream", sa.String(64), primary_key=True),
        sa.Column("consumer", sa.String(128), primary_key=True),
        sa.Column("source", sa.String(128), primary_key=True),
        sa.Column("incarnation", sa.String(64), primary_key=True),
        sa.Column("last_sequence", sa.BigInteger, nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "orchestrator_dead_letters",
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
        "orchestrator_heartbeats",
        sa.Column("source", sa.String(128), primary_key=True),
        sa.Column("beat_at", UtcDateTime, nullable=False),
    )


def _strategies() -> None:
    op.create_table(
        "orchestrator_desires",
        sa.Column("number", LongInteger, primary_key=True),
        sa.Column("strategy", sa.String(128), nullable=False),
        sa.Column("desire", sa.String(16), nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("who", sa.String(128), nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
    )
    op.create_index("orchestrator_desires_strategy", "orchestrator_desires", ["strategy"])
    op.create_table(
        "orchestrator_instances",
        sa.Column("strategy", sa.String(128), primary_key=True),
        sa.Column("shard", sa.Integer, primary_key=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("since", UtcDateTime, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("obeyed", LongInteger, nullable=False),
    )
    op.create_table(
        "orchestrator_progress",
        sa.Column("strategy", sa.String(128), primary_key=True),
        sa.Column("symbol", sa.String(32), primary_key=True),
        sa.Column("decided_until", UtcDateTime, nullable=False),
        sa.Column("waiting", sa.Boolean, nullable=False),
    )
    op.create_table(
        "orchestrator_hung_files",
        sa.Column("name", sa.String(255), primary_key=True),
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("hung_at", UtcDateTime, nullable=False),
    )


def _signals() -> None:
    op.create_table(
        "orchestrator_signals",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("strategy", sa.String(128), nullable=False),
        sa.Column("symbol", sa.String(32), nullable=False),
        sa.Column("side", sa.String(8), nullable=False),
        sa.Column("quantity", ExactDecimal, nullable=False),
        sa.Column("valid_until", UtcDateTime, nullable=False),
        sa.Column("made_at", UtcDateTime, nullable=False),
        sa.Column("correlationid", sa.String(128), nullable=False),
        sa.Column("causationid", sa.String(128), nullable=False),
        sa.Column("signal", sa.LargeBinary, nullable=False),
        sa.Column("answer", sa.String(16), nullable=True),
        sa.Column("answer_reason", sa.Text, nullable=True),
    )
    op.create_index("orchestrator_signals_made_at", "orchestrator_signals", ["made_at"])
    op.create_index("orchestrator_signals_strategy", "orchestrator_signals", ["strategy", "made_at"])
    op.create_index("orchestrator_signals_correlationid", "orchestrator_signals", ["correlationid"])
    op.create_index("orchestrator_signals_valid_until", "orchestrator_signals", ["valid_until"])


def _feedback() -> None:
    op.create_table(
        "orchestrator_feedback",
        sa.Column("number", LongInteger, primary_key=True),
        sa.Column("event_id", sa.String(128), nullable=False, unique=True),
        sa.Column("strategy", sa.String(128), nullable=False),
        sa.Column("symbol", sa.String(32), nullable=False),
        sa.Column("received_at", UtcDateTime, nullable=False),
        sa.Column("event", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "orchestrator_orders",
        sa.Column("client_order_id", sa.String(128), primary_key=True),
        sa.Column("strategy", sa.String(128), nullable=False),
        sa.Column("symbol", sa.String(32), nullable=False),
        sa.Column("side", sa.String(8), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("quantity", ExactDecimal, nullable=False),
        sa.Column("filled_quantity", ExactDecimal, nullable=False),
    )
    op.create_index("orchestrator_orders_state", "orchestrator_orders", ["state"])
    op.create_table(
        "orchestrator_positions",
        sa.Column("strategy", sa.String(128), primary_key=True),
        sa.Column("symbol", sa.String(32), primary_key=True),
        sa.Column("quantity", ExactDecimal, nullable=False),
    )
