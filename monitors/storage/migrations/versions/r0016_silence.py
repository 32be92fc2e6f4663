"""Since when a monitor checks as often as it does, and since when its checks fail."""

import sqlalchemy as sa
from alembic import op

from monitors.storage.tables import UtcDateTime

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_EMPTY = sa.text("''")


def upgrade() -> None:
    for name in ("frequency_seen", "failing_since"):
        op.add_column("monitors", sa.Column(name, sa.String, nullable=False, server_default=_EMPTY))
    op.add_column("monitors", sa.Column("frequency_since", UtcDateTime))


def downgrade() -> None:
    with op.batch_alter_table("monitors") as table:
        for name in ("frequency_seen", "failing_since", "frequency_since"):
            table.drop_column(name)
