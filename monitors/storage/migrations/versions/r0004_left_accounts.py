"""Accounts that a workspace has left, until its monitors there are cancelled."""

import sqlalchemy as sa
from alembic import op

from monitors.storage.tables import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "left_accounts",
        sa.Column("endpoint_id", sa.String, nullable=False),
        sa.Column("team_id", sa.String, nullable=False),
        sa.Column("api_key", sa.Text, nullable=False),
        sa.Column("left_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("endpoint_id", name=op.f("pk_left_accounts")),
    )
    op.create_index(op.f("ix_left_accounts_team_id"), "left_accounts", ["team_id"])


def downgrade() -> None:
    op.drop_table("left_accounts")
