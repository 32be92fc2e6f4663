"""All that is kept about one workspace, whichever table it is in: to be shown, or to be forgotten.

Every table names the workspace (a test holds it to that), so one that is added later is covered.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Table, and_, delete, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from monitors.model.intent import IntentKind
from monitors.model.workspace import Workspace
from monitors.storage.statements import reading, utc_now, writing
from monitors.storage.tables import (
    AccountTable,
    Base,
    InstallationTable,
    IntentTable,
    OrganisationWorkspaceTable,
)
from monitors.storage.tenancy import team_of
from monitors.workspaces.export import Row, Value
from monitors.workspaces.installations import SAME_SECOND
from monitors.workspaces.sealed_rows import sealed_columns

_TABLES: Final = tuple(Base.metadata.sorted_tables)
_INTENTS: Final = Base.metadata.tables[IntentTable.__tablename__]
_ORGANISATIONS: Final = Base.metadata.tables[OrganisationWorkspaceTable.__tablename__]


class SqlWorkspaces:
    """`WorkspaceRecords` and `StoredRows`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def drop_intents(self, workspace: Workspace, *, but: str) -> bool:
        """Forget what else was asked for; True while an attempt still works on some of it."""
        others = and_(
            IntentTable.team_id == team_of(workspace),
            IntentTable.intent_id != but,
            # Of an install that may just have called the removal off; and of leaving an account,
            # whose key nothing else would delete if the removal is called off.
            IntentTable.kind.not_in([IntentKind.INSTALLED.value, IntentKind.UNLINK.value]),
        )
        is_held = and_(IntentTable.held_until > utc_now(), IntentTable.finished_at.is_(None))
        async with writing(self._engine) as connection:
            await connection.execute(
                delete(IntentTable).where(
                    others,
                    or_(IntentTable.held_until.is_(None), IntentTable.held_until <= utc_now()),
                )
            )
            found = await connection.execute(
                select(IntentTable.intent_id).where(others, is_held).limit(1)
            )
            return found.first() is not None

    async def forget(self, workspace: Workspace, *, intent_id: str, before: datetime) -> bool:
        """Every row of the workspace, all or none, the removal's own intent among them.

        False when it was installed again after `before`: then only the intent goes.
        """
        team_id = team_of(workspace)
        async with writing(self._engine) as connection:
            # First, as in an install (SqlInstallations.save): of the two one waits for the other.
            mine = delete(IntentTable).where(IntentTable.intent_id == intent_id)
            if not (await connection.execute(mine)).rowcount:
                return False
            if await _is_back(connection, team_id, before):
                return False
            endpoints = await connection.scalars(
                select(AccountTable.endpoint_id).where(AccountTable.team_id == team_id)
            )
            conditions = {table.name: _of(table, team_id, endpoints.all()) for table in _TABLES}
            for table in _TABLES:
                await connection.execute(delete(table).where(conditions[table.name]))
        return True

    async def export(self, workspace: Workspace) -> Mapping[str, Sequence[Row]]:
        """Its rows by table, without what is sealed."""
        team_id = team_of(workspace)
        found: dict[str, Sequence[Row]] = {}
        for table in _TABLES:
            columns = [each for each in table.c if each.name not in sealed_columns(table)]
            statement = select(*columns).where(table.c["team_id"] == team_id)
            async with reading(self._engine) as connection:
                rows = (await connection.execute(statement)).mappings().all()
            found[table.name] = [{name: _plain(row[name]) for name in row} for row in rows]
        return found


async def _is_back(connection: AsyncConnection, team_id: str, before: datetime) -> bool:
    newer = select(InstallationTable.team_id).where(
        InstallationTable.team_id == team_id,
        InstallationTable.installed_at >= before + SAME_SECOND,
    )
    return (await connection.execute(newer)).first() is not None


def _of(table: Table, team_id: str, endpoint_ids: Sequence[str]) -> ColumnElement[bool]:
    """A job that is no intent may have been given up before its workspace was known."""
    named = table.c["team_id"] == team_id
    if table is _ORGANISATIONS:
        # That it has left must be known for as long as its organisation's installation is there.
        return and_(named, table.c["left_at"].is_(None))
    if table is not _INTENTS:
        return named
    argument, key = table.c["argument"], table.c["intent_id"]
    unnamed = and_(
        table.c["team_id"] == "",
        or_(
            argument.contains(f'"{team_id}"', autoescape=True),
            *(key.contains(f":{endpoint_id}:", autoescape=True) for endpoint_id in endpoint_ids),
        ),
    )
    return or_(named, unnamed)


def _plain(value: object) -> Value:
    if isinstance(value, datetime):
        return value.isoformat()
    return value if isinstance(value, str | int | bool) or value is None else str(value)
