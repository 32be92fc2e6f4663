"""The job `show`: a Home tab or a modal that someone is looking at."""

from dataclasses import dataclass, replace
from typing import Final

from monitors.accounts.home import home_of
from monitors.accounts.link_tokens import LinkTokens, connect_url
from monitors.accounts.store import SqlAccounts
from monitors.accounts.webhook_check import WORDS_OF, CheckWebhooks, WebhookTest
from monitors.blocks.account import connect_modal, disconnect_modal
from monitors.blocks.notices import note_message, notice_modal
from monitors.model.linking import LinkRequest
from monitors.model.message import Block
from monitors.model.outcome import Attempt, Done, Outcome, RetryAfter
from monitors.model.parallel_errors import ParallelError
from monitors.model.slack_errors import VIEW_SETTLED, SlackPostError
from monitors.model.view_requests import (
    Asked,
    HomeRequest,
    ModalRequest,
    MonitorModalRequest,
    ShowRequest,
)
from monitors.model.workspace import Workspace
from monitors.texts import account_texts, problem_texts, thread_texts
from monitors.watching import listing, monitor_modals
from monitors.watching.ask_show import ask_home
from monitors.watching.parts import Parts
from monitors.work.outcomes import outcome_of

# Someone looks at it now: opening it again does the same.
MOST_ATTEMPTS: Final = 5
# How often a modal looks for the test webhook.
MOST_LOOKS: Final = 20
LOOK_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class ShowView:
    """`public_url` is None where no browser and no webhook can come to this app."""

    parts: Parts
    accounts: SqlAccounts
    check: CheckWebhooks
    link_tokens: LinkTokens[LinkRequest]
    public_url: str | None

    async def run(self, request: ShowRequest, attempt: Attempt) -> Outcome:
        try:
            match request:
                case HomeRequest():
                    has_webhooks = self.public_url is not None
                    view = await home_of(
                        self.parts, self.accounts, request, has_webhooks=has_webhooks
                    )
                    await self.parts.views.publish_home(request.workspace, request.user_id, view)
                case ModalRequest(asked=Asked.TEST_SECRET):
                    return await self._test_secret(request, attempt)
                case ModalRequest():
                    await self._update(request, await self._account_modal(request))
                case MonitorModalRequest():
                    await self._update(request, await monitor_modals.view_of(self.parts, request))
        except SlackPostError as error:
            outcome = outcome_of(error)
            if isinstance(outcome, RetryAfter) and attempt.number < MOST_ATTEMPTS:
                return outcome
            if not isinstance(request, HomeRequest):
                await self._give_up(request, error)
        return Done()

    async def _update(self, request: ModalRequest | MonitorModalRequest, view: Block) -> None:
        """Raises SlackPostError, but not for one that is closed, or filled already.

        By an earlier attempt, whose answer was lost: what is typed by now stays.
        """
        view_hash = request.view_hash if isinstance(request, MonitorModalRequest) else ""
        views, view_id = self.parts.views, request.view_id
        try:
            await views.update(request.workspace, view_id, view, view_hash=view_hash)
        except SlackPostError as error:
            if error.code not in VIEW_SETTLED:
                raise

    async def _account_modal(self, request: ModalRequest) -> Block:
        """Behind a settings button, once Slack and Parallel have been asked."""
        workspace = request.workspace
        person = await self.parts.people.person(workspace, request.user_id)
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
        if self.public_url is None:
            return None
        link_token = await self.link_tokens.issue(LinkRequest(request.workspace, request.user_id))
        return connect_url(self.public_url, link_token)

    async def _running(self, workspace: Workspace) -> int | None:
        try:
            monitors = await listing.monitors_of(self.parts, workspace)
        except ParallelError:
            return None
        return None if monitors is None else len(monitors)

    async def _test_secret(self, request: ModalRequest, attempt: Attempt) -> Outcome:
        """Test the secret that a modal has saved, and say there how it went."""
        if attempt.number == 1:
            await self.check.begin(request.workspace)
        found = await self.check.find(request.workspace)
        if found is None:
            return Done()
        if found is WebhookTest.SENT and attempt.number < MOST_LOOKS:
            return RetryAfter("no webhook yet", LOOK_SECONDS)
        await self._update(request, notice_modal(WORDS_OF[found]))
        return Done()

    async def _give_up(
        self, request: ModalRequest | MonitorModalRequest, why: SlackPostError
    ) -> None:
        """The modal would say for ever that it takes a moment.

        Where Slack doesn't even let it say this, it is said in the channel, or in the Home tab.
        """
        workspace = request.workspace
        try:
            await self._update(request, _not_filled(request, why))
        except SlackPostError as error:
            said = problem_texts.not_filled(error)
            if isinstance(request, ModalRequest):
                user_id, after = request.user_id, request.view_id
                await ask_home(self.parts.queue, workspace, user_id, after=after, said=said)
            else:
                reply_to = request.asked.reply_to
                if request.finding is None:
                    # The card, on which it was pressed, stands in the channel.
                    reply_to = replace(reply_to, thread_ts=None)
                await self.parts.poster.post_ephemeral(workspace, reply_to, note_message(said))


def _not_filled(request: ModalRequest | MonitorModalRequest, why: SlackPostError) -> Block:
    words = problem_texts.not_looked_up(why)
    if isinstance(request, MonitorModalRequest):
        return notice_modal(words, title=thread_texts.MODAL_TITLES[request.about])
    return notice_modal(words)
