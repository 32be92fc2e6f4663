"""The tables. A change here needs a migration; a test compares the two."""

from datetime import UTC, datetime
from typing import Final

from sqlalchemy import DateTime, Dialect, Index, MetaData, String, Text, false, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

# The same names in both databases, so that a later migration can drop them by name.
NAMING: Final = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


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


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {str: String, datetime: UtcDateTime}  # noqa: RUF012 - SQLAlchemy's own shape


class IntentTable(Base):
    """Requests, and every failed job (`failed_at`, `failure`).

    A finished row stays for a while, so that a request that Slack repeats is recognised; all that
    is left in it is who did what where (`monitors.work.audit`).
    The row of a failed job that isn't an intent has the job's key as its id.
    """

    __tablename__ = "intents"

    intent_id: Mapped[str] = mapped_column(primary_key=True)
    team_id: Mapped[str]
    enterprise_id: Mapped[str | None]
    kind: Mapped[str]
    argument: Mapped[str] = mapped_column(Text)
    progress: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    touched_at: Mapped[datetime]
    held_until: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None] = mapped_column(index=True)
    failure: Mapped[str] = mapped_column(Text, server_default=text("''"))
    attempts: Mapped[int] = mapped_column(server_default="0")
    trace_id: Mapped[str] = mapped_column(server_default=text("''"))

    __table_args__ = (Index(None, "finished_at", "touched_at"),)


class LedgerTable(Base):
    """What was posted in which thread, by part of an event; one message's rows share its key.

    The event `group:…` stands for a run recorded before single events were.
    """

    __tablename__ = "ledger"

    team_id: Mapped[str] = mapped_column(primary_key=True)
    monitor_id: Mapped[str] = mapped_column(primary_key=True)
    event_id: Mapped[str] = mapped_column(primary_key=True)
    part: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    enterprise_id: Mapped[str]
    state: Mapped[str]
    channel: Mapped[str]
    ts: Mapped[str | None]
    message_key: Mapped[str]
    not_before: Mapped[datetime]
    changed_at: Mapped[datetime] = mapped_column(index=True)


class MonitorTable(Base):
    """What the app stores about a monitor; `cursor` is a JSON list of event ids.

    It is suspended while `suspended_reason` is set. It has been seen to check as often as
    `frequency_seen` since `frequency_since`.
    """

    __tablename__ = "monitors"

    team_id: Mapped[str] = mapped_column(primary_key=True)
    monitor_id: Mapped[str] = mapped_column(primary_key=True)
    enterprise_id: Mapped[str]
    endpoint_id: Mapped[str]
    channel: Mapped[str]
    thread_ts: Mapped[str]
    cursor: Mapped[str | None] = mapped_column(Text)
    last_run_seen: Mapped[str]
    last_run_shown: Mapped[str]
    suspended_reason: Mapped[str | None]
    suspended_since: Mapped[datetime | None]
    next_try_at: Mapped[datetime | None] = mapped_column(index=True)
    notified_at: Mapped[datetime | None]
    findings_wait: Mapped[bool]
    run_asked_at: Mapped[datetime | None]
    is_signed: Mapped[bool] = mapped_column(server_default=false())
    frequency_seen: Mapped[str] = mapped_column(server_default=text("''"))
    frequency_since: Mapped[datetime | None]
    failing_since: Mapped[str] = mapped_column(server_default=text("''"))
    run_before: Mapped[str] = mapped_column(server_default=text("''"))
    run_ended: Mapped[str] = mapped_column(server_default=text("''"))

    __table_args__ = (
        Index(None, "team_id", "channel", "thread_ts"),
        Index(None, "endpoint_id", "monitor_id"),
    )


class RulesTable(Base):
    """What a workspace's admins allow (`monitors.model.rules`, as JSON); no row: everything."""

    __tablename__ = "workspace_rules"

    team_id: Mapped[str] = mapped_column(primary_key=True)
    enterprise_id: Mapped[str]
    rules: Mapped[str] = mapped_column(Text)
    changed_by: Mapped[str]


class AccountTable(Base):
    """Connected Parallel accounts; `api_key` and `webhook_secrets` (newest first) are encrypted.

    The row with an empty team is the operator's own: it has the endpoint, not the key. `linked_by`
    is a Slack user. Older secrets are accepted until `old_secrets_until`; NULL: no expiry.
    A row with `left_at` is disconnected; its key stays until its monitors are cancelled. It is
    suspended while `suspended_reason` is set. Webhooks match no secret since `webhooks_refused_at`,
    unless a verified one came later.
    """

    __tablename__ = "parallel_accounts"

    endpoint_id: Mapped[str] = mapped_column(primary_key=True)
    team_id: Mapped[str]
    enterprise_id: Mapped[str]
    api_key: Mapped[str] = mapped_column(Text)
    webhook_secrets: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    linked_by: Mapped[str | None]
    linked_at: Mapped[datetime | None]
    last_good_call_at: Mapped[datetime | None]
    last_webhook_at: Mapped[datetime | None]
    webhooks_refused_at: Mapped[datetime | None]
    old_secrets_until: Mapped[datetime | None]
    left_at: Mapped[datetime | None]
    suspended_reason: Mapped[str | None]
    suspended_since: Mapped[datetime | None]

    __table_args__ = (
        Index(
            None,
            "team_id",
            unique=True,
            sqlite_where=text("left_at IS NULL"),
            postgresql_where=text("left_at IS NULL"),
        ),
    )


class InstallationTable(Base):
    """Slack installations.

    No column of the key is null: an organisation's row has an empty team, a workspace outside any
    organisation an empty enterprise. A process may refresh the token until `refreshing_until`.
    """

    __tablename__ = "slack_installations"

    enterprise_id: Mapped[str] = mapped_column(primary_key=True)
    team_id: Mapped[str] = mapped_column(primary_key=True, index=True)
    app_id: Mapped[str | None]
    bot_id: Mapped[str | None]
    bot_user_id: Mapped[str | None]
    is_enterprise_install: Mapped[bool]
    installed_at: Mapped[datetime]
    sealed: Mapped[str] = mapped_column(Text)
    refreshing_until: Mapped[datetime | None]


class OrganisationWorkspaceTable(Base):
    """The workspaces that an organisation's installation serves or has served.

    Slack sends one event when an organisation uninstalls, but data is stored by workspace.
    """

    __tablename__ = "organisation_workspaces"

    team_id: Mapped[str] = mapped_column(primary_key=True)
    enterprise_id: Mapped[str] = mapped_column(index=True)
    left_at: Mapped[datetime | None]
