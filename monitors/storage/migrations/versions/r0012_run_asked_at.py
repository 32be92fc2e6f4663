"""When a check was last asked for: one run of a monitor at a time."""

import sqlalchemy as sa
from alembic import op

from monitors.storage.tables import UtcDateTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("monitors", sa.Column("run_asked_at", UtcDateTime))


def downgrade() -> None:
    with op.batch_alter_table("monitors") as table:
        table.drop_column("run_asked_at")
