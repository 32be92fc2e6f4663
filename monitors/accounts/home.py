"""The App Home: whose account is linked and how it is, the person's monitors, admins' settings."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from monitors.accounts.link_tokens import LinkTokens, connect_url
from monitors.accounts.store import SqlAccounts
from monitors.accounts.webhook_check import CheckWebhooks, words_of
from monitors.blocks.account import connect_modal, disconnect_modal
from monitors.blocks.home import home_view
from monitors.blocks.notices import notice_modal
from monitors.model.account import AccountHealth, AccountProblem, account_problem
from monitors.model.app_home import AppHome
from monitors.model.codec import encode
from monitors.model.linking import LinkRequest
from monitors.model.listing import (
    CANNOT_POST,
    NO_LOOK,
    ON_HOLD,
    WATCHING,
    HomeLook,
)
from monitors.model.message import Block
from monitors.model.monitor import Monitor
from monitors.model.operator_links import OperatorLinks
from monitors.model.outcome import Attempt, Done, Outcome, RetryAfter
from monitors.model.parallel_errors import ParallelError
from monitors.model.slack_errors import SlackPostError
from monitors.model.view_requests import (
    Asked,
    HomeRequest,
    ModalRequest,
    MonitorModalRequest,
    ShowRequest,
)
from monitors.model.workspace import Workspace
from monitors.ports import InstallationStore, JobQueue, People, Views
from monitors.texts import account_texts, problem_texts
from monitors.watching.listing import ListMonitors, own_of
from monitors.watching.monitor_modals import FillMonitorModal
from monitors.watching.rules import SqlRules
from monitors.watching.spend import spend_of
from monitors.work.outcomes import outcome_of

# Of a person's monitors at a time: with all the rest, the tab stays below Slack's 100 blocks.
PAGE: Final = 10
# Somebody looks at it now: opening it again does the same.
MOST_ATTEMPTS: Final = 5
# How often a modal looks for the test webhook.
MOST_LOOKS: Final = 20
LOOK_SECONDS: Final = 2.0


async def ask_home(
    queue: JobQueue,
    workspace: Workspace,
    user_id: str,
    *,
    after: str = "",
    look: HomeLook = NO_LOOK,
) -> None:
    """Have a person's App Home drawn; `after` names a change that it must show.

    Raises QueueDownError.
    """
    key = f"home:{workspace.team_id}:{user_id}{f':{after}' if after else ''}"
    await queue.enqueue("show", encode(HomeRequest(workspace, user_id, look)), key=key)


async def ask_modal(  # noqa: PLR0913 - who, where and what, by name
    queue: JobQueue,
    workspace: Workspace,
    user_id: str,
    *,
    view_id: str,
    asked: Asked,
    delay_seconds: float = 0,
) -> None:
    """Have a modal filled that was just opened. Raises QueueDownError."""
    request = ModalRequest(workspace, user_id, view_id, asked)
    key = f"modal:{workspace.team_id}:{view_id}"
    await queue.enqueue("show", encode(request), key=key, delay_seconds=delay_seconds)


@dataclass(frozen=True, slots=True)
class ShowHome:
    accounts: SqlAccounts
    people: People
    installations: InstallationStore
    monitors: ListMonitors
    rules: SqlRules
    threadless_monitors: Callable[[Workspace], Awaitable[Sequence[Monitor]]]
    views: Views
    prefix: str
    links: OperatorLinks
    has_webhooks: bool

    async def show(self, request: HomeRequest) -> None:
        """Raises SlackPostError."""
        view = home_view(self.prefix, await self._home(request), self.links)
        await self.views.publish_home(request.workspace, request.user_id, view)

    async def _home(self, request: HomeRequest) -> AppHome:
        workspace, user_id = request.workspace, request.user_id
        health = await self.accounts.health(workspace)
        is_admin = await self._is_admin(workspace, user_id)
        admin_id = health.linked_by if health and health.linked_by else None
        disconnected = await self.accounts.disconnected(workspace)
        home = AppHome(
            health=health,
            monitors=None,
            look=request.look,
            said=request.said,
            trouble=self._trouble(health, health and health.problem),
            disconnecting=tuple(each.last_four for each in disconnected),
            is_admin=is_admin,
            admin_id=admin_id or await self.installations.installer(workspace),
            has_webhooks=self.has_webhooks,
            rules=(await self.rules.of(workspace)).rules,
            threadless=await self.threadless_monitors(workspace) if is_admin else (),
        )
        try:
            monitors = await self.monitors.monitors_of(workspace)
        except ParallelError as error:
            trouble = self._trouble(health, account_problem(error))
            why = trouble or problem_texts.explain_parallel(error, prefix=self.prefix)
            return replace(home, trouble=why)
        return home if monitors is None else await self._with_monitors(home, request, monitors)

    async def _with_monitors(
        self, home: AppHome, request: HomeRequest, monitors: Sequence[Monitor]
    ) -> AppHome:
        """The person's own, and what all of them cost; channels are named to their members."""
        workspace, user_id = request.workspace, request.user_id
        seen, own, is_partial = frozenset[str](), list[Monitor](), False
        try:
            seen = await self.monitors.places.joined(workspace, user_id)
            own = await self.monitors.open_to(workspace, own_of(monitors, user_id), joined=seen)
        except SlackPostError:
            is_partial = True
        cannot_post = await self.monitors.suspended(workspace)
        found = [each for each in own if _fits(each, request.look, cannot_post)]
        page = await self.monitors.page(workspace, found, (), at=request.look.at, size=PAGE)
        return replace(
            home,
            monitors=replace(page, is_partial=is_partial),
            own=len(own),
            spend=spend_of(monitors, seen=seen) if monitors else None,
        )

    def _trouble(self, health: AccountHealth | None, problem: AccountProblem | None) -> str | None:
        if health is None or problem is None:
            return None
        return problem_texts.account_suspended(problem, is_operators=health.is_operators)

    async def _is_admin(self, workspace: Workspace, user_id: str) -> bool | None:
        try:
            return (await self.people.person(workspace, user_id)).is_admin
        except SlackPostError:
            return None


