"""The statements and rows of the table of monitors; `Monitors` runs them."""

import json
from collections.abc import Sequence
from dataclasses import fields
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, String, Text, bindparam, func, select, update

from monitors.model.monitor_row import MonitorRow, Seen, Suspension
from monitors.model.workspace import ThreadRef, Workspace
from monitors.storage.statements import Write
from monitors.storage.tables import MonitorTable
from monitors.storage.tenancy import team_of

COLUMNS: Final = tuple(MonitorTable.c)
NOT_SUSPENDED: Final = {
    "suspended_reason": None,
    "suspended_since": None,
    "next_try_at": None,
    "notified_at": None,
    "findings_wait": False,
}
# Those of every delivery are built once: building one costs more than running it.
_IN_WORKSPACE: Final = (
    MonitorTable.c.team_id == bindparam("of_team"),
    MonitorTable.c.monitor_id == bindparam("of_monitor"),
)
FIND: Final = (
    select(*COLUMNS)
    .where(
        MonitorTable.c.endpoint_id == bindparam("of_endpoint"),
        MonitorTable.c.monitor_id == bindparam("of_monitor"),
    )
    .limit(2)
)
_CHANGE: Final = (
    update(MonitorTable)
    .where(*_IN_WORKSPACE)
    .values(
        cursor=func.coalesce(bindparam("new_cursor", type_=Text), MonitorTable.c.cursor),
        last_run_seen=func.coalesce(
            bindparam("new_seen", type_=String), MonitorTable.c.last_run_seen
        ),
    )
)
SEEN: Final = select(
    MonitorTable.c.monitor_id, *(MonitorTable.c[each.name] for each in fields(Seen))
)
SHOWN: Final = (
    update(MonitorTable)
    .where(*_IN_WORKSPACE, MonitorTable.c.last_run_shown == bindparam("old_shown"))
    .values(last_run_shown=bindparam("new_shown"))
)


def changing(
    row: MonitorRow, *, cursor: Sequence[str] | None = None, last_run_seen: str | None = None
) -> Write:
    """A change of what isn't None, to be written in a larger transaction."""
    values = {"new_cursor": encoded(cursor), "new_seen": last_run_seen}
    return Write(_CHANGE, {**named(row), **values})


def named(row: MonitorRow) -> dict[str, str]:
    return {"of_team": team_of(row.workspace), "of_monitor": row.monitor_id}


def is_monitor(workspace: Workspace, monitor_id: str) -> tuple[ColumnElement[bool], ...]:
    return MonitorTable.c.team_id == team_of(workspace), MonitorTable.c.monitor_id == monitor_id


def is_in(workspace: Workspace, channel: str, ts: str = "") -> tuple[ColumnElement[bool], ...]:
    """In that thread of the channel, or in any."""
    mine = (MonitorTable.c.team_id == team_of(workspace), MonitorTable.c.channel == channel)
    return (*mine, MonitorTable.c.thread_ts == ts) if ts else mine


def encoded(cursor: Sequence[str] | None) -> str | None:
    return None if cursor is None else json.dumps(cursor, separators=(",", ":"))


def row_of(row: Row[Any]) -> MonitorRow:
    suspension = None
    if row.suspended_reason is not None:
        suspension = Suspension(
            reason=row.suspended_reason,
            since=row.suspended_since,
            next_try_at=row.next_try_at,
            findings_wait=row.findings_wait,
            notified_at=row.notified_at,
        )
    return MonitorRow(
        workspace=Workspace(row.team_id, row.enterprise_id or None),
        monitor_id=row.monitor_id,
        endpoint_id=row.endpoint_id,
        thread=ThreadRef(row.channel, row.thread_ts),
        cursor=None if row.cursor is None else tuple(json.loads(row.cursor)),
        last_run_seen=row.last_run_seen,
        last_run_shown=row.last_run_shown,
        suspension=suspension,
        is_signed=row.is_signed,
        run_asked_at=row.run_asked_at,
        frequency_since=row.frequency_since,
        failing_since=row.failing_since,
        run_before=row.run_before,
        run_ended=row.run_ended,
    )
