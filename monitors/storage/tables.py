"""The tables. A change here needs a migration; a test compares the two."""

from datetime import UTC, datetime
from typing import Final

from sqlalchemy import (
    Column,
    DateTime,
    Dialect,
    Index,
    MetaData,
    Named,
    Table,
    Text,
    TypedColumns,
    false,
    text,
)
from sqlalchemy.types import TypeDecorator

# The same names in both databases, so that a later migration can drop them by name.
NAMING: Final = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
METADATA: Final = MetaData(naming_convention=NAMING)


class UtcDateTime(TypeDecorator[datetime]):
    """A time with its zone: a naive one is refused, and the result is always UTC.

    SQLite stores text without a zone, which compares correctly because it is all UTC.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("A moment without a time zone cannot be stored.")
        in_utc = value.astimezone(UTC)
        return in_utc.replace(tzinfo=None) if dialect.name == "sqlite" else in_utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


class _Intent(TypedColumns):
    """Requests, and every failed job (`failed_at`, `failure`).

    A finished row stays for a while, so that a request that Slack repeats is recognised; all that
    is left in it is who did what where (`monitors.work.audit`).
    The row of a failed job that isn't an intent has the job's key as its id.
    """

    intent_id: Named[str] = Column(primary_key=True)
    team_id: Named[str]
    enterprise_id: Named[str | None]
    kind: Named[str]
    argument: Named[str] = Column(Text)
    progress: Named[str] = Column(Text)
    created_at: Named[datetime] = Column(UtcDateTime)
    touched_at: Named[datetime] = Column(UtcDateTime)
    held_until: Named[datetime | None] = Column(UtcDateTime)
    finished_at: Named[datetime | None] = Column(UtcDateTime)
    failed_at: Named[datetime | None] = Column(UtcDateTime, index=True)
    failure: Named[str] = Column(Text, server_default=text("''"))
    attempts: Named[int] = Column(server_default="0")
    trace_id: Named[str] = Column(server_default=text("''"))


IntentTable: Final = Table("intents", METADATA, _Intent, Index(None, "finished_at", "touched_at"))


class _Ledger(TypedColumns):
    """What was posted in which thread, by part of an event; one message's rows share its key.

    The event `group:…` stands for a run recorded before single events were.
    """

    team_id: Named[str] = Column(primary_key=True)
    monitor_id: Named[str] = Column(primary_key=True)
    event_id: Named[str] = Column(primary_key=True)
    part: Named[int] = Column(primary_key=True, autoincrement=False)
    enterprise_id: Named[str]
    state: Named[str]
    channel: Named[str]
    ts: Named[str | None]
    message_key: Named[str]
    not_before: Named[datetime] = Column(UtcDateTime)
    changed_at: Named[datetime] = Column(UtcDateTime, index=True)


LedgerTable: Final = Table("ledger", METADATA, _Ledger)


class _Monitor(TypedColumns):
    """What the app stores about a monitor; `cursor` is a JSON list of event ids.

    It is suspended while `suspended_reason` is set. It has been seen to check as often as
    `frequency_seen` since `frequency_since`.
    """

    team_id: Named[str] = Column(primary_key=True)
    monitor_id: Named[str] = Column(primary_key=True)
    enterprise_id: Named[str]
    endpoint_id: Named[str]
    channel: Named[str]
    thread_ts: Named[str]
    cursor: Named[str | None] = Column(Text)
    last_run_seen: Named[str]
    last_run_shown: Named[str]
    suspended_reason: Named[str | None]
    suspended_since: Named[datetime | None] = Column(UtcDateTime)
    next_try_at: Named[datetime | None] = Column(UtcDateTime, index=True)
    notified_at: Named[datetime | None] = Column(UtcDateTime)
    findings_wait: Named[bool]
    run_asked_at: Named[datetime | None] = Column(UtcDateTime)
    is_signed: Named[bool] = Column(server_default=false())
    frequency_seen: Named[str] = Column(server_default=text("''"))
    frequency_since: Named[datetime | None] = Column(UtcDateTime)
    failing_since: Named[str] = Column(server_default=text("''"))
    run_before: Named[str] = Column(server_default=text("''"))
    run_ended: Named[str] = Column(server_default=text("''"))


MonitorTable: Final = Table(
    "monitors",
    METADATA,
    _Monitor,
    Index(None, "team_id", "channel", "thread_ts"),
    Index(None, "endpoint_id", "monitor_id"),
)


class _Rules(TypedColumns):
    """What a workspace's admins allow (`monitors.model.rules`, as JSON); no row: everything."""

    team_id: Named[str] = Column(primary_key=True)
    enterprise_id: Named[str]
    rules: Named[str] = Column(Text)
    changed_by: Named[str]


