"""The first tables: inbox, dead letters, heartbeats, lease; alerts, deliveries, channels, silences, actions."""

import sqlalchemy as sa
from alembic import op

from stockbot.runtime.columns import LongInteger, UtcDateTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    _runtime_tables()
    _alerts()
    _deliveries()
    _people()


def _runtime_tables() -> None:
    op.create_table(
        "alert_inbox",
        sa.Column("stream", sa.String(64), primary_key=True),
        sa.Column("consumer", sa.String(128), primary_key=True),
        sa.Column("source", sa.String(128), primary_key=True),
        sa.Column("incarnation", sa.String(64), primary_key=True),
        sa.Column("last_sequence", sa.BigInteger, nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "alert_dead_letters",
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
        "alert_heartbeats",
        sa.Column("source", sa.String(128), primary_key=True),
        sa.Column("beat_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "alert_lease",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("token", sa.BigInteger, nullable=False),
        sa.Column("seconds", sa.Float, nullable=False),
        sa.Column("expires", UtcDateTime, nullable=False),
    )


def _alerts() -> None:
    op.create_table(
        "alert_alerts",
        sa.Column("number", LongInteger, primary_key=True),
        sa.Column("alert_id", sa.String(64), nullable=False, unique=True),
        sa.Column("open_key", sa.String(128), nullable=True, unique=True),
        sa.Column("fingerprint", sa.String(128), nullable=False),
        sa.Column("service", sa.String(128), nullable=False),
        sa.Column("severity", sa.String(16), nullable=False),
        sa.Column("peak", sa.String(16), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("source", sa.String(128), nullable=False),
        sa.Column("labels", sa.LargeBinary, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("count", sa.BigInteger, nullable=False),
        sa.Column("first_at", UtcDateTime, nullable=False),
        sa.Column("last_at", UtcDateTime, nullable=False),
        sa.Column("opened_at", UtcDateTime, nullable=False),
        sa.Column("last_report", sa.String(128), nullable=False),
        sa.Column("correlationid", sa.String(128), nullable=False),
        sa.Column("flaps", sa.Integer, nullable=False),
        sa.Column("held", sa.Boolean, nullable=False),
        sa.Column("acknowledged_by", sa.String(128), nullable=True),
        sa.Column("acknowledged_at", UtcDateTime, nullable=True),
        sa.Column("note", sa.Text, nullable=True),
        sa.Column("resolved_at", UtcDateTime, nullable=True),
        sa.Column("escalated_at", UtcDateTime, nullable=True),
    )
    op.create_index("alert_alerts_correlationid", "alert_alerts", ["correlationid"])
    op.create_index("alert_alerts_fingerprint", "alert_alerts", ["fingerprint", "first_at"])
    op.create_index("alert_alerts_resolved_at", "alert_alerts", ["resolved_at"])
    op.create_index("alert_alerts_state", "alert_alerts", ["state", "number"])


def _deliveries() -> None:
    op.create_table(
        "alert_deliveries",
        sa.Column("delivery_id", sa.String(64), primary_key=True),
        sa.Column("alert_id", sa.String(64), nullable=False),
        sa.Column("channel", sa.String(40), nullable=False),
        sa.Column("transition", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(128), nullable=False),
        sa.Column("rank", sa.Integer, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("due_at", UtcDateTime, nullable=False),
        sa.Column("attempted_at", UtcDateTime, nullable=True),
        sa.Column("message_id", sa.String(64), nullable=True),
        sa.Column("reason", sa.Text, nullable=False),
    )
    op.create_index("alert_deliveries_alert", "alert_deliveries", ["alert_id"])
    op.create_index("alert_deliveries_attempted_at", "alert_deliveries", ["channel", "attempted_at"])
    op.create_index("alert_deliveries_state", "alert_deliveries", ["channel", "state"])
    op.create_table(
        "alert_channels",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("retry_at", UtcDateTime, nullable=True),
        sa.Column("last_delivery_at", UtcDateTime, nullable=True),
        sa.Column("last_error", sa.Text, nullable=True),
    )


def _people() -> None:
    op.create_table(
        "alert_silences",
        sa.Column("number", LongInteger, primary_key=True),
        sa.Column("silence_id", sa.String(64), nullable=False, unique=True),
        sa.Column("fingerprint_prefix", sa.String(128), nullable=True),
        sa.Column("service", sa.String(128), nullable=True),
        sa.Column("severity", sa.String(16), nullable=True),
        sa.Column("until", UtcDateTime, nullable=False),
        sa.Column("created_by", sa.String(128), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("ended_at", UtcDateTime, nullable=True),
    )
    op.create_index("alert_silences_until", "alert_silences", ["until"])
    op.create_table(
        "alert_actions",
        sa.Column("number", LongInteger, primary_key=True),
        sa.Column("who", sa.String(128), nullable=False),
        sa.Column("what", sa.String(32), nullable=False),
        sa.Column("subject", sa.String(128), nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
    )
    op.create_index("alert_actions_subject", "alert_actions", ["subject"])
