"""`/monitor list`: the workspace's monitors, straight from Parallel."""

from collections.abc import Sequence
from dataclasses import dataclass

from monitors.model.intent import Intent
from monitors.model.monitor import Monitor
from monitors.model.outcome import Attempt, Done, Outcome
from monitors.model.parallel_errors import ParallelError
from monitors.model.requests import ListRequest, ReplyTo
from monitors.model.workspace import Workspace
from monitors.ports import AccountStore, InstallationStore, MonitorGateway, Renderer, ThreadPoster
from monitors.texts import problem_texts
from monitors.watching.first_contact import FirstContact
from monitors.work.intents import request_of


@dataclass(frozen=True, slots=True)
class ListMonitors:
    """Answers only the person who asked."""

    accounts: AccountStore
    installations: InstallationStore
    gateway: MonitorGateway
    renderer: Renderer
    poster: ThreadPoster
    first_contact: FirstContact
    prefix: str

    async def run(self, intent: Intent, _attempt: Attempt) -> Outcome:
        """One attempt only: a person is waiting, so a failure of Parallel is reported at once."""
        request = request_of(intent, ListRequest)
        try:
            monitors = await self.monitors_of(request.workspace)
        except ParallelError as error:
            message = self.renderer.note(problem_texts.explain_parallel(error, prefix=self.prefix))
        else:
            if monitors is None:
                await self.first_contact.not_connected(request)
                return Done()
            message = self.renderer.monitor_list(*_for(request.reply_to, monitors))
        await self.poster.post_ephemeral(request.workspace, request.reply_to, message)
        return Done()

    async def monitors_of(self, workspace: Workspace) -> Sequence[Monitor] | None:
        """The active monitors whose metadata names this workspace and app.

        None if no account is connected. Raises ParallelError.
        """
        account = await self.accounts.for_workspace(workspace)
        if account is None:
            return None
        app_id = await self.installations.app_id(workspace)
        return [
            monitor
            for monitor in await self.gateway.list_monitors(account)
            if (home := monitor.home) is not None
            and home.team_id == workspace.team_id
            and home.app_id == app_id
        ]


def _for(asker: ReplyTo, monitors: Sequence[Monitor]) -> tuple[list[Monitor], list[Monitor]]:
    """Those of this channel, and the person's own elsewhere: others may live in private ones."""
    homes = [(monitor, home) for monitor in monitors if (home := monitor.home) is not None]
    here = [monitor for monitor, home in homes if home.thread.channel == asker.channel]
    own = [monitor for monitor, home in homes if home.user_id == asker.user_id]
    return here, [monitor for monitor in own if monitor not in here]
