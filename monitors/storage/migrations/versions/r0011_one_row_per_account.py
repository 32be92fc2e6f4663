"""One row per Parallel account: whether it is disconnected, or suspended, stands in it."""

import sqlalchemy as sa
from alembic import op

from monitors.storage.migrations.first_tables import LEFT_ACCOUNTS, TROUBLES
from monitors.storage.tables import UtcDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_TABLE = "parallel_accounts"
_ENTERPRISE = (
    "COALESCE((SELECT MAX(o.enterprise_id) FROM organisation_workspaces o"
    " WHERE o.team_id = {0}.team_id), (SELECT MAX(i.enterprise_id) FROM slack_installations i"
    " WHERE i.team_id = {0}.team_id), '')"
)
# Of several that are open, the latest counts.
_OPEN_TROUBLE = (
    "(SELECT t.{0} FROM troubles t WHERE t.endpoint_id = parallel_accounts.endpoint_id"
    " AND t.ended_at IS NULL ORDER BY t.since DESC, t.kind LIMIT 1)"
)


def upgrade() -> None:
    with op.batch_alter_table(_TABLE) as table:
        table.drop_constraint(op.f("uq_parallel_accounts_team_id"), type_="unique")
        table.add_column(
            sa.Column("enterprise_id", sa.String, nullable=False, server_default=sa.text("''"))
        )
        table.add_column(sa.Column("left_at", UtcDateTime))
        table.add_column(sa.Column("suspended_reason", sa.String))
        table.add_column(sa.Column("suspended_since", UtcDateTime))
    with op.batch_alter_table(_TABLE) as table:
        table.alter_column("enterprise_id", server_default=None)
    where = sa.text("left_at IS NULL")
    op.create_index(
        op.f("ix_parallel_accounts_team_id"),
        _TABLE,
        ["team_id"],
        unique=True,
        sqlite_where=where,
        postgresql_where=where,
    )
    op.execute(
        f"UPDATE {_TABLE} SET enterprise_id = {_ENTERPRISE.format(_TABLE)},"  # noqa: S608 - words of ours alone
        f" suspended_reason = {_OPEN_TROUBLE.format('kind')},"
        f" suspended_since = {_OPEN_TROUBLE.format('since')}"
    )
    op.execute(
        f"INSERT INTO {_TABLE} (endpoint_id, team_id, enterprise_id, api_key, webhook_secrets,"  # noqa: S608 - words of ours alone
        " created_at, left_at)"
        f" SELECT l.endpoint_id, l.team_id, {_ENTERPRISE.format('l')}, l.api_key, '', l.left_at,"
        " l.left_at FROM left_accounts l"
    )
    op.drop_table("left_accounts")
    op.drop_table("troubles")


def downgrade() -> None:
    """Who was notified of a suspension is not known to the older version: they hear of it again."""
    LEFT_ACCOUNTS.create(op.get_bind())
    TROUBLES.create(op.get_bind())
    op.execute(
        "INSERT INTO left_accounts (endpoint_id, team_id, api_key, left_at)"
        " SELECT endpoint_id, team_id, api_key, left_at FROM parallel_accounts"
        " WHERE left_at IS NOT NULL"
    )
    op.execute("DELETE FROM parallel_accounts WHERE left_at IS NOT NULL")
    op.drop_index(op.f("ix_parallel_accounts_team_id"), _TABLE)
    with op.batch_alter_table(_TABLE) as table:
        for name in ("suspended_since", "suspended_reason", "left_at", "enterprise_id"):
            table.drop_column(name)
        table.create_unique_constraint(op.f("uq_parallel_accounts_team_id"), ["team_id"])
