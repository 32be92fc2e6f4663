"""Who did what: of a finished intent, its person and place stay for a year, nothing they wrote."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select

from monitors.model.codec import decode, encode
from monitors.model.intent import IntentKind
from monitors.model.requests import ReplyTo
from monitors.model.spreadsheet import csv_of
from monitors.model.workspace import ThreadRef, Workspace
from monitors.storage.database import Database
from monitors.storage.tables import IntentTable
from monitors.storage.tenancy import team_of

MOST_ACTIONS: Final = 100_000

_HEAD: Final = ("at", "who", "what", "channel", "thread")
# These change nothing, or are Slack's news rather than a person's wish.
_NOT_AUDITED: Final = frozenset(
    {
        IntentKind.LIST,
        IntentKind.STATUS,
        IntentKind.HELP,
        IntentKind.HISTORY,
        IntentKind.MENTIONED,
        IntentKind.INSTALLED,
        IntentKind.CHANNEL_UNBLOCKED,
        IntentKind.CHANNEL_CHANGED,
        IntentKind.PERSON_LEFT,
    }
)


@dataclass(frozen=True, slots=True)
class Record:
    """`thread_ts` is empty for what has no thread. `ran_task`: it cost a Task run."""

    user_id: str
    channel: str = ""
    thread_ts: str = ""
    ran_task: bool = False


@dataclass(frozen=True, slots=True)
class Action:
    """One line of the audit trail."""

    at: datetime
    kind: str
    record: Record


@dataclass(frozen=True, slots=True)
class _Asked:
    """What any request may say of its person and place."""

    reply_to: ReplyTo | None = None
    thread: ThreadRef | None = None
    by_user_id: str | None = None
    user_id: str | None = None


@dataclass(frozen=True, slots=True)
class _Started:
    card_ts: str | None = None
    monitor_id: str | None = None
    task_id: str = ""
    run_id: str = ""


def record_of(kind: str, argument: str, progress: str) -> str:
    """What stays of an intent that ends; empty for most."""
    if kind in _NOT_AUDITED or not argument:
        return ""
    try:
        asked = decode(_Asked, argument)
        started = decode(_Started, progress)
    except ValueError:
        # Another version wrote it.
        return ""
    reply_to, thread = asked.reply_to, asked.thread
    user_id = asked.by_user_id or asked.user_id or (reply_to.user_id if reply_to else "")
    if not user_id or (kind == IntentKind.START and started.monitor_id is None):
        return ""
    if thread is None and reply_to is not None:
        thread = ThreadRef(reply_to.channel, started.card_ts or "")
    place = (thread.channel, thread.ts) if thread else ("", "")
    return encode(Record(user_id, *place, ran_task=bool(started.task_id or started.run_id)))


def audit_csv(actions: Sequence[Action]) -> str:
    return csv_of(
        [
            _HEAD,
            *(
                (
                    each.at.isoformat(timespec="seconds"),
                    each.record.user_id,
                    each.kind,
                    each.record.channel,
                    each.record.thread_ts,
                )
                for each in actions
            ),
        ]
    )


class SqlAudit:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, workspace: Workspace, *, limit: int) -> Sequence[Action]:
        """What was done in a workspace, the latest first. Raises StoreDownError."""
        statement = (
            select(IntentTable.c.finished_at, IntentTable.c.kind, IntentTable.c.argument)
            .where(
                IntentTable.c.team_id == team_of(workspace),
                IntentTable.c.finished_at.is_not(None),
                IntentTable.c.argument != "",
            )
            .order_by(IntentTable.c.finished_at.desc())
            .limit(limit)
        )
        return [
            Action(row.finished_at, row.kind, decode(Record, row.argument))
            for row in await self._database.rows(statement)
        ]

    async def task_runs(self, workspace: Workspace, *, since: datetime) -> Sequence[Action]:
        """What cost a Task run since then, or will. Raises StoreDownError."""
        table = IntentTable.c
        statement = select(
            table.created_at, table.kind, table.argument, table.progress, table.finished_at
        ).where(
            table.team_id == team_of(workspace),
            table.kind.in_([IntentKind.RESEARCH, IntentKind.START]),
            table.created_at >= since,
        )

        rows = [
            (row, row.argument if row.finished_at else record_of(*row[1:4]))
            for row in await self._database.rows(statement)
        ]
        found = [Action(row[0], row[1], decode(Record, each)) for row, each in rows if each]
        return [each for each in found if each.record.ran_task]
