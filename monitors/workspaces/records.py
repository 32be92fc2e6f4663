"""Everything stored about one workspace, in any table and in Redis, to be exported or deleted.

Every table names the workspace (a test checks that), so a table added later is covered.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Final, cast

from redis.asyncio import Redis
from sqlalchemy import ColumnElement, Connection, Table, and_, delete, or_, select

from monitors.model.intent import IntentKind
from monitors.model.workspace import Workspace
from monitors.storage.database import Database
from monitors.storage.keys import names_workspace, workspace_pattern
from monitors.storage.redis_client import redis_errors
from monitors.storage.statements import utc_now
from monitors.storage.tables import (
    METADATA,
    AccountTable,
    InstallationTable,
    IntentTable,
    OrganisationWorkspaceTable,
)
from monitors.storage.tenancy import team_of
from monitors.workspaces.installations import SAME_SECOND
from monitors.workspaces.sealed_rows import sealed_columns

Value = str | int | bool | None
Row = Mapping[str, Value]

# Keys per round trip. A removal is rare, so it may scan all keys.
_SCANNED: Final = 1000
_TABLES: Final = tuple(METADATA.sorted_tables)


class WorkspaceRecords:
    """Raises StoreDownError, or QueueDownError if Redis isn't responding."""

    def __init__(self, database: Database, redis: Redis) -> None:
        self._database = database
        self._redis = redis

    async def forget_keys(self, workspace: Workspace) -> None:
        for key in await self.keys(workspace):
            with redis_errors("what Redis holds was not forgotten"):
                await self._redis.delete(key)

    async def keys(self, workspace: Workspace) -> Sequence[str]:
        """In Redis: limits, and modals that were submitted."""
        pattern = workspace_pattern(workspace)
        found = cast("AsyncIterator[bytes]", self._redis.scan_iter(match=pattern, count=_SCANNED))  # pyright: ignore[reportUnknownMemberType] - untyped in redis-py
        with redis_errors("what Redis holds was not read"):
            keys = {key.decode(errors="replace") async for key in found}
        return sorted(key for key in keys if names_workspace(key, workspace))

    async def drop_intents(self, workspace: Workspace, *, but: str) -> bool:
        """Delete its other intents; True while one of them is being worked on."""
        others = and_(
            IntentTable.c.team_id == team_of(workspace),
            IntentTable.c.intent_id != but,
            # These stay: an installation may just have called off the uninstall, and only
            # disconnecting deletes an account's key.
            IntentTable.c.kind.not_in([IntentKind.INSTALLED.value, IntentKind.DISCONNECT.value]),
        )
        is_held = and_(IntentTable.c.held_until > utc_now(), IntentTable.c.finished_at.is_(None))
        is_free = or_(IntentTable.c.held_until.is_(None), IntentTable.c.held_until <= utc_now())

        def work(connection: Connection) -> bool:
            connection.execute(delete(IntentTable).where(others, is_free))
            found = select(IntentTable.c.intent_id).where(others, is_held).limit(1)
            return connection.execute(found).first() is not None

        return await self._database.write(work)

    async def delete(self, workspace: Workspace, *, intent_id: str, before: datetime) -> bool:
        """Delete every row of the workspace in one transaction, including the uninstall's intent.

        False if it was installed again after `before`: then only the intent is deleted.
        """
        team_id = team_of(workspace)

        def work(connection: Connection) -> bool:
            # First, as in an installation (SqlInstallations.save), so that one waits for the other.
            mine = delete(IntentTable).where(IntentTable.c.intent_id == intent_id)
            if not connection.execute(mine).rowcount or _is_back(connection, team_id, before):
                return False
            own = select(AccountTable.c.endpoint_id).where(AccountTable.c.team_id == team_id)
            endpoints = connection.scalars(own).all()
            for table in _TABLES:
                connection.execute(delete(table).where(_of(table, team_id, endpoints)))
            return True

        return await self._database.write(work)

    async def export(self, workspace: Workspace) -> Mapping[str, Sequence[Row]]:
        """Its rows by table, without encrypted columns."""
        team_id = team_of(workspace)
        found: dict[str, Sequence[Row]] = {}
        for table in _TABLES:
            columns = [each for each in table.c if each.name not in sealed_columns(table)]
            statement = select(*columns).where(table.c["team_id"] == team_id)
            rows = await self._database.rows(statement)
            names = [each.name for each in columns]
            found[table.name] = [dict(zip(names, map(_plain, row), strict=True)) for row in rows]
        return found


def _is_back(connection: Connection, team_id: str, before: datetime) -> bool:
    newer = select(InstallationTable.c.team_id).where(
        InstallationTable.c.team_id == team_id,
        InstallationTable.c.installed_at >= before + SAME_SECOND,
    )
    return connection.execute(newer).first() is not None


def _of(table: Table, team_id: str, endpoint_ids: Sequence[str]) -> ColumnElement[bool]:
    """A job that isn't an intent may have failed before its workspace was known."""
    named = table.c["team_id"] == team_id
    if table is OrganisationWorkspaceTable:
        # Kept as long as its organisation's installation exists, to know that it has left.
        return and_(named, table.c["left_at"].is_(None))
    if table is not IntentTable:
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
