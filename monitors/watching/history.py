"""What a monitor found and how its checks went, as Parallel lists it: page by page, in a modal."""

from dataclasses import dataclass
from typing import Final

from monitors.model.message import Block
from monitors.model.parallel_errors import ParallelError
from monitors.model.view_requests import HistoryRequest
from monitors.ports import MonitorGateway, Views
from monitors.renderer import Renderer
from monitors.texts import list_texts, problem_texts, thread_texts
from monitors.watching.locate import LocateMonitor
from monitors.watching.permissions import Permissions

PAGE: Final = 15
# In one message.
LATEST: Final = 10


@dataclass(frozen=True, slots=True)
class ShowHistory:
    locate: LocateMonitor
    gateway: MonitorGateway
    permissions: Permissions
    views: Views
    renderer: Renderer
    prefix: str

    async def show(self, request: HistoryRequest) -> None:
        """Raises SlackPostError: it was closed in the meantime, most likely."""
        try:
            view = await self._view(request)
        except ParallelError as error:
            view = self._notice(problem_texts.explain_parallel(error, prefix=self.prefix))
        await self.views.update(request.workspace, request.view_id, view)

    async def _view(self, request: HistoryRequest) -> Block:
        asked, at = request.asked, request.at
        refusal = await self.permissions.why_not(
            request.workspace,
            asked.reply_to.user_id,
            asked.user_team,
            owner_id=None,
            is_change=False,
        )
        if refusal is not None:
            return self._notice(refusal)
        located = await self.locate.in_thread(
            request.workspace, asked.thread, hint=asked.monitor_id
        )
        if located is None:
            return self._notice(thread_texts.NO_MONITOR_HERE)
        monitor = located.monitor
        cursor = at.trail[-1] if at.trail else None
        page = await self.gateway.history(
            located.account, monitor.monitor_id, limit=PAGE, cursor=cursor
        )
        return self.renderer.history_modal(monitor, page, at=at)

    def _notice(self, text: str) -> Block:
        return self.renderer.notice_modal(text, title=list_texts.HISTORY_TITLE)
