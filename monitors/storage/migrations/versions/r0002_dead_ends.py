"""What waits for a person to fix it: monitors without a usable thread, accounts in trouble."""

import sqlalchemy as sa
from alembic import op

from monitors.storage.tables import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "stranded",
        sa.Column("team_id", sa.String, nullable=False),
        sa.Column("monitor_id", sa.String, nullable=False),
        sa.Column("endpoint_id", sa.String, nullable=False),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("ts", sa.String, nullable=False),
        sa.Column("code", sa.String, nullable=False),
        sa.Column("findings_wait", sa.Boolean, nullable=False),
        sa.Column("since", UtcDateTime, nullable=False),
        sa.Column("again_at", UtcDateTime, nullable=False),
        sa.Column("told_at", UtcDateTime),
        sa.PrimaryKeyConstraint("team_id", "monitor_id", name=op.f("pk_stranded")),
    )
    op.create_index(op.f("ix_stranded_again_at"), "stranded", ["again_at"])
    op.create_index(
        op.f("ix_stranded_endpoint_id_monitor_id"), "stranded", ["endpoint_id", "monitor_id"]
    )
    op.create_table(
        "troubles",
        sa.Column("endpoint_id", sa.String, nullable=False),
        sa.Column("team_id", sa.String, nullable=False),
        sa.Column("user_id", sa.String, nullable=False),
        sa.Column("enterprise_id", sa.String),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("since", UtcDateTime, nullable=False),
        sa.Column("told_at", UtcDateTime),
        sa.Column("ended_at", UtcDateTime),
        sa.PrimaryKeyConstraint(
            "endpoint_id", "team_id", "user_id", "kind", name=op.f("pk_troubles")
        ),
    )


def downgrade() -> None:
    for table in ("troubles", "stranded"):
        op.drop_table(table)
