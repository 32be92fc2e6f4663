"""Dead letters: jobs that were given up, until somebody sends them again."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncEngine

from monitors.model.dead_letter import DeadLetter
from monitors.storage.statements import insert_into, reading, writing
from monitors.storage.tables import DeadLetterTable

_COLUMNS: Final = (
    DeadLetterTable.letter_id,
    DeadLetterTable.team_id,
    DeadLetterTable.kind,
    DeadLetterTable.key,
    DeadLetterTable.argument,
    DeadLetterTable.reason,
    DeadLetterTable.attempts,
    DeadLetterTable.trace_id,
    DeadLetterTable.since,
    DeadLetterTable.buried_at,
)


class SqlDeadLetters:
    """`DeadLetters`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def bury(self, letter: DeadLetter) -> None:
        values = asdict(letter)
        statement = (
            insert_into(self._engine, DeadLetterTable)
            .values(**values)
            .on_conflict_do_update(index_elements=["key"], set_=values)
        )
        async with writing(self._engine) as connection:
            await connection.execute(statement)

    async def list_letters(self, *, team_id: str | None, limit: int) -> Sequence[DeadLetter]:
        statement = select(*_COLUMNS).order_by(DeadLetterTable.buried_at.desc()).limit(limit)
        if team_id is not None:
            statement = statement.where(DeadLetterTable.team_id == team_id)
        async with reading(self._engine) as connection:
            return [DeadLetter(*row) for row in await connection.execute(statement)]

    async def remove(self, letter_id: str) -> None:
        statement = delete(DeadLetterTable).where(DeadLetterTable.letter_id == letter_id)
        async with writing(self._engine) as connection:
            await connection.execute(statement)
