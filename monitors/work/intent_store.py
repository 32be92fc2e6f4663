"""The table of intents: what people asked for until it is done, and what was given up."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, and_, case, delete, func, or_, select, update

from monitors.model.dead_letter import DeadLetter
from monitors.model.intent import Intent, IntentKind
from monitors.model.workspace import Workspace
from monitors.storage.database import Database
from monitors.storage.statements import Write, utc_now
from monitors.storage.tables import IntentTable
from monitors.storage.tenancy import team_of
from monitors.work.audit import record_of

# Longer than the longest single call of an attempt (monitors.parallel.transport.PATIENCE): what a
# crashed attempt sent has been carried out or not when the next one looks.
HOLD_SECONDS: Final = 45.0

# The kind of the job that does an intent.
INTENT_JOB: Final = "intent"

# What is given up waits for an operator; a kind that only a later version knows, for its replicas.
_OPEN: Final = (
    IntentTable.c.finished_at.is_(None),
    IntentTable.c.failed_at.is_(None),
    IntentTable.c.kind.in_(list(IntentKind)),
)
_COLUMNS: Final = tuple(IntentTable.c)
_INTENTS: Final = select(*_COLUMNS)
# In the order of DeadLetter's fields.
_LETTERS: Final = select(
    IntentTable.c.intent_id,
    IntentTable.c.team_id,
    func.coalesce(IntentTable.c.enterprise_id, ""),
    IntentTable.c.kind,
    IntentTable.c.argument,
    IntentTable.c.failure,
    IntentTable.c.attempts,
    IntentTable.c.trace_id,
    IntentTable.c.created_at,
    IntentTable.c.failed_at,
)


class SqlIntents:
    """Every call raises StoreDownError when the database is away."""

    def __init__(
        self,
        database: Database,
        *,
        now: Callable[[], datetime] = utc_now,
        hold_seconds: float = HOLD_SECONDS,
    ) -> None:
        self._database = database
        self._now = now
        self._hold_seconds = hold_seconds
        self._insert = database.insert(IntentTable).on_conflict_do_nothing(
            index_elements=["intent_id"]
        )

    async def add(self, intent: Intent) -> bool:
        """Write it down; False when it already was."""
        row = {
            "intent_id": intent.intent_id,
            "team_id": team_of(intent.workspace),
            "enterprise_id": intent.workspace.enterprise_id,
            "kind": intent.kind.value,
            "argument": intent.argument,
            "progress": intent.progress,
            "created_at": intent.created_at,
            "touched_at": self._now(),
        }

        return await self._database.write(Write(self._insert, row).run) == 1

    async def get(self, intent_id: str) -> Intent | None:
        """An intent that is still open, else None."""
        statement = _INTENTS.where(IntentTable.c.intent_id == intent_id, *_OPEN)
        found = await self._database.look_up(statement)
        return _intent_of(found[0]) if found else None

    async def save_progress(self, intent_id: str, progress: str) -> bool:
        """Keep the steps taken so far, and hold the intent for the next.

        False if it was called off: then no further step may be taken.
        """
        statement = (
            update(IntentTable)
            .where(IntentTable.c.intent_id == intent_id, *_OPEN)
            .values(progress=progress, touched_at=self._now(), held_until=self._hold_end())
        )
        return await self._database.change(statement) == 1

    async def hold(self, intent_id: str) -> Intent | None:
        """Take it for one attempt, longer than any one call can last: two could make two monitors.

        None while another attempt has it, or when it is not open.
        """
        now = self._now()
        statement = (
            update(IntentTable)
            .where(
                IntentTable.c.intent_id == intent_id,
                or_(IntentTable.c.held_until.is_(None), IntentTable.c.held_until <= now),
                *_OPEN,
            )
            .values(touched_at=now, held_until=self._hold_end())
        )

        found = await self._database.changed(statement.returning(*_COLUMNS))
        return _intent_of(found[0]) if found else None

    async def take_over(self, *, after_seconds: float) -> None:
        """End every hold: the attempts that had them ended with their process.

        What an attempt that had begun asked of Slack or Parallel may still be carried out, so its
        hold lasts so much longer.
        """
        now = self._now()
        soon = now + timedelta(seconds=after_seconds)
        end = case((IntentTable.c.progress == "{}", now), else_=soon)
        statement = (
            update(IntentTable)
            .where(IntentTable.c.held_until > soon, *_OPEN)
            .values(held_until=end)
        )
        await self._database.change(statement)

    async def let_go(self, intent_id: str) -> str:
        """Free it for the next attempt; returns the steps kept."""
        statement = (
            update(IntentTable)
            .where(IntentTable.c.intent_id == intent_id)
            .values(held_until=None)
            .returning(IntentTable.c.progress)
        )

        found = await self._database.changed(statement)
        return found[0].progress if found else ""

    def _hold_end(self) -> datetime:
        return self._now() + timedelta(seconds=self._hold_seconds)

    async def finish(self, intent_id: str) -> None:
        """Close it, and forget what was asked, but for who did what where (monitors.work.audit)."""
        is_unfinished = (IntentTable.c.intent_id == intent_id, IntentTable.c.finished_at.is_(None))
        find = _INTENTS.where(*is_unfinished)
        close = update(IntentTable).where(*is_unfinished)
        now = self._now()

        def work(connection: Connection) -> int:
            row = connection.execute(find).one_or_none()
            record = "" if row is None else record_of(row.kind, row.argument, row.progress)
            values = {"argument": record, "progress": "{}", "failed_at": None, "finished_at": now}
            return connection.execute(close.values(values)).rowcount

        await self._database.write(work)

    async def open_intents(self, workspace: Workspace, *kinds: IntentKind) -> Sequence[Intent]:
        """Those of the workspace that are neither finished nor given up."""
        statement = _INTENTS.where(
            IntentTable.c.team_id == team_of(workspace), IntentTable.c.kind.in_(kinds), *_OPEN
        )
        return [_intent_of(row) for row in await self._database.rows(statement)]

    async def stale(self, *, older_than: datetime, limit: int) -> Sequence[Intent]:
        """Open intents not touched since then, oldest first."""
        statement = (
            _INTENTS.where(IntentTable.c.touched_at < older_than, *_OPEN)
            .order_by(IntentTable.c.touched_at)
            .limit(limit)
        )
        return [_intent_of(row) for row in await self._database.rows(statement)]

    async def forget_finished(self, *, older_than: datetime, records_older_than: datetime) -> int:
        """Drop rows finished before then, and return how many.

        Slack sends a request again for about an hour at most; the audit trail stays for longer.
        """
        finished_at = IntentTable.c.finished_at
        is_old = and_(finished_at < older_than, IntentTable.c.argument == "")
        statement = delete(IntentTable).where(or_(is_old, finished_at < records_older_than))
        return await self._database.change(statement)

    async def fail(self, letter: DeadLetter) -> None:
        """Keep what was given up: an intent's row says so, any other job gets one.

        A job given up again has one row, the later.
        """
        failed = {
            "held_until": None,
            "failure": letter.reason,
            "attempts": letter.attempts,
            "trace_id": letter.trace_id,
            "failed_at": letter.failed_at,
        }
        row = {
            "intent_id": letter.letter_id,
            "team_id": letter.team_id,
            "enterprise_id": letter.enterprise_id or None,
            "kind": letter.kind,
            "argument": letter.argument,
            "progress": "{}",
            "created_at": letter.since,
            "touched_at": letter.failed_at,
            **failed,
        }
        is_open = (IntentTable.c.intent_id == letter.letter_id, IntentTable.c.finished_at.is_(None))
        statement = (
            update(IntentTable).where(*is_open).values(**failed)
            if letter.kind == INTENT_JOB
            else self._database.insert(IntentTable)
            .values(**row)
            .on_conflict_do_update(index_elements=["intent_id"], set_=row)
        )
        await self._database.change(statement)

    async def failed(self, *, team_id: str | None, limit: int) -> Sequence[DeadLetter]:
        """What was given up, the latest first, of one workspace or of all."""
        statement = (
            _LETTERS.where(IntentTable.c.failed_at.is_not(None))
            .order_by(IntentTable.c.failed_at.desc())
            .limit(limit)
        )
        if team_id is not None:
            statement = statement.where(IntentTable.c.team_id == team_id)
        return [DeadLetter(*row) for row in await self._database.rows(statement)]

    async def revive(self, letter: DeadLetter) -> None:
        """Before it is sent again: an intent is open again, and the row of any other job goes.

        A job that was given up again since stays as it is.
        """
        is_meant = (
            IntentTable.c.intent_id == letter.letter_id,
            IntentTable.c.failed_at == letter.failed_at,
        )
        reopen = update(IntentTable).where(*is_meant).values(failed_at=None, touched_at=self._now())
        statement = reopen if letter.is_intent else delete(IntentTable).where(*is_meant)
        await self._database.change(statement)


def _intent_of(row: Row[*tuple[Any, ...]]) -> Intent:
    return Intent(
        intent_id=row.intent_id,
        workspace=Workspace(row.team_id, row.enterprise_id),
        kind=IntentKind(row.kind),
        argument=row.argument,
        created_at=row.created_at,
        progress=row.progress,
    )
