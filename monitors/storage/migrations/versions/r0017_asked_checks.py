"""Which run was the last when a check was asked for, and which one that check was."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_EMPTY = sa.text("''")


def upgrade() -> None:
    for name in ("run_before", "run_ended"):
        op.add_column("monitors", sa.Column(name, sa.String, nullable=False, server_default=_EMPTY))


def downgrade() -> None:
    with op.batch_alter_table("monitors") as table:
        for name in ("run_before", "run_ended"):
            table.drop_column(name)
