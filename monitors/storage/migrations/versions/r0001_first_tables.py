"""The first tables."""

import sqlalchemy as sa
from alembic import op

from monitors.storage.tables import UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "intents",
        sa.Column("intent_id", sa.String, nullable=False),
        sa.Column("team_id", sa.String, nullable=False),
        sa.Column("enterprise_id", sa.String),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("argument", sa.Text, nullable=False),
        sa.Column("progress", sa.Text, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("touched_at", UtcDateTime, nullable=False),
        sa.Column("held_until", UtcDateTime),
        sa.Column("finished_at", UtcDateTime),
        sa.PrimaryKeyConstraint("intent_id", name=op.f("pk_intents")),
    )
    op.create_index(
        op.f("ix_intents_finished_at_touched_at"), "intents", ["finished_at", "touched_at"]
    )
    op.create_table(
        "ledger",
        sa.Column("team_id", sa.String, nullable=False),
        sa.Column("monitor_id", sa.String, nullable=False),
        sa.Column("group_id", sa.String, nullable=False),
        sa.Column("part", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("parts", sa.Integer),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("ts", sa.String),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint(
            "team_id", "monitor_id", "group_id", "part", name=op.f("pk_ledger")
        ),
    )
    op.create_index(op.f("ix_ledger_changed_at"), "ledger", ["changed_at"])
    op.create_table(
        "baselines",
        sa.Column("team_id", sa.String, nullable=False),
        sa.Column("monitor_id", sa.String, nullable=False),
        sa.Column("endpoint_id", sa.String, nullable=False),
        sa.Column("since", UtcDateTime, nullable=False),
        sa.Column("mark", sa.String),
        sa.PrimaryKeyConstraint("team_id", "monitor_id", name=op.f("pk_baselines")),
    )
    op.create_index(
        op.f("ix_baselines_endpoint_id_monitor_id"), "baselines", ["endpoint_id", "monitor_id"]
    )
    op.create_table(
        "dead_letters",
        sa.Column("letter_id", sa.String, nullable=False),
        sa.Column("team_id", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("key", sa.String, nullable=False),
        sa.Column("argument", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("trace_id", sa.String, nullable=False),
        sa.Column("since", UtcDateTime, nullable=False),
        sa.Column("buried_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("letter_id", name=op.f("pk_dead_letters")),
        sa.UniqueConstraint("key", name=op.f("uq_dead_letters_key")),
    )
    op.create_table(
        "parallel_accounts",
        sa.Column("endpoint_id", sa.String, nullable=False),
        sa.Column("team_id", sa.String, nullable=False),
        sa.Column("api_key", sa.Text, nullable=False),
        sa.Column("webhook_secrets", sa.Text, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("endpoint_id", name=op.f("pk_parallel_accounts")),
        sa.UniqueConstraint("team_id", name=op.f("uq_parallel_accounts_team_id")),
    )
    op.create_table(
        "slack_installations",
        sa.Column("enterprise_id", sa.String, nullable=False),
        sa.Column("team_id", sa.String, nullable=False),
        sa.Column("app_id", sa.String),
        sa.Column("bot_id", sa.String),
        sa.Column("bot_user_id", sa.String),
        sa.Column("is_enterprise_install", sa.Boolean, nullable=False),
        sa.Column("installed_at", UtcDateTime, nullable=False),
        sa.Column("sealed", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("enterprise_id", "team_id", name=op.f("pk_slack_installations")),
    )
    op.create_index(op.f("ix_slack_installations_team_id"), "slack_installations", ["team_id"])


def downgrade() -> None:
    for table in (
        "slack_installations",
        "parallel_accounts",
        "dead_letters",
        "baselines",
        "ledger",
        "intents",
    ):
        op.drop_table(table)
