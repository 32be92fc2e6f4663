"""What the message shortcut asks before a monitor is cancelled."""

from dataclasses import dataclass

from monitors.delivery.creation import creation_in_progress
from monitors.model.codec import encode
from monitors.model.message import Block
from monitors.model.monitor import MonitorStatus
from monitors.model.parallel_errors import ParallelError
from monitors.model.view_requests import CancelFormRequest
from monitors.ports import Views
from monitors.renderer import Renderer
from monitors.texts import problem_texts, thread_texts
from monitors.watching.locate import LocateMonitor
from monitors.watching.permissions import Permissions
from monitors.watching.thread_progress import owner_of
from monitors.work.intent_store import SqlIntents


@dataclass(frozen=True, slots=True)
class FillCancelForm:
    """Names the query, or says why there is nothing to cancel."""

    locate: LocateMonitor
    intents: SqlIntents
    permissions: Permissions
    views: Views
    renderer: Renderer
    prefix: str

    async def show(self, request: CancelFormRequest) -> None:
        """Raises SlackPostError: it was closed in the meantime, most likely."""
        try:
            view = await self._view(request)
        except ParallelError as error:
            explained = problem_texts.explain_parallel(error, prefix=self.prefix)
            view = self._notice(explained)
        await self.views.update(request.workspace, request.view_id, view)

    async def _view(self, request: CancelFormRequest) -> Block:
        workspace, thread = request.workspace, request.thread
        located = await self.locate.in_thread(workspace, thread)
        if located is not None and located.monitor.status is not MonitorStatus.ACTIVE:
            located = None
        start = None
        if located is None:
            start = await creation_in_progress(self.intents, workspace, thread)
        if located is None and start is None:
            return self._notice(thread_texts.NO_MONITOR_HERE)
        refusal = await self.permissions.why_not(
            workspace, request.user_id, request.user_team, owner_id=owner_of(located, start)
        )
        if refusal is not None:
            return self._notice(refusal)
        query = start.request.spec.query if start else located.monitor.query if located else ""
        return self.renderer.cancel_form(query, thread=encode(thread))

    def _notice(self, text: str) -> Block:
        return self.renderer.notice_modal(text, title=thread_texts.CANCEL_TITLE)
