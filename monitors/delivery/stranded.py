"""Monitors whose threads cannot be posted to, until they are mended."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Executable, Row, delete, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from monitors.model.stranded import Stranded
from monitors.model.workspace import ThreadRef, Workspace
from monitors.storage.engine import ONE_STATEMENT
from monitors.storage.statements import insert_into, reading, writing
from monitors.storage.tables import StrandedTable
from monitors.storage.tenancy import team_of

_STRANDED: Final = StrandedTable.__table__.columns


class SqlStranded:
    """`StrandedStore` and `DueStranded`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._single = engine.execution_options(**{ONE_STATEMENT: True})

    async def strand(self, stranded: Stranded) -> Stranded:
        values = {
            "team_id": team_of(stranded.workspace),
            "monitor_id": stranded.monitor_id,
            "endpoint_id": stranded.endpoint_id,
            "channel": stranded.thread.channel,
            "ts": stranded.thread.ts,
            "code": stranded.code,
            "findings_wait": stranded.findings_wait,
            "since": stranded.since,
            "again_at": stranded.again_at,
            "told_at": stranded.told_at,
        }
        kept = {name: values[name] for name in ("endpoint_id", "channel", "ts", "code", "again_at")}
        if stranded.findings_wait:
            kept["findings_wait"] = True
        statement = (
            insert_into(self._engine, StrandedTable)
            .values(**values)
            .on_conflict_do_update(index_elements=["team_id", "monitor_id"], set_=kept)
            .returning(*_STRANDED)
        )
        async with writing(self._engine) as connection:
            return _stranded((await connection.execute(statement)).one())

    async def find(self, endpoint_id: str, monitor_id: str) -> Stranded | None:
        statement = select(*_STRANDED).where(
            StrandedTable.endpoint_id == endpoint_id, StrandedTable.monitor_id == monitor_id
        )
        async with reading(self._engine) as connection:
            row = (await connection.execute(statement)).first()
        return None if row is None else _stranded(row)

    async def keep_told(self, stranded: Stranded, at: datetime) -> None:
        """Only of the same stranding: a later one is news again."""
        statement = (
            update(StrandedTable)
            .where(
                *_is(stranded.workspace, stranded.monitor_id), StrandedTable.since == stranded.since
            )
            .values(told_at=at)
        )
        await self._write(statement)

    async def drop(self, workspace: Workspace, monitor_id: str) -> None:
        await self._write(delete(StrandedTable).where(*_is(workspace, monitor_id)))

    async def let_try(
        self, workspace: Workspace, *, channel: str | None, at: datetime
    ) -> Sequence[Stranded]:
        statement = (
            update(StrandedTable)
            .where(StrandedTable.team_id == team_of(workspace))
            .values(again_at=at)
            .returning(*_STRANDED)
        )
        if channel is not None:
            statement = statement.where(StrandedTable.channel == channel)
        async with writing(self._engine) as connection:
            return [_stranded(row) for row in await connection.execute(statement)]

    async def is_any_in(self, workspace: Workspace, channel: str) -> bool:
        statement = select(StrandedTable.monitor_id).where(
            StrandedTable.team_id == team_of(workspace), StrandedTable.channel == channel
        )
        async with reading(self._engine) as connection:
            return (await connection.execute(statement.limit(1))).first() is not None

    async def due(self, *, now: datetime, limit: int) -> Sequence[Stranded]:
        statement = (
            select(*_STRANDED)
            .where(StrandedTable.again_at <= now)
            .order_by(StrandedTable.again_at)
            .limit(limit)
        )
        async with reading(self._engine) as connection:
            return [_stranded(row) for row in await connection.execute(statement)]

    async def _write(self, statement: Executable) -> None:
        async with writing(self._single) as connection:
            await connection.execute(statement)


def _is(workspace: Workspace, monitor_id: str) -> tuple[ColumnElement[bool], ...]:
    return StrandedTable.team_id == team_of(workspace), StrandedTable.monitor_id == monitor_id


def _stranded(row: Row[Any]) -> Stranded:
    return Stranded(
        workspace=Workspace(row.team_id),
        monitor_id=row.monitor_id,
        endpoint_id=row.endpoint_id,
        thread=ThreadRef(row.channel, row.ts),
        code=row.code,
        findings_wait=row.findings_wait,
        since=row.since,
        again_at=row.again_at,
        told_at=row.told_at,
    )
