"""Intents: what people asked for, until it is done."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from monitors.domain.intent import Intent, IntentKind
from monitors.domain.workspace import Workspace
from monitors.store.sql.statements import insert_into, reading, utc_now, writing
from monitors.store.sql.tables import IntentTable
from monitors.store.tenancy import team_of

# A kind that only a later version knows is left to the replicas that run it.
_OPEN = (IntentTable.finished_at.is_(None), IntentTable.kind.in_(list(IntentKind)))

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
    """`IntentStore`, `IntentHolds` and `StaleIntents`."""

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

    async def add(self, intent: Intent) -> bool:
        statement = (
            insert_into(self._engine, IntentTable)
            .values(
                intent_id=intent.intent_id,
                team_id=team_of(intent.workspace),
                enterprise_id=intent.workspace.enterprise_id,
                kind=intent.kind.value,
                argument=intent.argument,
                progress=intent.progress,
                created_at=intent.created_at,
                touched_at=self._now(),
            )
            .on_conflict_do_nothing(index_elements=["intent_id"])
        )
        async with writing(self._engine) as connection:
            return (await connection.execute(statement)).rowcount == 1

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

    async def stale(self, *, older_than: datetime, limit: int) -> Sequence[Intent]:
        statement = (
            select(*_COLUMNS)
            .where(IntentTable.touched_at < older_than, *_OPEN)
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
