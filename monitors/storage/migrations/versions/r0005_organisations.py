"""Which workspaces an organisation's installation serves, and who refreshes a token."""

import sqlalchemy as sa
from alembic import op

from monitors.storage.tables import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("slack_installations", sa.Column("refreshing_until", UtcDateTime))
    op.create_table(
        "organisation_workspaces",
        sa.Column("team_id", sa.String, nullable=False),
        sa.Column("enterprise_id", sa.String, nullable=False),
        sa.Column("left_at", UtcDateTime),
        sa.PrimaryKeyConstraint("team_id", name=op.f("pk_organisation_workspaces")),
    )
    op.create_index(
        op.f("ix_organisation_workspaces_enterprise_id"),
        "organisation_workspaces",
        ["enterprise_id"],
    )


def downgrade() -> None:
    op.drop_table("organisation_workspaces")
    op.drop_column("slack_installations", "refreshing_until")
