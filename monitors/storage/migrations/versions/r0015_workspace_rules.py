"""What each workspace's admins allow: a table of its own, for most workspaces need no row."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "workspace_rules",
        sa.Column("team_id", sa.String, nullable=False),
        sa.Column("enterprise_id", sa.String, nullable=False),
        sa.Column("rules", sa.Text, nullable=False),
        sa.Column("changed_by", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("team_id", name="pk_workspace_rules"),
    )


def downgrade() -> None:
    op.drop_table("workspace_rules")
