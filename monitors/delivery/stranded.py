"""Accounts in trouble, until they are mended."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from monitors.model.stranded import Trouble, TroubleKind
from monitors.model.workspace import Workspace
from monitors.storage.engine import ONE_STATEMENT
from monitors.storage.statements import insert_into, reading, writing
from monitors.storage.tables import TroubleTable
from monitors.storage.tenancy import team_of

_TROUBLE: Final = TroubleTable.__table__.columns


class SqlTroubles:
    """`TroubleStore`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._single = engine.execution_options(**{ONE_STATEMENT: True})

    async def begin(self, trouble: Trouble) -> Trouble:
        values = {
            "endpoint_id": trouble.endpoint_id,
            "team_id": team_of(trouble.workspace),
            "user_id": trouble.user_id,
            "enterprise_id": trouble.workspace.enterprise_id,
            "kind": trouble.kind.value,
            "since": trouble.since,
        }
        insert = (
            insert_into(self._engine, TroubleTable)
            .values(**values)
            .on_conflict_do_update(
                index_elements=["endpoint_id", "team_id", "user_id", "kind"],
                set_={"since": trouble.since, "told_at": None, "ended_at": None},
                where=TroubleTable.ended_at < trouble.since,
            )
        )
        async with writing(self._engine) as connection:
            await connection.execute(insert)
            found = await connection.execute(select(*_TROUBLE).where(*_is_of(trouble)))
            return _trouble(found.one())

    async def find(self, trouble: Trouble) -> Trouble | None:
        statement = select(*_TROUBLE).where(*_is_of(trouble))
        async with reading(self._engine) as connection:
            row = (await connection.execute(statement)).one_or_none()
        return None if row is None else _trouble(row)

    async def open_on(self, endpoint_id: str) -> Sequence[Trouble]:
        statement = select(*_TROUBLE).where(
            TroubleTable.endpoint_id == endpoint_id, TroubleTable.ended_at.is_(None)
        )
        async with reading(self._engine) as connection:
            return [_trouble(row) for row in await connection.execute(statement)]

    async def keep_told(self, trouble: Trouble, at: datetime) -> None:
        statement = (
            update(TroubleTable)
            .where(*_is_of(trouble), TroubleTable.since == trouble.since)
            .values(told_at=at)
        )
        async with writing(self._single) as connection:
            await connection.execute(statement)

    async def end(self, endpoint_id: str, kinds: Sequence[TroubleKind], *, at: datetime) -> None:
        statement = (
            update(TroubleTable)
            .where(
                TroubleTable.endpoint_id == endpoint_id,
                TroubleTable.kind.in_([kind.value for kind in kinds]),
                TroubleTable.ended_at.is_(None),
            )
            .values(ended_at=at)
        )
        async with writing(self._single) as connection:
            await connection.execute(statement)


def _is_of(trouble: Trouble) -> tuple[ColumnElement[bool], ...]:
    return (
        TroubleTable.endpoint_id == trouble.endpoint_id,
        TroubleTable.team_id == team_of(trouble.workspace),
        TroubleTable.user_id == trouble.user_id,
        TroubleTable.kind == trouble.kind.value,
    )


def _trouble(row: Row[Any]) -> Trouble:
    return Trouble(
        endpoint_id=row.endpoint_id,
        workspace=Workspace(row.team_id, row.enterprise_id),
        user_id=row.user_id,
        kind=TroubleKind(row.kind),
        since=row.since,
        told_at=row.told_at,
        ended_at=row.ended_at,
    )
