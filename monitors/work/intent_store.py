"""Intents: what people asked for, until it is done."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, delete, literal, or_, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from monitors.model.intent import Intent, IntentKind
from monitors.model.workspace import Workspace
from monitors.storage.batching import Batching
from monitors.storage.engine import ONE_STATEMENT
from monitors.storage.statements import insert_into, reading, utc_now, writing
from monitors.storage.tables import DeadLetterTable, IntentTable
from monitors.storage.tenancy import team_of

# A kind that only a later version knows is left to the replicas that run it.
_OPEN = (IntentTable.finished_at.is_(None), IntentTable.kind.in_(list(IntentKind)))

_MOST_ADDS: Final = 100

_COLUMNS = (
    IntentTable.intent_id,
    IntentTable.team_id,
    IntentTable.enterprise_id,
    IntentTable.kind,
    IntentTable.argument,
    IntentTable.created_at,
    IntentTable.progress,
)


# Longer than the longest single call of an attempt (monitors.parallel.gateway.PATIENCE): what a
# crashed attempt sent has been carried out or not when the next one looks.
HOLD_SECONDS: Final = 45.0


class SqlIntents:
    """`IntentStore`, `IntentHolds`, `OpenIntents` and `StaleIntents`.

    Intents added at the same moment share one transaction: each is on disk when its caller is told,
    but they wait for the disk once. SQLite has one writer at a time anyway, and those who find it
    busy sleep before they ask again.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        *,
        now: Callable[[], datetime] = utc_now,
        hold_seconds: float = HOLD_SECONDS,
    ) -> None:
        self._engine = engine
        self._now = now
        self._hold_seconds = hold_seconds
        self._adding = engine.execution_options(**{ONE_STATEMENT: True})
        self._adds = Batching(self._add_all, most=_MOST_ADDS)
        self._insert = (
            insert_into(engine, IntentTable)
            .on_conflict_do_nothing(index_elements=["intent_id"])
            .returning(IntentTable.intent_id)
        )

    async def add(self, intent: Intent) -> bool:
        try:
            return await self._adds.add(intent)
        except DBAPIError:
            # Whosever row it was that cannot be kept, it is no other's fault: each alone.
            (new,) = await self._add_all([intent])
            return new

    async def _add_all(self, intents: Sequence[Intent]) -> list[bool]:
        """Whether each was new; of two alike the first."""
        rows = {intent.intent_id: self._row(intent) for intent in reversed(intents)}
        async with writing(self._adding) as connection:
            found = await connection.execute(self._insert, list(rows.values()))
            new = set(found.scalars())
        return [_taken(new, intent.intent_id) for intent in intents]

    def _row(self, intent: Intent) -> dict[str, object]:
        return {
            "intent_id": intent.intent_id,
            "team_id": team_of(intent.workspace),
            "enterprise_id": intent.workspace.enterprise_id,
            "kind": intent.kind.value,
            "argument": intent.argument,
            "progress": intent.progress,
            "created_at": intent.created_at,
            "touched_at": self._now(),
        }

    async def get(self, intent_id: str) -> Intent | None:
        statement = select(*_COLUMNS).where(IntentTable.intent_id == intent_id, *_OPEN)
        async with reading(self._engine) as connection:
            row = (await connection.execute(statement)).one_or_none()
        return None if row is None else _intent(*row)

    async def save_progress(self, intent_id: str, progress: str) -> None:
        statement = (
            update(IntentTable)
            .where(IntentTable.intent_id == intent_id, IntentTable.finished_at.is_(None))
            .values(progress=progress, touched_at=self._now(), held_until=self._hold_end())
        )
        async with writing(self._engine) as connection:
            await connection.execute(statement)

    async def hold(self, intent_id: str) -> bool:
        now = self._now()
        statement = (
            update(IntentTable)
            .where(
                IntentTable.intent_id == intent_id,
                or_(IntentTable.held_until.is_(None), IntentTable.held_until <= now),
                *_OPEN,
            )
            .values(touched_at=now, held_until=self._hold_end())
        )
        async with writing(self._engine) as connection:
            return (await connection.execute(statement)).rowcount == 1

    async def let_go(self, intent_id: str) -> None:
        statement = (
            update(IntentTable).where(IntentTable.intent_id == intent_id).values(held_until=None)
        )
        async with writing(self._engine) as connection:
            await connection.execute(statement)

    def _hold_end(self) -> datetime:
        return self._now() + timedelta(seconds=self._hold_seconds)

    async def finish(self, intent_id: str) -> None:
        """Close it, and forget what was asked: only that it was is still needed."""
        statement = (
            update(IntentTable)
            .where(IntentTable.intent_id == intent_id, IntentTable.finished_at.is_(None))
            .values(argument="", progress="{}", finished_at=self._now())
        )
        async with writing(self._engine) as connection:
            await connection.execute(statement)

    async def open_intents(self, workspace: Workspace, kind: IntentKind) -> Sequence[Intent]:
        statement = select(*_COLUMNS).where(
            IntentTable.team_id == team_of(workspace), IntentTable.kind == kind.value, *_OPEN
        )
        async with reading(self._engine) as connection:
            return [_intent(*row) for row in await connection.execute(statement)]

    async def stale(self, *, older_than: datetime, limit: int) -> Sequence[Intent]:
        statement = (
            select(*_COLUMNS)
            .where(IntentTable.touched_at < older_than, *_OPEN, ~_given_up())
            .order_by(IntentTable.touched_at)
            .limit(limit)
        )
        async with reading(self._engine) as connection:
            return [_intent(*row) for row in await connection.execute(statement)]

    async def forget_finished(self, *, older_than: datetime) -> int:
        """Drop rows finished before then, and return how many.

        Slack sends a request again for about an hour at most.
        """
        statement = delete(IntentTable).where(IntentTable.finished_at < older_than)
        async with writing(self._engine) as connection:
            return (await connection.execute(statement)).rowcount


def _taken(new: set[str], intent_id: str) -> bool:
    """Whether it is among them; it is taken out."""
    if intent_id not in new:
        return False
    new.remove(intent_id)
    return True


def _given_up() -> ColumnElement[bool]:
    """Whether its job is a dead letter: that waits for an operator, not for the sweeper."""
    key = literal("intent:") + IntentTable.intent_id
    return select(DeadLetterTable.key).where(DeadLetterTable.key == key).exists()


def _intent(  # noqa: PLR0913, PLR0917 - one argument per column of _COLUMNS
    intent_id: str,
    team_id: str,
    enterprise_id: str | None,
    kind: str,
    argument: str,
    created_at: datetime,
    progress: str,
) -> Intent:
    return Intent(
        intent_id=intent_id,
        workspace=Workspace(team_id, enterprise_id),
        kind=IntentKind(kind),
        argument=argument,
        created_at=created_at,
        progress=progress,
    )
