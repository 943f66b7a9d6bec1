"""The first tables: outbox, heartbeats, request usage, bars built from ticks, alerts told."""

import sqlalchemy as sa
from alembic import op

from stockbot.runtime.columns import ExactDecimal, UtcDateTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "gateway_outbox",
        sa.Column("stream", sa.String(64), primary_key=True),
        sa.Column("source", sa.String(128), primary_key=True),
        sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("event", sa.LargeBinary, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "gateway_outbox_heads",
        sa.Column("stream", sa.String(64), primary_key=True),
        sa.Column("source", sa.String(128), primary_key=True),
        sa.Column("incarnation", sa.String(64), nullable=False),
        sa.Column("last_sequence", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "gateway_heartbeats",
        sa.Column("source", sa.String(128), primary_key=True),
        sa.Column("beat_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "gateway_request_usage",
        sa.Column("provider", sa.String(128), primary_key=True),
        sa.Column("window", sa.String(16), primary_key=True),
        sa.Column("bucket", sa.BigInteger, primary_key=True),
        sa.Column("requests", sa.Integer, nullable=False),
    )
    op.create_table(
        "gateway_bars",
        sa.Column("symbol", sa.String(32), primary_key=True),
        sa.Column("provider", sa.String(128), primary_key=True),
        sa.Column("start", UtcDateTime, primary_key=True),
        sa.Column("end", UtcDateTime, nullable=False),
        sa.Column("open", ExactDecimal, nullable=False),
        sa.Column("high", ExactDecimal, nullable=False),
        sa.Column("low", ExactDecimal, nullable=False),
        sa.Column("close", ExactDecimal, nullable=False),
        sa.Column("volume", ExactDecimal, nullable=True),
    )
    op.create_index("gateway_bars_start", "gateway_bars", ["start"])
    op.create_table(
        "gateway_told_alerts",
        sa.Column("source", sa.String(128), primary_key=True),
        sa.Column("fingerprint", sa.String(128), primary_key=True),
        sa.Column("alert", sa.LargeBinary, nullable=False),
    )
