"""A close of a flatten is of a symbol, whoever holds it; it says whether an admin has confirmed it."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("ALTER TABLE execution_closes RENAME COLUMN signal_id TO correlationid")
    op.execute("ALTER TABLE execution_closes RENAME COLUMN strategy TO flatten")
    op.execute("UPDATE execution_closes SET flatten = CASE flatten WHEN 'flatten' THEN 'confirmed' ELSE 'asked' END")
