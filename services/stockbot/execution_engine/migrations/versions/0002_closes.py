"""The closes of a flatten that wait for the cancellations before them."""

import sqlalchemy as sa
from alembic import op

from stockbot.runtime.columns import UtcDateTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "execution_closes",
        sa.Column("signal_id", sa.String(128), primary_key=True),
        sa.Column("symbol", sa.String(32), nullable=False),
        sa.Column("strategy", sa.String(128), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("asked_at", UtcDateTime, nullable=False),
    )
