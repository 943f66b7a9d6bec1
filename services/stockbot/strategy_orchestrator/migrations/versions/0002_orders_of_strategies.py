"""What a strategy must know of its orders: their terms, what a bracket's leg guards, and which order one replaces."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("orchestrator_orders", sa.Column("terms", sa.LargeBinary, nullable=True))
    op.add_column("orchestrator_orders", sa.Column("protects", sa.String(128), nullable=True))
    op.add_column("orchestrator_orders", sa.Column("replaces", sa.String(128), nullable=True))
