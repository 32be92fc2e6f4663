"""The ledger: what stands in which thread, and since when a monitor's findings count."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypedDict

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from monitors.domain.ledger import Baseline, LedgerKey, LedgerRow, PostState
from monitors.domain.workspace import Workspace
from monitors.store.sql.statements import insert_into, reading, utc_now, writing
from monitors.store.sql.tables import BaselineTable, LedgerTable
from monitors.store.tenancy import team_of

_KEY = ("team_id", "monitor_id", "group_id", "part")


class _KeyValues(TypedDict):
    team_id: str
    monitor_id: str
    group_id: str
    part: int


class SqlLedger:
    """`Ledger`."""

    def __init__(self, engine: AsyncEngine, *, now: Callable[[], datetime] = utc_now) -> None:
        self._engine = engine
        self._now = now

    async def rows(
        self, workspace: Workspace, monitor_id: str, group_id: str
    ) -> Sequence[LedgerRow]:
        statement = (
            select(LedgerTable.part, LedgerTable.state, LedgerTable.channel, LedgerTable.ts)
            .where(
                LedgerTable.team_id == team_of(workspace),
                LedgerTable.monitor_id == monitor_id,
                LedgerTable.group_id == group_id,
            )
            .order_by(LedgerTable.part)
        )
        async with reading(self._engine) as connection:
            return [
                LedgerRow(LedgerKey(monitor_id, group_id, part), PostState(state), channel, ts)
                for part, state, channel, ts in await connection.execute(statement)
            ]

    async def posting(self, workspace: Workspace, key: LedgerKey, *, channel: str) -> LedgerRow:
        values = _key_values(workspace, key)
        statement = (
            insert_into(self._engine, LedgerTable)
            .values(
                **values, state=PostState.POSTING.value, channel=channel, changed_at=self._now()
            )
            .on_conflict_do_nothing(index_elements=_KEY)
        )
        while True:
            async with writing(self._engine) as connection:
                if (await connection.execute(statement)).rowcount == 1:
                    return LedgerRow(key, PostState.NEW, channel)
                found = await _row(connection, values, key)
            if found is not None:
                return found
            # Refused between the two statements, so it is new after all.

    async def posted(self, workspace: Workspace, key: LedgerKey, *, ts: str) -> None:
        """Keep the ts, even when the `posting` row is gone.

        Better a row without its channel than a finding posted twice.
        """
        done = {"state": PostState.POSTED.value, "ts": ts, "changed_at": self._now()}
        statement = (
            insert_into(self._engine, LedgerTable)
            .values(**_key_values(workspace, key), channel="", **done)
            .on_conflict_do_update(index_elements=_KEY, set_=done)
        )
        async with writing(self._engine) as connection:
            await connection.execute(statement)

    async def refused(self, workspace: Workspace, key: LedgerKey) -> None:
        statement = delete(LedgerTable).where(
            *_is(_key_values(workspace, key)), LedgerTable.state == PostState.POSTING.value
        )
        async with writing(self._engine) as connection:
            await connection.execute(statement)


class SqlBaselines:
    """`Baselines`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def set_baseline(self, workspace: Workspace, baseline: Baseline) -> None:
        statement = (
            insert_into(self._engine, BaselineTable)
            .values(
                team_id=team_of(workspace),
                monitor_id=baseline.monitor_id,
                endpoint_id=baseline.endpoint_id,
                since=baseline.since,
            )
            .on_conflict_do_nothing(index_elements=["team_id", "monitor_id"])
        )
        async with writing(self._engine) as connection:
            await connection.execute(statement)

    async def baseline(self, workspace: Workspace, monitor_id: str) -> Baseline | None:
        statement = select(BaselineTable.endpoint_id, BaselineTable.since).where(
            BaselineTable.team_id == team_of(workspace), BaselineTable.monitor_id == monitor_id
        )
        async with reading(self._engine) as connection:
            row = (await connection.execute(statement)).one_or_none()
        return None if row is None else Baseline(monitor_id, row.endpoint_id, row.since)


def _key_values(workspace: Workspace, key: LedgerKey) -> _KeyValues:
    return {
        "team_id": team_of(workspace),
        "monitor_id": key.monitor_id,
        "group_id": key.group_id,
        "part": key.part,
    }


def _is(values: _KeyValues) -> tuple[ColumnElement[bool], ...]:
    return (
        LedgerTable.team_id == values["team_id"],
        LedgerTable.monitor_id == values["monitor_id"],
        LedgerTable.group_id == values["group_id"],
        LedgerTable.part == values["part"],
    )


async def _row(connection: AsyncConnection, values: _KeyValues, key: LedgerKey) -> LedgerRow | None:
    statement = select(LedgerTable.state, LedgerTable.channel, LedgerTable.ts).where(*_is(values))
    row = (await connection.execute(statement)).one_or_none()
    return None if row is None else LedgerRow(key, PostState(row.state), row.channel, row.ts)
