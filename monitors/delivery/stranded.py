"""Monitors whose threads cannot be posted to, and accounts in trouble, until they are mended."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Executable, Row, delete, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from monitors.model.stranded import Stranded, Trouble, TroubleKind
from monitors.model.workspace import ThreadRef, Workspace
from monitors.storage.engine import ONE_STATEMENT
from monitors.storage.statements import insert_into, reading, writing
from monitors.storage.tables import BaselineTable, StrandedTable, TroubleTable
from monitors.storage.tenancy import team_of

_STRANDED: Final = StrandedTable.__table__.columns
_TROUBLE: Final = TroubleTable.__table__.columns


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

    async def workspaces_on(self, endpoint_id: str) -> Sequence[Workspace]:
        statement = (
            select(BaselineTable.team_id)
            .where(BaselineTable.endpoint_id == endpoint_id)
            .distinct()
            .order_by(BaselineTable.team_id)
        )
        async with reading(self._engine) as connection:
            return [Workspace(team_id) for team_id in await connection.scalars(statement)]


def _is(workspace: Workspace, monitor_id: str) -> tuple[ColumnElement[bool], ...]:
    return StrandedTable.team_id == team_of(workspace), StrandedTable.monitor_id == monitor_id


def _is_of(trouble: Trouble) -> tuple[ColumnElement[bool], ...]:
    return (
        TroubleTable.endpoint_id == trouble.endpoint_id,
        TroubleTable.team_id == team_of(trouble.workspace),
        TroubleTable.user_id == trouble.user_id,
        TroubleTable.kind == trouble.kind.value,
    )


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
