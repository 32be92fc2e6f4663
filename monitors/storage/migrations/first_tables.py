"""The tables of version 0.1.0: the first revision makes them, and the way back brings some back."""

from datetime import datetime
from typing import Final

import sqlalchemy as sa

from monitors.storage.tables import NAMING, UtcDateTime

FIRST_TABLES: Final = sa.MetaData(naming_convention=NAMING)


def _key(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String, primary_key=True) for name in names]


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String, nullable=False) for name in names]


def _long_texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]


def _maybe_texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String) for name in names]


def _times(*names: str) -> list[sa.Column[datetime]]:
    return [sa.Column(name, UtcDateTime, nullable=False) for name in names]


def _maybe_times(*names: str) -> list[sa.Column[datetime]]:
    return [sa.Column(name, UtcDateTime) for name in names]


sa.Table(
    "intents",
    FIRST_TABLES,
    *_key("intent_id"),
    *_texts("team_id", "kind"),
    *_maybe_texts("enterprise_id"),
    *_long_texts("argument", "progress"),
    *_times("created_at", "touched_at"),
    *_maybe_times("held_until", "finished_at"),
    sa.Index(None, "finished_at", "touched_at"),
)
LEDGER: Final = sa.Table(
    "ledger",
    FIRST_TABLES,
    *_key("team_id", "monitor_id", "group_id"),
    sa.Column("part", sa.Integer, primary_key=True),
    sa.Column("parts", sa.Integer),
    *_texts("state", "channel"),
    *_maybe_texts("ts"),
    *_times("changed_at"),
    sa.Index(None, "changed_at"),
)
BASELINES: Final = sa.Table(
    "baselines",
    FIRST_TABLES,
    *_key("team_id", "monitor_id"),
    *_texts("endpoint_id"),
    *_times("since"),
    *_maybe_texts("mark"),
    sa.Index(None, "endpoint_id", "monitor_id"),
)
DEAD_LETTERS: Final = sa.Table(
    "dead_letters",
    FIRST_TABLES,
    *_key("letter_id"),
    *_texts("team_id", "kind", "key", "trace_id"),
    *_long_texts("argument", "reason"),
    sa.Column("attempts", sa.Integer, nullable=False),
    *_times("since", "buried_at"),
    sa.UniqueConstraint("key"),
)
STRANDED: Final = sa.Table(
    "stranded",
    FIRST_TABLES,
    *_key("team_id", "monitor_id"),
    *_texts("endpoint_id", "channel", "ts", "code"),
    sa.Column("findings_wait", sa.Boolean, nullable=False),
    *_times("since", "again_at"),
    *_maybe_times("told_at"),
    sa.Index(None, "again_at"),
    sa.Index(None, "endpoint_id", "monitor_id"),
)
TROUBLES: Final = sa.Table(
    "troubles",
    FIRST_TABLES,
    *_key("endpoint_id", "team_id", "user_id", "kind"),
    *_maybe_texts("enterprise_id"),
    *_times("since"),
    *_maybe_times("told_at", "ended_at"),
)
sa.Table(
    "parallel_accounts",
    FIRST_TABLES,
    *_key("endpoint_id"),
    *_texts("team_id"),
    *_long_texts("api_key", "webhook_secrets"),
    *_times("created_at"),
    *_maybe_texts("linked_by"),
    *_maybe_times("linked_at", "last_good_call_at", "last_webhook_at", "old_secrets_until"),
    sa.UniqueConstraint("team_id"),
)
LEFT_ACCOUNTS: Final = sa.Table(
    "left_accounts",
    FIRST_TABLES,
    *_key("endpoint_id"),
    *_texts("team_id"),
    *_long_texts("api_key"),
    *_times("left_at"),
    sa.Index(None, "team_id"),
)
sa.Table(
    "slack_installations",
    FIRST_TABLES,
    *_key("enterprise_id", "team_id"),
    *_maybe_texts("app_id", "bot_id", "bot_user_id"),
    sa.Column("is_enterprise_install", sa.Boolean, nullable=False),
    *_times("installed_at"),
    *_long_texts("sealed"),
    *_maybe_times("refreshing_until"),
    sa.Index(None, "team_id"),
)
sa.Table(
    "organisation_workspaces",
    FIRST_TABLES,
    *_key("team_id"),
    *_texts("enterprise_id"),
    *_maybe_times("left_at"),
    sa.Index(None, "enterprise_id"),
)
