"""How many monitors a workspace and a person may have, and who may use the operator's account."""

from dataclasses import dataclass

from monitors.delivery.creation import StartProgress
from monitors.delivery.monitors import Monitors
from monitors.model.account import ParallelAccount
from monitors.model.codec import decode
from monitors.model.intent import Intent, IntentKind
from monitors.model.parallel_errors import BadKeyError, ForbiddenError, NoCreditError
from monitors.model.requests import StartRequest
from monitors.model.slack_errors import PERSON_UNKNOWN, DeadDestinationError
from monitors.model.workspace import Workspace
from monitors.ports import MonitorGateway, People
from monitors.texts import start_texts
from monitors.work.intent_store import SqlIntents
from monitors.work.intents import request_of


class EarlierStartsError(Exception):
    """There is room only if starts before this one come to nothing: try again soon."""


@dataclass(frozen=True, slots=True)
class MaxMonitors:
    """Active ones; a person's limit holds on the operator's account."""

    per_workspace: int
    per_person: int


@dataclass(frozen=True, slots=True)
class Quota:
    """Parallel is the authority; it is asked only where a limit may be near."""

    gateway: MonitorGateway
    monitors: Monitors
    intents: SqlIntents
    people: People
    most: MaxMonitors

    async def refusal(
        self, intent: Intent, request: StartRequest, account: ParallelAccount, app_id: str
    ) -> str | None:
        """Why no monitor may be started; None if one may be.

        Starts are counted in the order in which they were asked for, so that many at once don't
        exceed a limit. Raises EarlierStartsError, ParallelError, SlackPostError.
        """
        workspace, user_id = request.workspace, request.reply_to.user_id
        is_operators = account.team_id is None
        if is_operators and not await self._is_member(workspace, user_id):
            return start_texts.GUESTS_START_NONE
        earlier = await self._earlier(intent)
        rows = await self.monitors.count(workspace)
        lowest = (
            min(self.most.per_workspace, self.most.per_person)
            if is_operators
            else self.most.per_workspace
        )
        if rows + len(earlier) < lowest:
            return None
        try:
            listed = await self.gateway.list_monitors(account)
        except (BadKeyError, NoCreditError, ForbiddenError):
            # The account refuses to create one, too, and the card will say why.
            return None
        homes = [
            home
            for each in listed
            if (home := each.home) is not None
            and (home.team_id, home.app_id) == (workspace.team_id, app_id)
        ]
        made = {(home.thread.channel, home.thread.ts) for home in homes}
        waiting = [who for place, who in earlier if place not in made]
        if len(homes) >= self.most.per_workspace:
            return start_texts.workspace_is_full(self.most.per_workspace)
        mine = sum(home.user_id == user_id for home in homes)
        if is_operators and mine >= self.most.per_person:
            return start_texts.person_is_full(self.most.per_person)
        if len(homes) + len(waiting) >= self.most.per_workspace:
            raise EarlierStartsError
        if is_operators and mine + waiting.count(user_id) >= self.most.per_person:
            raise EarlierStartsError
        return None

    async def _is_member(self, workspace: Workspace, user_id: str) -> bool:
        try:
            person = await self.people.person(workspace, user_id)
        except DeadDestinationError as error:
            if error.code not in PERSON_UNKNOWN:
                raise
            return False
        return not person.is_guest

    async def _earlier(self, intent: Intent) -> list[tuple[tuple[str, str | None], str]]:
        """The place and the person of each open start that was asked for before."""
        found: list[tuple[tuple[str, str | None], str]] = []
        for each in await self.intents.open_intents(intent.workspace, IntentKind.START):
            if (each.created_at, each.intent_id) < (intent.created_at, intent.intent_id):
                reply_to = request_of(each, StartRequest).reply_to
                progress = decode(StartProgress, each.progress)
                if progress.waits_for is None:
                    found.append(((reply_to.channel, progress.card_ts), reply_to.user_id))
        return found
