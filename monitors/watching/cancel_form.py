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
from monitors.watching.external_users import ExternalUsers
from monitors.watching.locate import LocateMonitor
from monitors.work.intent_store import SqlIntents


@dataclass(frozen=True, slots=True)
class FillCancelForm:
    """Names the query, or says why there is nothing to cancel."""

    locate: LocateMonitor
    intents: SqlIntents
    external_users: ExternalUsers
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
        query = await self._query(request)
        if query is None:
            return self._notice(thread_texts.NO_MONITOR_HERE)
        is_external = await self.external_users.is_external(
            workspace, request.user_id, request.user_team
        )
        if is_external is not False:
            refusal = thread_texts.NOT_YOURS if is_external else problem_texts.PERSON_UNKNOWN
            return self._notice(refusal)
        return self.renderer.cancel_form(query, thread=encode(thread))

    async def _query(self, request: CancelFormRequest) -> str | None:
        located = await self.locate.in_thread(request.workspace, request.thread)
        if located is not None and located.monitor.status is MonitorStatus.ACTIVE:
            return located.monitor.query
        start = await creation_in_progress(self.intents, request.workspace, request.thread)
        return start.request.spec.query if start else None

    def _notice(self, text: str) -> Block:
        return self.renderer.notice_modal(text, title=thread_texts.CANCEL_TITLE)