def _fits(monitor: Monitor, look: HomeLook, cannot_post: frozenset[str]) -> bool:
    """Whether its query has every word that is searched for, and it is in the chosen state."""
    state = WATCHING if monitor.hold is None else ON_HOLD
    if monitor.monitor_id in cannot_post:
        state = CANNOT_POST
    query = monitor.query.casefold()
    return look.only in ("", state) and all(
        word in query for word in look.search.casefold().split()
    )


@dataclass(frozen=True, slots=True)
class FillModal:
    """What the modal behind a settings button says, once Slack and Parallel have been asked."""

    accounts: SqlAccounts
    people: People
    monitors: ListMonitors
    views: Views
    link_tokens: LinkTokens[LinkRequest]
    public_url: str | None

    async def show(self, request: ModalRequest) -> None:
        """Raises SlackPostError: it was closed in the meantime, most likely."""
        view = await self._view(request)
        await self.views.update(request.workspace, request.view_id, view)

    async def _view(self, request: ModalRequest) -> Block:
        workspace = request.workspace
        person = await self.people.person(workspace, request.user_id)
        if not person.is_admin:
            return notice_modal(account_texts.ADMINS_ONLY)
        health = await self.accounts.health(workspace)
        running = await self._running(workspace) if health else None
        if request.asked is Asked.CONNECT:
            return connect_modal(await self._connect_url(request), health, running)
        if health is None or health.is_operators:
            return notice_modal(account_texts.NOTHING_LINKED)
        return disconnect_modal(request.asked, health, running)

    async def _connect_url(self, request: ModalRequest) -> str | None:
        """None where no browser can come back to this app."""
        if self.public_url is None:
            return None
        link_token = await self.link_tokens.issue(LinkRequest(request.workspace, request.user_id))
        return connect_url(self.public_url, link_token)

    async def _running(self, workspace: Workspace) -> int | None:
        try:
            monitors = await self.monitors.monitors_of(workspace)
        except ParallelError:
            return None
        return None if monitors is None else len(monitors)


@dataclass(frozen=True, slots=True)
class ShowView:
    """The job `show`: a Home tab or a modal that someone is looking at."""

    home: ShowHome
    modal: FillModal
    check: CheckWebhooks
    monitor_modal: FillMonitorModal

    async def run(self, request: ShowRequest, attempt: Attempt) -> Outcome:
        try:
            if isinstance(request, ModalRequest) and request.asked is Asked.TEST_SECRET:
                return await self._test_secret(request, attempt)
            await self._show(request)
        except SlackPostError as error:
            outcome = outcome_of(error)
            if isinstance(outcome, RetryAfter) and attempt.number < MOST_ATTEMPTS:
                return outcome
            if not isinstance(request, HomeRequest):
                await self._give_up(request, error)
        return Done()

    async def _show(self, request: ShowRequest) -> None:
        match request:
            case HomeRequest():
                await self.home.show(request)
            case ModalRequest():
                await self.modal.show(request)
            case _:
                await self.monitor_modal.show(request)

    async def _test_secret(self, request: ModalRequest, attempt: Attempt) -> Outcome:
        """Test the secret that a modal has saved, and say there how it went."""
        if attempt.number == 1:
            await self.check.begin(request.workspace)
        found = await self.check.find(request.workspace)
        if found is None:
            return Done()
        if found.simulated and not found.has_result and attempt.number < MOST_LOOKS:
            return RetryAfter("no webhook yet", LOOK_SECONDS)
        view = notice_modal(words_of(found))
        await self.modal.views.update(request.workspace, request.view_id, view)
        return Done()

    async def _give_up(
        self, request: ModalRequest | MonitorModalRequest, why: SlackPostError
    ) -> None:
        """The modal would say for ever that it takes a moment; perhaps it is closed already."""
        notice = notice_modal(problem_texts.not_looked_up(why))
        is_about_account = isinstance(request, ModalRequest)
        workspace = request.workspace if is_about_account else request.asked.workspace
        with suppress(SlackPostError):
            await self.modal.views.update(workspace, request.view_id, notice)
