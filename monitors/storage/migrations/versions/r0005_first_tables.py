"""The tables of version 0.1.0."""

from alembic import op

from monitors.storage.migrations.first_tables import FIRST_TABLES

revision = "0005"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    FIRST_TABLES.create_all(op.get_bind(), checkfirst=False)


def downgrade() -> None:
    FIRST_TABLES.drop_all(op.get_bind(), checkfirst=False)
