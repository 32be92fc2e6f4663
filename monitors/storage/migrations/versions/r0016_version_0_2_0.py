"""Version 0.2.0: the ledger by event, one row for each monitor and account, failed intents, rules.

What was recorded of a group cannot name its events: it becomes the event `group:…`, one part with
number -1 where all of it is settled, else each part as it stood. A job that was given up is a row
of `intents`; down again, letters are named by their job's key.
"""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

from monitors.storage.migrations import first_tables as first
from monitors.storage.tables import NAMING, UtcDateTime

revision = "0016"
down_revision = "0005"
branch_labels = None
depends_on = None

_EMPTY = sa.text("''")
_TABLES = sa.MetaData(naming_convention=NAMING)
LEDGER_BY_EVENT = sa.Table(
    "ledger",
    _TABLES,
    *first.key("team_id", "monitor_id", "event_id"),
    sa.Column("part", sa.Integer, primary_key=True),
    *first.texts("enterprise_id", "state", "channel", "message_key"),
    *first.maybe_texts("ts"),
    *first.times("not_before", "changed_at"),
    sa.Index(None, "changed_at"),
)
MONITORS = sa.Table(
    "monitors",
    _TABLES,
    *first.key("team_id", "monitor_id"),
    *first.texts("enterprise_id", "endpoint_id", "channel", "thread_ts"),
    sa.Column("cursor", sa.Text),
    *first.texts("last_run_seen", "last_run_shown"),
    *first.maybe_texts("suspended_reason"),
    *first.maybe_times("suspended_since", "next_try_at", "notified_at"),
    sa.Column("findings_wait", sa.Boolean, nullable=False),
    *first.maybe_times("run_asked_at"),
    sa.Column("is_signed", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("frequency_seen", sa.String, nullable=False, server_default=_EMPTY),
    *first.maybe_times("frequency_since"),
    sa.Column("failing_since", sa.String, nullable=False, server_default=_EMPTY),
    sa.Index(None, "team_id", "channel", "thread_ts"),
    sa.Index(None, "endpoint_id", "monitor_id"),
    sa.Index(None, "next_try_at"),
)
RULES = sa.Table(
    "workspace_rules",
    _TABLES,
    *first.key("team_id"),
    *first.texts("enterprise_id", "changed_by"),
    *first.long_texts("rules"),
)
_IS_NOTICE = "(group_id LIKE '%:%' OR group_id = 'unlinked')"
_ACCOUNTS = "parallel_accounts"
_NEW_TIMES = ("left_at", "suspended_since", "webhooks_refused_at")
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
# A dead letter of an intent that ended all the same has nothing left to send again.
_FAIL_INTENTS = """
UPDATE intents SET failed_at = letter.buried_at, failure = letter.reason,
    attempts = letter.attempts, trace_id = letter.trace_id, held_until = NULL
FROM dead_letters AS letter
WHERE letter.kind = 'intent' AND letter.argument = intents.intent_id
    AND intents.finished_at IS NULL
"""
_KEEP_JOBS = """
INSERT INTO intents (intent_id, team_id, kind, argument, progress, created_at, touched_at,
    failed_at, failure, attempts, trace_id)
SELECT key, team_id, kind, argument, '{}', since, buried_at, buried_at, reason, attempts, trace_id
FROM dead_letters WHERE kind <> 'intent'
"""
_OF_INTENTS = """kind IN ('start', 'list', 'cancel', 'run_now', 'status', 'move', 'installed',
    'channel_back', 'channel_changed', 'uninstall', 'unlink')"""
_BURY_INTENTS = f"""
INSERT INTO dead_letters (letter_id, team_id, kind, key, argument, reason, attempts, trace_id,
    since, buried_at)
SELECT intent_id, team_id, 'intent', 'intent:' || intent_id, intent_id, failure, attempts, trace_id,
    created_at, failed_at
FROM intents WHERE failed_at IS NOT NULL AND {_OF_INTENTS}
"""  # noqa: S608 - constants only
_BURY_JOBS = f"""
INSERT INTO dead_letters (letter_id, team_id, kind, key, argument, reason, attempts, trace_id,
    since, buried_at)
SELECT intent_id, team_id, kind, intent_id, argument, failure, attempts, trace_id, created_at,
    failed_at
FROM intents WHERE failed_at IS NOT NULL AND NOT {_OF_INTENTS}
"""  # noqa: S608 - constants only
_DROP_JOBS = f"DELETE FROM intents WHERE failed_at IS NOT NULL AND NOT {_OF_INTENTS}"  # noqa: S608 - likewise


def upgrade() -> None:
    _record_by_event()
    _fail_intents()
    _suspend_accounts()
    RULES.create(op.get_bind())


def downgrade() -> None:
    op.drop_table("workspace_rules")
    _separate_accounts()
    _bury_intents()
    _record_by_group()


def _record_by_event() -> None:
    bind = op.get_bind()
    # An attempt of the version before may be at it: nobody's, for as long as its call can last.
    later = sa.bindparam("later", datetime.now(UTC) + timedelta(seconds=25), type_=UtcDateTime)
    op.execute("CREATE TABLE ledger_moving AS SELECT * FROM ledger")
    op.drop_table("ledger")
    op.execute(
        "CREATE TABLE ledger_settled AS SELECT team_id, monitor_id, group_id FROM ledger_moving"  # noqa: S608 - words of ours alone
        f" WHERE NOT {_IS_NOTICE} GROUP BY team_id, monitor_id, group_id"
        " HAVING SUM(CASE WHEN state IN ('posted', 'dead') THEN 1 ELSE 0 END) >= MAX(parts)"
    )
    op.create_index("ledger_settled_key", "ledger_settled", ["team_id", "monitor_id", "group_id"])
    LEDGER_BY_EVENT.create(bind)
    columns = (
        "team_id, monitor_id, event_id, part, enterprise_id, state, channel, ts, message_key,"
        " not_before, changed_at"
    )
    state = "CASE WHEN state IN ('posted', 'dead') THEN state ELSE 'posting' END"
    name = f"CASE WHEN {_IS_NOTICE} THEN group_id ELSE 'group:' || group_id END"
    bind.execute(
        sa.text(
            f"INSERT INTO ledger ({columns})"  # noqa: S608 - words of ours alone
            f" SELECT r.team_id, r.monitor_id, {name}, r.part, '', {state}, r.channel, r.ts,"
            " r.monitor_id || '/' || r.group_id || '/' || r.part, :later, r.changed_at"
            " FROM ledger_moving r WHERE NOT EXISTS (SELECT 1 FROM ledger_settled s WHERE"
            " s.team_id = r.team_id AND s.monitor_id = r.monitor_id AND s.group_id = r.group_id)"
        ).bindparams(later)
    )
    bind.execute(
        sa.text(
            f"INSERT INTO ledger ({columns})"  # noqa: S608 - words of ours alone
            " SELECT r.team_id, r.monitor_id, 'group:' || r.group_id, -1, '', 'posted',"
            " MAX(r.channel), MAX(r.ts), r.monitor_id || '/' || r.group_id || '/0', :later,"
            " MAX(r.changed_at) FROM ledger_moving r JOIN ledger_settled s ON s.team_id = r.team_id"
            " AND s.monitor_id = r.monitor_id AND s.group_id = r.group_id"
            " GROUP BY r.team_id, r.monitor_id, r.group_id"
        ).bindparams(later)
    )
    op.drop_table("ledger_settled")
    op.drop_table("ledger_moving")
    MONITORS.create(bind)
    _fill_monitors()
    op.drop_table("stranded")
    op.drop_table("baselines")


def _record_by_group() -> None:
    bind = op.get_bind()
    ledger = _rows_of("ledger", "changed_at")
    monitors = _rows_of("monitors", "suspended_since", "next_try_at", "notified_at")
    op.drop_table("monitors")
    op.drop_table("ledger")
    messages, groups = _by_group(ledger)
    now = datetime.now(UTC)
    for table, rows in (
        (first.LEDGER, messages),
        (first.BASELINES, [b for m in monitors if (b := _baseline(m, groups, now)) is not None]),
        (first.STRANDED, [_stranded(m) for m in monitors if m["suspended_reason"] is not None]),
    ):
        table.create(bind)
        if rows:
            bind.execute(sa.insert(table), rows)


def _rows_of(table: str, *times: str) -> list[dict[str, object]]:
    rows = sa.text(f"SELECT * FROM {table}").columns(**dict.fromkeys(times, UtcDateTime))  # noqa: S608 - words of ours alone
    return [dict(row) for row in op.get_bind().execute(rows).mappings()]


def _fill_monitors() -> None:
    """Where a thread is was not kept in SQL: the next look at Parallel writes it."""
    columns = (
        "team_id, monitor_id, enterprise_id, endpoint_id, channel, thread_ts, cursor,"
        " last_run_seen, last_run_shown, suspended_reason, suspended_since, next_try_at,"
        " notified_at, findings_wait"
    )
    # The mark is an id of Parallel's, in which nothing has to be escaped in JSON.
    cursor = """CASE WHEN b.mark IS NULL THEN '["start"]' ELSE '["group:' || b.mark || '"]' END"""
    op.execute(
        f"INSERT INTO monitors ({columns})"  # noqa: S608 - words of ours alone
        f" SELECT b.team_id, b.monitor_id, {_ENTERPRISE.format('b')}, b.endpoint_id,"
        f" COALESCE(s.channel, ''), COALESCE(s.ts, ''), {cursor}, '', '', s.code, s.since,"
        " s.again_at, s.told_at, COALESCE(s.findings_wait, false)"
        " FROM baselines b LEFT JOIN stranded s"
        " ON s.team_id = b.team_id AND s.monitor_id = b.monitor_id"
    )
    op.execute(
        f"INSERT INTO monitors ({columns})"  # noqa: S608 - words of ours alone
        f" SELECT s.team_id, s.monitor_id, {_ENTERPRISE.format('s')}, s.endpoint_id, s.channel,"
        " s.ts, NULL, '', '', s.code, s.since, s.again_at, s.told_at, s.findings_wait"
        " FROM stranded s WHERE NOT EXISTS (SELECT 1 FROM baselines b"
        " WHERE b.team_id = s.team_id AND b.monitor_id = s.monitor_id)"
    )


def _by_group(
    ledger: Iterable[dict[str, object]],
) -> tuple[list[dict[str, object]], dict[tuple[object, object, object], str]]:
    """Each message as a part of its group, and which group each event was posted with."""
    messages: dict[tuple[object, object, str], dict[str, dict[str, object]]] = {}
    groups: dict[tuple[object, object, object], str] = {}
    for row in ledger:
        key, event_id = str(row["message_key"]), str(row["event_id"])
        named = key.removeprefix(f"{row['monitor_id']}/")
        is_finding = named.count("/") > 1 and not event_id.startswith("group:")
        group = named.split("/", 1)[0] if is_finding else event_id.removeprefix("group:")
        groups[row["team_id"], row["monitor_id"], event_id] = group
        messages.setdefault((row["team_id"], row["monitor_id"], group), {})[key] = row
    return [
        {**row, "group_id": group, "part": part, "parts": len(rows)}
        for (_, _, group), rows in messages.items()
        for part, row in enumerate(rows.values())
    ], groups


def _baseline(
    monitor: dict[str, object], groups: dict[tuple[object, object, object], str], now: datetime
) -> dict[str, object] | None:
    """None where the newest group settled is not known any more: such a monitor starts from now."""
    if monitor["cursor"] is None:
        return None
    cursor: list[str] = json.loads(str(monitor["cursor"]))
    newest = cursor[0] if cursor else ""
    mark = None
    if newest.startswith("group:"):
        mark = newest.removeprefix("group:")
    elif newest != "start":
        mark = groups.get((monitor["team_id"], monitor["monitor_id"], newest))
        if mark is None:
            return None
    return {**_named(monitor), "since": now, "mark": mark}


def _stranded(monitor: dict[str, object]) -> dict[str, object]:
    return {
        **_named(monitor),
        "channel": monitor["channel"],
        "ts": monitor["thread_ts"],
        "code": monitor["suspended_reason"],
        "findings_wait": monitor["findings_wait"],
        "since": monitor["suspended_since"],
        "again_at": monitor["next_try_at"],
        "told_at": monitor["notified_at"],
    }


def _named(monitor: dict[str, object]) -> dict[str, object]:
    return {name: monitor[name] for name in ("team_id", "monitor_id", "endpoint_id")}


def _fail_intents() -> None:
    # Replicas of the version before go on adding intents for a while, without these.
    for column in (
        *first.maybe_times("failed_at"),
        sa.Column("failure", sa.Text, nullable=False, server_default=_EMPTY),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("trace_id", sa.String, nullable=False, server_default=_EMPTY),
    ):
        op.add_column("intents", column)
    op.create_index(op.f("ix_intents_failed_at"), "intents", ["failed_at"])
    op.execute(_FAIL_INTENTS)
    op.execute(_KEEP_JOBS)
    op.drop_table("dead_letters")


def _bury_intents() -> None:
    first.DEAD_LETTERS.create(op.get_bind())
    op.execute(_BURY_INTENTS)
    op.execute(_BURY_JOBS)
    op.execute(_DROP_JOBS)
    op.drop_index(op.f("ix_intents_failed_at"), "intents")
    for column in ("trace_id", "attempts", "failure", "failed_at"):
        op.drop_column("intents", column)


def _suspend_accounts() -> None:
    with op.batch_alter_table(_ACCOUNTS) as table:
        table.drop_constraint(op.f("uq_parallel_accounts_team_id"), type_="unique")
        for column in (
            sa.Column("enterprise_id", sa.String, nullable=False, server_default=_EMPTY),
            *first.maybe_times(*_NEW_TIMES),
            *first.maybe_texts("suspended_reason"),
        ):
            table.add_column(column)
    with op.batch_alter_table(_ACCOUNTS) as table:
        table.alter_column("enterprise_id", server_default=None)
    where = sa.text("left_at IS NULL")
    op.create_index(
        op.f("ix_parallel_accounts_team_id"),
        _ACCOUNTS,
        ["team_id"],
        unique=True,
        sqlite_where=where,
        postgresql_where=where,
    )
    op.execute(
        f"UPDATE {_ACCOUNTS} SET enterprise_id = {_ENTERPRISE.format(_ACCOUNTS)},"  # noqa: S608 - words of ours alone
        f" suspended_reason = {_OPEN_TROUBLE.format('kind')},"
        f" suspended_since = {_OPEN_TROUBLE.format('since')}"
    )
    op.execute(
        f"INSERT INTO {_ACCOUNTS} (endpoint_id, team_id, enterprise_id, api_key, webhook_secrets,"  # noqa: S608 - words of ours alone
        " created_at, left_at)"
        f" SELECT l.endpoint_id, l.team_id, {_ENTERPRISE.format('l')}, l.api_key, '', l.left_at,"
        " l.left_at FROM left_accounts l"
    )
    op.drop_table("left_accounts")
    op.drop_table("troubles")


def _separate_accounts() -> None:
    """Who was notified of a suspension is not known to the older version: they hear of it again."""
    first.LEFT_ACCOUNTS.create(op.get_bind())
    first.TROUBLES.create(op.get_bind())
    op.execute(
        "INSERT INTO left_accounts (endpoint_id, team_id, api_key, left_at)"
        " SELECT endpoint_id, team_id, api_key, left_at FROM parallel_accounts"
        " WHERE left_at IS NOT NULL"
    )
    op.execute("DELETE FROM parallel_accounts WHERE left_at IS NOT NULL")
    op.drop_index(op.f("ix_parallel_accounts_team_id"), _ACCOUNTS)
    with op.batch_alter_table(_ACCOUNTS) as table:
        for name in (*_NEW_TIMES, "suspended_reason", "enterprise_id"):
            table.drop_column(name)
        table.create_unique_constraint(op.f("uq_parallel_accounts_team_id"), ["team_id"])
