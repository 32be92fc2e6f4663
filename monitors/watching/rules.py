"""What a workspace's admins allow, kept in SQL."""

from dataclasses import dataclass

from sqlalchemy import select

from monitors.model.codec import decode, encode
from monitors.model.rules import NO_RULES, Rules
from monitors.model.workspace import Workspace
from monitors.storage.database import Database
from monitors.storage.tables import RulesTable
from monitors.storage.tenancy import team_of


@dataclass(frozen=True, slots=True)
class SetRules:
    """`changed_by` is the admin who set them last; None: nobody has."""

    rules: Rules = NO_RULES
    changed_by: str | None = None


class SqlRules:
    """Raises StoreDownError while the database isn't responding."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, workspace: Workspace) -> SetRules:
        statement = select(RulesTable.c.rules, RulesTable.c.changed_by).where(
            RulesTable.c.team_id == team_of(workspace)
        )
        for rules, changed_by in await self._database.rows(statement):
            return SetRules(decode(Rules, rules), changed_by)
        return SetRules()

    async def put(self, workspace: Workspace, rules: Rules, *, by_user_id: str) -> None:
        values = {
            "enterprise_id": workspace.enterprise_id or "",
            "rules": encode(rules),
            "changed_by": by_user_id,
        }
        statement = (
            self._database.insert(RulesTable)
            .values(team_id=team_of(workspace), **values)
            .on_conflict_do_update(index_elements=["team_id"], set_=values)
        )
        await self._database.change(statement)