RulesTable: Final = Table("workspace_rules", METADATA, _Rules)


class _Account(TypedColumns):
    """Connected Parallel accounts; `api_key` and `webhook_secrets` (newest first) are encrypted.

    The row with an empty team is the operator's own: it has the endpoint, not the key. `linked_by`
    is a Slack user. Older secrets are accepted until `old_secrets_until`; NULL: no expiry.
    A row with `left_at` is disconnected; its key stays until its monitors are cancelled. It is
    suspended while `suspended_reason` is set. Webhooks match no secret since `webhooks_refused_at`,
    unless a verified one came later.
    """

    endpoint_id: Named[str] = Column(primary_key=True)
    team_id: Named[str]
    enterprise_id: Named[str]
    api_key: Named[str] = Column(Text)
    webhook_secrets: Named[str] = Column(Text)
    created_at: Named[datetime] = Column(UtcDateTime)
    linked_by: Named[str | None]
    linked_at: Named[datetime | None] = Column(UtcDateTime)
    last_good_call_at: Named[datetime | None] = Column(UtcDateTime)
    last_webhook_at: Named[datetime | None] = Column(UtcDateTime)
    webhooks_refused_at: Named[datetime | None] = Column(UtcDateTime)
    old_secrets_until: Named[datetime | None] = Column(UtcDateTime)
    left_at: Named[datetime | None] = Column(UtcDateTime)
    suspended_reason: Named[str | None]
    suspended_since: Named[datetime | None] = Column(UtcDateTime)


AccountTable: Final = Table(
    "parallel_accounts",
    METADATA,
    _Account,
    Index(
        None,
        "team_id",
        unique=True,
        # As `r0011` has it on PostgreSQL, whose dialect would be loaded (2 MiB) to say so here.
        sqlite_where=text("left_at IS NULL"),
    ),
)


class _Installation(TypedColumns):
    """Slack installations.

    No column of the key is null: an organisation's row has an empty team, a workspace outside any
    organisation an empty enterprise. A process may refresh the token until `refreshing_until`.
    """

    enterprise_id: Named[str] = Column(primary_key=True)
    team_id: Named[str] = Column(primary_key=True, index=True)
    app_id: Named[str | None]
    bot_id: Named[str | None]
    bot_user_id: Named[str | None]
    is_enterprise_install: Named[bool]
    installed_at: Named[datetime] = Column(UtcDateTime)
    sealed: Named[str] = Column(Text)
    refreshing_until: Named[datetime | None] = Column(UtcDateTime)


InstallationTable: Final = Table("slack_installations", METADATA, _Installation)


class _OrganisationWorkspace(TypedColumns):
    """The workspaces that an organisation's installation serves or has served.

    Slack sends one event when an organisation uninstalls, but data is stored by workspace.
    """

    team_id: Named[str] = Column(primary_key=True)
    enterprise_id: Named[str] = Column(index=True)
    left_at: Named[datetime | None] = Column(UtcDateTime)


OrganisationWorkspaceTable: Final = Table(
    "organisation_workspaces", METADATA, _OrganisationWorkspace
)
