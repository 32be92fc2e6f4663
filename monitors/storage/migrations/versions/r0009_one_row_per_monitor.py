"""The ledger by event, and one row per monitor in place of baselines and stranded.

What was recorded of a group cannot name its events: it becomes the event `group:…`, one part with
number -1 where all of it is settled, else each part as it stood.
"""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

from monitors.storage.migrations.first_tables import BASELINES, LEDGER, STRANDED
from monitors.storage.tables import UtcDateTime

revision = "0009"
down_revision = "0005"
branch_labels = None
depends_on = None

_IS_NOTICE = "(group_id LIKE '%:%' OR group_id = 'unlinked')"


def upgrade() -> None:
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
    _create_ledger()
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
    _create_monitors()
    _fill_monitors()
    op.drop_table("stranded")
    op.drop_table("baselines")


def downgrade() -> None:
    bind = op.get_bind()
    ledger = _rows_of("ledger", "changed_at")
    monitors = _rows_of("monitors", "suspended_since", "next_try_at", "notified_at")
    op.drop_table("monitors")
    op.drop_table("ledger")
    messages, groups = _by_group(ledger)
    now = datetime.now(UTC)
    for table, rows in (
        (LEDGER, messages),
        (BASELINES, [b for m in monitors if (b := _baseline(m, groups, now)) is not None]),
        (STRANDED, [_stranded(m) for m in monitors if m["suspended_reason"] is not None]),
    ):
        table.create(bind)
        if rows:
            bind.execute(sa.insert(table), rows)


def _rows_of(table: str, *times: str) -> list[dict[str, object]]:
    rows = sa.text(f"SELECT * FROM {table}").columns(**dict.fromkeys(times, UtcDateTime))  # noqa: S608 - words of ours alone
    return [dict(row) for row in op.get_bind().execute(rows).mappings()]


def _create_ledger() -> None:
    op.create_table(
        "ledger",
        sa.Column("team_id", sa.String, nullable=False),
        sa.Column("monitor_id", sa.String, nullable=False),
        sa.Column("event_id", sa.String, nullable=False),
        sa.Column("part", sa.Integer, nullable=False),
        sa.Column("enterprise_id", sa.String, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("ts", sa.String),
        sa.Column("message_key", sa.String, nullable=False),
        sa.Column("not_before", UtcDateTime, nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint(
            "team_id", "monitor_id", "event_id", "part", name=op.f("pk_ledger")
        ),
    )
    op.create_index(op.f("ix_ledger_changed_at"), "ledger", ["changed_at"])


def _create_monitors() -> None:
    op.create_table(
        "monitors",
        sa.Column("team_id", sa.String, nullable=False),
        sa.Column("monitor_id", sa.String, nullable=False),
        sa.Column("enterprise_id", sa.String, nullable=False),
        sa.Column("endpoint_id", sa.String, nullable=False),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("thread_ts", sa.String, nullable=False),
        sa.Column("cursor", sa.Text),
        sa.Column("last_run_seen", sa.String, nullable=False),
        sa.Column("last_run_shown", sa.String, nullable=False),
        sa.Column("suspended_reason", sa.String),
        sa.Column("suspended_since", UtcDateTime),
        sa.Column("next_try_at", UtcDateTime),
        sa.Column("notified_at", UtcDateTime),
        sa.Column("findings_wait", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("team_id", "monitor_id", name=op.f("pk_monitors")),
    )
    op.create_index(
        op.f("ix_monitors_team_id_channel_thread_ts"),
        "monitors",
        ["team_id", "channel", "thread_ts"],
    )
    op.create_index(
        op.f("ix_monitors_endpoint_id_monitor_id"), "monitors", ["endpoint_id", "monitor_id"]
    )
    op.create_index(op.f("ix_monitors_next_try_at"), "monitors", ["next_try_at"])


def _fill_monitors() -> None:
    """Where a thread is was not kept in SQL: the next look at Parallel writes it."""
    enterprise = (
        "COALESCE((SELECT MAX(o.enterprise_id) FROM organisation_workspaces o"
        " WHERE o.team_id = {0}.team_id), (SELECT MAX(i.enterprise_id) FROM slack_installations i"
        " WHERE i.team_id = {0}.team_id), '')"
    )
    columns = (
        "team_id, monitor_id, enterprise_id, endpoint_id, channel, thread_ts, cursor,"
        " last_run_seen, last_run_shown, suspended_reason, suspended_since, next_try_at,"
        " notified_at, findings_wait"
    )
    # The mark is an id of Parallel's, in which nothing has to be escaped in JSON.
    cursor = """CASE WHEN b.mark IS NULL THEN '["start"]' ELSE '["group:' || b.mark || '"]' END"""
    op.execute(
        f"INSERT INTO monitors ({columns})"  # noqa: S608 - words of ours alone
        f" SELECT b.team_id, b.monitor_id, {enterprise.format('b')}, b.endpoint_id,"
        f" COALESCE(s.channel, ''), COALESCE(s.ts, ''), {cursor}, '', '', s.code, s.since,"
        " s.again_at, s.told_at, COALESCE(s.findings_wait, false)"
        " FROM baselines b LEFT JOIN stranded s"
        " ON s.team_id = b.team_id AND s.monitor_id = b.monitor_id"
    )
    op.execute(
        f"INSERT INTO monitors ({columns})"  # noqa: S608 - words of ours alone
        f" SELECT s.team_id, s.monitor_id, {enterprise.format('s')}, s.endpoint_id, s.channel,"
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
