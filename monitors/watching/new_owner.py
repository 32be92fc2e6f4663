"""A person who started monitors is deactivated: an admin is asked, once, to take them over."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from monitors.delivery.monitors import Monitors
from monitors.delivery.refresh import ask_refresh
from monitors.model.intent import Intent
from monitors.model.ledger import Post
from monitors.model.monitor import Monitor
from monitors.model.outcome import Attempt, Done, Outcome
from monitors.model.requests import PersonLeft, TakeOverRequest
from monitors.model.workspace import Workspace
from monitors.ports import AccountStore, JobQueue, MonitorGateway, ThreadPoster
from monitors.renderer import Renderer
from monitors.texts import account_texts, rule_texts
from monitors.watching.listing import ListMonitors
from monitors.watching.one_admin import OneAdmin
from monitors.watching.rules import CheckRules
from monitors.work.intents import request_of


@dataclass(frozen=True, slots=True)
class AskForOwner:
    """The monitors go on meanwhile; nobody is asked about a person who has none."""

    list_monitors: ListMonitors
    one_admin: OneAdmin
    renderer: Renderer

    async def run(self, intent: Intent, attempt: Attempt) -> Outcome:
        request = request_of(intent, PersonLeft)
        owned = await _owned(self.list_monitors, request.workspace, request.user_id)
        if not owned:
            return Done()
        message = self.renderer.owner_left(request.user_id, owned)
        notice = Post.notice(f"left:{request.user_id}", intent.intent_id, message)
        asked = await self.one_admin.ask(request.workspace, notice, attempt)
        return Done() if isinstance(asked, str) else asked


@dataclass(frozen=True, slots=True)
class TakeOver:
    """The admin who presses the button owns them from then on. Doing it twice changes nothing."""

    list_monitors: ListMonitors
    accounts: AccountStore
    gateway: MonitorGateway
    monitors: Monitors
    queue: JobQueue
    poster: ThreadPoster
    renderer: Renderer
    rules: CheckRules

    async def run(self, intent: Intent, _attempt: Attempt) -> Outcome:
        request = request_of(intent, TakeOverRequest)
        workspace, reply_to = request.workspace, request.reply_to
        said = account_texts.ADMINS_ONLY
        if await self.rules.is_admin(workspace, reply_to.user_id):
            owned = await _owned(self.list_monitors, workspace, request.of_user_id)
            account = await self.accounts.for_workspace(workspace)
            for monitor in owned:
                home = monitor.home
                if account is None or home is None:
                    continue
                mine = replace(home, user_id=reply_to.user_id)
                await self.gateway.update(account, monitor, mine)
                await self.monitors.will_show(workspace, monitor.monitor_id, intent.intent_id)
                await ask_refresh(self.queue, account.endpoint_id, monitor.monitor_id)
            said = rule_texts.TAKEN_OVER
        await self.poster.post_ephemeral(workspace, reply_to, self.renderer.note(said))
        return Done()


async def _owned(
    list_monitors: ListMonitors, workspace: Workspace, user_id: str
) -> Sequence[Monitor]:
    """Raises ParallelError."""
    monitors = await list_monitors.monitors_of(workspace) or ()
    return [each for each in monitors if each.home is not None and each.home.user_id == user_id]
