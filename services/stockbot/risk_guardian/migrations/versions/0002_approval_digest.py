"""The digest of what a decision approved: the Execution Engine compares an approval that arrives with it."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("risk_decisions", sa.Column("approval_digest", sa.String(64), nullable=True))
