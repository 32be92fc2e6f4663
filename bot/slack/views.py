"""Modals and the App Home, shown with a workspace's own token."""

from dataclasses import dataclass

from bot.slack.api import within
from bot.slack.workspace_calls import WorkspaceCalls
from monitors.model.message import Block
from monitors.model.slack_errors import SlackUnavailableError
from monitors.model.workspace import Workspace


@dataclass(frozen=True, slots=True)
class OpenedView:
    """A modal; `hash` changes with its content."""

    id: str
    hash: str


@dataclass(frozen=True, slots=True)
class SlackViews:
    """The Views port. Raises SlackPostError."""

    calls: WorkspaceCalls

    async def open(self, workspace: Workspace, trigger_id: str, view: Block) -> OpenedView:
        """A modal; a trigger is good for three seconds."""
        return await self._shown(workspace, "views.open", trigger_id, view)

    async def push(self, workspace: Workspace, trigger_id: str, view: Block) -> OpenedView:
        """The same, on top of the open modal."""
        return await self._shown(workspace, "views.push", trigger_id, view)

    async def _shown(
        self, workspace: Workspace, method: str, trigger_id: str, view: Block
    ) -> OpenedView:
        body = {"trigger_id": trigger_id, "view": dict(view)}
        answer = await self.calls.write(workspace, method, body)
        opened = within(answer, "view")
        view_id = opened.get("id")
        if not isinstance(view_id, str):
            raise SlackUnavailableError("no_view_in_answer")
        return OpenedView(view_id, str(opened.get("hash") or ""))

    async def update(
        self, workspace: Workspace, view_id: str, view: Block, *, view_hash: str = ""
    ) -> None:
        body = {"view_id": view_id, "view": dict(view), "hash": view_hash or None}
        await self.calls.write(workspace, "views.update", body)

    async def publish_home(self, workspace: Workspace, user_id: str, view: Block) -> None:
        body = {"user_id": user_id, "view": dict(view)}
        await self.calls.write(workspace, "views.publish", body)
