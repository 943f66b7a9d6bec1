"""Accounts on an opening balance begin anew with the portfolio: nobody had booked a fill or a deposit for them."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    accounts = sa.table("risk_accounts", sa.column("account", sa.String), sa.column("state", sa.LargeBinary))
    rows = op.get_bind().execute(sa.select(accounts)).all()
    unvouched = [row.account for row in rows if json.loads(bytes(row.state)).get("portfolio_source") is None]
    op.execute(sa.delete(accounts).where(accounts.c.account.in_(unvouched)))
