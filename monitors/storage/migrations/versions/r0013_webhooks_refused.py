"""Since when an account's webhooks don't match its secret."""

import sqlalchemy as sa
from alembic import op

from monitors.storage.tables import UtcDateTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("parallel_accounts", sa.Column("webhooks_refused_at", UtcDateTime))


def downgrade() -> None:
    with op.batch_alter_table("parallel_accounts") as table:
        table.drop_column("webhooks_refused_at")
