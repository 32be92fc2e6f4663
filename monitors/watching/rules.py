"""What a workspace's admins allow: kept in SQL, changed from the Home tab, held to everywhere."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from monitors.model.codec import decode, encode
from monitors.model.person import Person
from monitors.model.rules import NO_RULES, Rules, Who
from monitors.model.slack_errors import PERSON_UNKNOWN, DeadDestinationError, SlackPostError
from monitors.model.workspace import Workspace
from monitors.ports import People
from monitors.storage.database import Database
from monitors.storage.tables import RulesTable
from monitors.storage.tenancy import team_of
from monitors.texts import rule_texts


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

        def work(connection: Connection) -> SetRules:
            row = connection.execute(statement).one_or_none()
            return SetRules() if row is None else SetRules(decode(Rules, row[0]), row[1])

        return await self._database.read(work)

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
        await self._database.write(lambda connection: connection.execute(statement).rowcount)


@dataclass(frozen=True, slots=True)
class CheckRules:
    """Why something isn't allowed, for the person who wants it; None if it is."""

    rules: SqlRules
    people: People

    async def refuses_start(self, workspace: Workspace, user_id: str, channel: str) -> str | None:
        """Raises SlackPostError."""
        found = await self.rules.of(workspace)
        rules = found.rules
        if rules.channels and channel not in rules.channels:
            return rule_texts.NOT_IN_THIS_CHANNEL
        if rules.who_starts is Who.EVERYONE or await self.is_admin(workspace, user_id):
            return None
        return rule_texts.only_admins_start(await self.name(workspace, found.changed_by))

    async def refuses_change(
        self, workspace: Workspace, user_id: str, owners: Sequence[str]
    ) -> str | None:
        """Whether the person may cancel, edit or pause a monitor of these `owners`.

        Raises SlackPostError.
        """
        found = await self.rules.of(workspace)
        who = found.rules.who_changes
        if who is Who.EVERYONE or (who is Who.OWNER and user_id in owners):
            return None
        if await self.is_admin(workspace, user_id):
            return None
        if who is Who.OWNER:
            owner = await self.name(workspace, owners[0] if owners else None)
            return rule_texts.only_owner_changes(owner)
        return rule_texts.only_admins_change(await self.name(workspace, found.changed_by))

    async def is_admin(self, workspace: Workspace, user_id: str) -> bool:
        """Raises SlackPostError."""
        person = await self.known(workspace, user_id)
        return person is not None and person.is_admin

    async def known(self, workspace: Workspace, user_id: str) -> Person | None:
        """None if Slack doesn't know them here. Raises SlackPostError."""
        try:
            return await self.people.person(workspace, user_id)
        except DeadDestinationError as error:
            if error.code not in PERSON_UNKNOWN:
                raise
            return None

    async def name(
        self, workspace: Workspace, user_id: str | None, *, otherwise: str = "an admin"
    ) -> str:
        """What to call them in a sentence: a name, for a mention notifies."""
        try:
            return (await self.people.person(workspace, user_id)).name if user_id else otherwise
        except SlackPostError:
            return otherwise
