"""Who linked an account, how it is doing, and until when its old webhook secrets count."""

import sqlalchemy as sa
from alembic import op

from monitors.storage.tables import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_TABLE = "parallel_accounts"
_MOMENTS = ("linked_at", "last_good_call_at", "last_webhook_at", "old_secrets_until")


def upgrade() -> None:
    op.add_column(_TABLE, sa.Column("linked_by", sa.String))
    for name in _MOMENTS:
        op.add_column(_TABLE, sa.Column(name, UtcDateTime))


def downgrade() -> None:
    for name in (*_MOMENTS, "linked_by"):
        op.drop_column(_TABLE, name)
