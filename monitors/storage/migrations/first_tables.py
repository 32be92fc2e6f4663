"""The tables of version 0.1.0: the first revision makes them, and the way back brings some back.

Before them, what later revisions' tables are described with, too.
"""

from datetime import datetime
from typing import Final

import sqlalchemy as sa

from monitors.storage.tables import NAMING, UtcDateTime

FIRST_TABLES: Final = sa.MetaData(naming_convention=NAMING)


def key(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String, primary_key=True) for name in names]


def texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String, nullable=False) for name in names]


def long_texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]


def maybe_texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String) for name in names]


def times(*names: str) -> list[sa.Column[datetime]]:
    return [sa.Column(name, UtcDateTime, nullable=False) for name in names]


def maybe_times(*names: str) -> list[sa.Column[datetime]]:
    return [sa.Column(name, UtcDateTime) for name in names]


sa.Table(
    "intents",
    FIRST_TABLES,
    *key("intent_id"),
    *texts("team_id", "kind"),
    *maybe_texts("enterprise_id"),
    *long_texts("argument", "progress"),
    *times("created_at", "touched_at"),
    *maybe_times("held_until", "finished_at"),
    sa.Index(None, "finished_at", "touched_at"),
)
LEDGER: Final = sa.Table(
    "ledger",
    FIRST_TABLES,
    *key("team_id", "monitor_id", "group_id"),
    sa.Column("part", sa.Integer, primary_key=True),
    sa.Column("parts", sa.Integer),
    *texts("state", "channel"),
    *maybe_texts("ts"),
    *times("changed_at"),
    sa.Index(None, "changed_at"),
)
BASELINES: Final = sa.Table(
    "baselines",
    FIRST_TABLES,
    *key("team_id", "monitor_id"),
    *texts("endpoint_id"),
    *times("since"),
    *maybe_texts("mark"),
    sa.Index(None, "endpoint_id", "monitor_id"),
)
DEAD_LETTERS: Final = sa.Table(
    "dead_letters",
    FIRST_TABLES,
    *key("letter_id"),
    *texts("team_id", "kind", "key", "trace_id"),
    *long_texts("argument", "reason"),
    sa.Column("attempts", sa.Integer, nullable=False),
    *times("since", "buried_at"),
    sa.UniqueConstraint("key"),
)
STRANDED: Final = sa.Table(
    "stranded",
    FIRST_TABLES,
    *key("team_id", "monitor_id"),
    *texts("endpoint_id", "channel", "ts", "code"),
    sa.Column("findings_wait", sa.Boolean, nullable=False),
    *times("since", "again_at"),
    *maybe_times("told_at"),
    sa.Index(None, "again_at"),
    sa.Index(None, "endpoint_id", "monitor_id"),
)
TROUBLES: Final = sa.Table(
    "troubles",
    FIRST_TABLES,
    *key("endpoint_id", "team_id", "user_id", "kind"),
    *maybe_texts("enterprise_id"),
    *times("since"),
    *maybe_times("told_at", "ended_at"),
)
sa.Table(
    "parallel_accounts",
    FIRST_TABLES,
    *key("endpoint_id"),
    *texts("team_id"),
    *long_texts("api_key", "webhook_secrets"),
    *times("created_at"),
    *maybe_texts("linked_by"),
    *maybe_times("linked_at", "last_good_call_at", "last_webhook_at", "old_secrets_until"),
    sa.UniqueConstraint("team_id"),
)
LEFT_ACCOUNTS: Final = sa.Table(
    "left_accounts",
    FIRST_TABLES,
    *key("endpoint_id"),
    *texts("team_id"),
    *long_texts("api_key"),
    *times("left_at"),
    sa.Index(None, "team_id"),
)
sa.Table(
    "slack_installations",
    FIRST_TABLES,
    *key("enterprise_id", "team_id"),
    *maybe_texts("app_id", "bot_id", "bot_user_id"),
    sa.Column("is_enterprise_install", sa.Boolean, nullable=False),
    *times("installed_at"),
    *long_texts("sealed"),
    *maybe_times("refreshing_until"),
    sa.Index(None, "team_id"),
)
sa.Table(
    "organisation_workspaces",
    FIRST_TABLES,
    *key("team_id"),
    *texts("enterprise_id"),
    *maybe_times("left_at"),
    sa.Index(None, "enterprise_id"),
)
