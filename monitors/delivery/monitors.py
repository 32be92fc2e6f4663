"""One row per monitor: workspace, account, thread, cursor, and why it is suspended."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Connection, case, delete, func, or_, select, update

from monitors.delivery.monitor_statements import (
    COLUMNS,
    FIND,
    NOT_SUSPENDED,
    SEEN,
    SHOWN,
    changing,
    encoded,
    is_in,
    is_monitor,
    named,
    row_of,
)
from monitors.model.monitor import Monitor, MonitorHome
from monitors.model.monitor_row import MonitorRow, Seen, Suspension
from monitors.model.workspace import ThreadRef, Workspace
from monitors.storage.database import Database
from monitors.storage.statements import Write
from monitors.storage.tables import MonitorTable, OrganisationWorkspaceTable
from monitors.storage.tenancy import team_of


class Monitors:
    """Raises StoreDownError while the database isn't responding."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, row: MonitorRow) -> MonitorRow:
        """Write a monitor's thread and account, and return the row.

        A known cursor, and everything else in the row, stays; but a suspension is one of a thread,
        and ends where that is another now.
        """
        home = {
            "enterprise_id": row.workspace.enterprise_id or "",
            "endpoint_id": row.endpoint_id,
            "channel": row.thread.channel,
            "thread_ts": row.thread.ts,
            "is_signed": row.is_signed,
        }
        insert = self._database.insert(MonitorTable).values(
            team_id=team_of(row.workspace),
            monitor_id=row.monitor_id,
            cursor=encoded(row.cursor),
            last_run_seen=row.last_run_seen,
            last_run_shown=row.last_run_shown,
            findings_wait=False,
            **home,
        )
        moves = or_(*(MonitorTable.c[each] != home[each] for each in ("channel", "thread_ts")))
        statement = insert.on_conflict_do_update(
            index_elements=["team_id", "monitor_id"],
            set_={
                **home,
                "cursor": func.coalesce(MonitorTable.c.cursor, insert.excluded.cursor),
                **{
                    name: case((moves, over), else_=MonitorTable.c[name])
                    for name, over in NOT_SUSPENDED.items()
                },
            },
        ).returning(*COLUMNS)
        (written,) = await self._database.changed(statement)
        return row_of(written)

    async def get(self, workspace: Workspace, monitor_id: str) -> MonitorRow | None:
        return await self._first(*is_monitor(workspace, monitor_id))

    async def is_older(self, monitor_id: str, home: MonitorHome) -> bool:
        """Whether it was at home there before the app signed metadata."""
        row = await self.get(home.workspace, monitor_id)
        return row is not None and row.thread == home.thread and not row.is_signed

    async def find(self, endpoint_id: str, monitor_id: str) -> MonitorRow | None:
        """By account. None also if two workspaces claim it, so that neither gets the other's."""
        named = {"of_endpoint": endpoint_id, "of_monitor": monitor_id}
        rows = await self._database.look_up(FIND, named)
        return row_of(rows[0]) if len(rows) == 1 else None

    async def in_thread(self, workspace: Workspace, thread: ThreadRef) -> str | None:
        """The id of the monitor in that thread."""
        row = await self._first(*is_in(workspace, thread.channel, thread.ts))
        return None if row is None else row.monitor_id

    async def host(self, workspace: Workspace, thread: ThreadRef) -> Workspace:
        """The one whose monitor is there: in a channel of several, another one of an organisation.

        `workspace` itself if that has one, or none has.
        """
        if workspace.enterprise_id is None or await self.in_thread(workspace, thread) is not None:
            return workspace
        served = select(OrganisationWorkspaceTable.c.team_id).where(
            OrganisationWorkspaceTable.c.enterprise_id == workspace.enterprise_id,
            OrganisationWorkspaceTable.c.left_at.is_(None),
        )
        row = await self._first(
            MonitorTable.c.team_id.in_(served),
            MonitorTable.c.channel == thread.channel,
            MonitorTable.c.thread_ts == thread.ts,
        )
        return workspace if row is None else row.workspace

    async def has_successor(self, row: MonitorRow) -> bool:
        """Whether another monitor has a row in the thread."""
        is_there = is_in(row.workspace, row.thread.channel, row.thread.ts)
        return await self._first(*is_there, MonitorTable.c.monitor_id != row.monitor_id) is not None

    async def is_any_in(self, workspace: Workspace, channel: str) -> bool:
        return await self._first(*is_in(workspace, channel)) is not None

    async def is_any_suspended(self, workspace: Workspace, channel: str) -> bool:
        return await self._first(*is_in(workspace, channel), _IS_SUSPENDED) is not None

    async def seen(self, endpoint_id: str) -> Mapping[str, Seen]:
        """Each monitor on an account, as it was last seen."""
        statement = SEEN.where(MonitorTable.c.endpoint_id == endpoint_id)
        rows = await self._database.rows(statement)
        return {monitor_id: Seen(*rest) for monitor_id, *rest in rows}

    async def workspaces_on(self, endpoint_id: str) -> Sequence[Workspace]:
        """The workspaces that have monitors on an account."""
        statement = (
            select(MonitorTable.c.team_id, MonitorTable.c.enterprise_id)
            .where(MonitorTable.c.endpoint_id == endpoint_id)
            .distinct()
            .order_by(MonitorTable.c.team_id)
        )
        rows = await self._database.rows(statement)
        return [Workspace(team_id, enterprise_id or None) for team_id, enterprise_id in rows]

    async def count(self, workspace: Workspace) -> int:
        """How many the workspace has, those that ended unnoticed among them."""
        statement = select(func.count()).where(MonitorTable.c.team_id == team_of(workspace))
        return await self._database.read(lambda c: c.execute(statement).scalar_one())

    async def begin_at(self, row: MonitorRow, cursor: Sequence[str]) -> None:
        await self._database.apply(changing(row, cursor=cursor))

    async def sees_run(self, row: MonitorRow, run: str) -> None:
        """All that it found is settled."""
        await self._database.apply(changing(row, last_run_seen=run))

    async def unsettle(
        self, workspace: Workspace, monitor_id: str, event_ids: Collection[str]
    ) -> None:
        """Take these events out of the cursor, so that they are posted again."""

        def work(connection: Connection) -> None:
            mine = is_monitor(workspace, monitor_id)
            found = connection.execute(select(MonitorTable.c.cursor).where(*mine).with_for_update())
            cursor = found.scalar_one_or_none()
            if cursor is not None:
                kept = [each for each in json.loads(cursor) if each not in event_ids]
                connection.execute(update(MonitorTable).where(*mine).values(cursor=encoded(kept)))

        await self._database.write(work)

    async def shown(self, row: MonitorRow, run: str) -> bool:
        """Record what the card shows; False if that was changed since the row was read."""
        shown = Write(SHOWN, {**named(row), "old_shown": row.last_run_shown, "new_shown": run})
        return await self._database.apply(shown) == 1

    async def covered(self, row: MonitorRow, *, but: str) -> None:
        """What the card shows isn't known any more; what begins with `but` is recorded for good."""
        is_other = MonitorTable.c.last_run_shown.startswith(but).is_not(True)
        await self._set(*_is(row), is_other, last_run_shown="")

    async def will_show(self, workspace: Workspace, monitor_id: str, what: str) -> None:
        """Before a card is redrawn for another reason than a run: `shown` of others then fails."""
        await self._set(*is_monitor(workspace, monitor_id), last_run_shown=what)

    async def sees_frequency(
        self, endpoint_id: str, monitor_id: str, frequency: str, *, at: datetime
    ) -> None:
        """It has been changed, or is seen for the first time."""
        mine = (MonitorTable.c.endpoint_id == endpoint_id, MonitorTable.c.monitor_id == monitor_id)
        await self._set(*mine, frequency_seen=frequency, frequency_since=at)

    async def fails_since(self, row: MonitorRow, streak: str) -> None:
        """Its thread was told of that streak of failures, or that the row's is over."""
        is_same = MonitorTable.c.failing_since == row.failing_since
        await self._set(*_is(row), *([] if streak else [is_same]), failing_since=streak)

    async def drop(self, workspace: Workspace, monitor_id: str) -> None:
        """Delete the row of a cancelled monitor."""
        await self._database.change(delete(MonitorTable).where(*is_monitor(workspace, monitor_id)))

    async def claim_run(
        self, workspace: Workspace, monitor: Monitor, *, asked_at: datetime, lost_after: timedelta
    ) -> bool:
        """Whether to ask for a run: one at a time, until Parallel lists it.

        Asking again with the same `asked_at` is the same wish. A run that Parallel hasn't listed
        `lost_after` it was asked for isn't waited for any longer.
        """
        last = monitor.last_run_at
        is_free = or_(
            MonitorTable.c.run_asked_at.is_(None),
            MonitorTable.c.run_asked_at == asked_at,
            MonitorTable.c.run_asked_at <= asked_at - lost_after,
            *([MonitorTable.c.run_asked_at <= last] if last else []),
        )
        mine = is_monitor(workspace, monitor.monitor_id)
        before = last.isoformat() if last else ""
        changed = await self._set(
            *mine, is_free, run_asked_at=asked_at, run_before=before, run_ended=""
        )
        return changed == 1

    async def release_run(self, workspace: Workspace, monitor_id: str) -> None:
        """Parallel refused to start it."""
        await self._set(*is_monitor(workspace, monitor_id), run_asked_at=None)

    async def check_ended(self, row: MonitorRow, run: str) -> None:
        """The check that was asked for was that run."""
        is_same = MonitorTable.c.run_asked_at == row.run_asked_at
        await self._set(*_is(row), is_same, run_ended=run)

    # Suspensions

    async def suspend(self, row: MonitorRow, suspension: Suspension) -> Suspension:
        """Returns the suspension; if there is one already, `since` and `notified_at` stay."""
        again: dict[str, object] = {
            "suspended_reason": suspension.reason,
            "next_try_at": suspension.next_try_at,
            "suspended_since": func.coalesce(MonitorTable.c.suspended_since, suspension.since),
        }
        if suspension.findings_wait:
            again["findings_wait"] = True
        statement = update(MonitorTable).where(*_is(row)).values(again).returning(*COLUMNS)
        found = await self._database.changed(statement)
        kept = row_of(found[0]).suspension if found else None
        return kept or suspension

    async def mark_notified(self, row: MonitorRow, at: datetime) -> None:
        """Only for this suspension; a later one notifies again."""
        since = row.suspension.since if row.suspension else None
        await self._set(*_is(row), MonitorTable.c.suspended_since == since, notified_at=at)

    async def resume(self, row: MonitorRow) -> None:
        """End the suspension: the thread takes posts, or nothing more is to be posted there."""
        await self._set(*_is(row), **NOT_SUSPENDED)

    async def let_try(
        self, workspace: Workspace, *, channel: str | None, at: datetime
    ) -> Sequence[MonitorRow]:
        """Let suspended monitors of the workspace, or of one channel, be tried from then on."""
        statement = (
            update(MonitorTable)
            .where(MonitorTable.c.team_id == team_of(workspace), _IS_SUSPENDED)
            .values(next_try_at=at)
            .returning(*COLUMNS)
        )
        if channel is not None:
            statement = statement.where(MonitorTable.c.channel == channel)
        return [row_of(row) for row in await self._database.changed(statement)]

    async def suspended(self, workspace: Workspace) -> frozenset[str]:
        """The ids of the workspace's suspended monitors."""
        statement = select(MonitorTable.c.monitor_id).where(
            MonitorTable.c.team_id == team_of(workspace), _IS_SUSPENDED
        )
        return frozenset(monitor_id for (monitor_id,) in await self._database.rows(statement))

    async def due(self, *, now: datetime, limit: int) -> Sequence[MonitorRow]:
        """Suspended monitors that are due for another try, the longest due first."""
        statement = (
            select(*COLUMNS)
            .where(MonitorTable.c.next_try_at <= now)
            .order_by(MonitorTable.c.next_try_at)
            .limit(limit)
        )
        return [row_of(row) for row in await self._database.rows(statement)]

    async def _first(self, *conditions: ColumnElement[bool]) -> MonitorRow | None:
        rows = await self._database.look_up(select(*COLUMNS).where(*conditions).limit(1))
        return row_of(rows[0]) if rows else None

    async def _set(self, *conditions: ColumnElement[bool], **values: object) -> int:
        """How many rows it changed."""
        return await self._database.change(update(MonitorTable).where(*conditions).values(values))


_IS_SUSPENDED: Final = MonitorTable.c.suspended_reason.is_not(None)


def _is(row: MonitorRow) -> tuple[ColumnElement[bool], ...]:
    return is_monitor(row.workspace, row.monitor_id)
