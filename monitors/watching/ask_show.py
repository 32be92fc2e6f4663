"""Asks for the job `show` to draw a Home tab. Raises QueueDownError."""

from monitors.model.codec import encode
from monitors.model.listing import NO_LOOK, HomeLook
from monitors.model.view_requests import HomeRequest
from monitors.model.workspace import Workspace
from monitors.ports import JobQueue


async def ask_home(  # noqa: PLR0913 - who, where and what, by name
    queue: JobQueue,
    workspace: Workspace,
    user_id: str,
    *,
    after: str = "",
    look: HomeLook = NO_LOOK,
    said: str = "",
) -> None:
    """Have a person's App Home drawn; `after` names a change that it must show."""
    key = f"home:{workspace.team_id}:{user_id}{f':{after}' if after else ''}"
    request = HomeRequest(workspace, user_id, look, said)
    await queue.enqueue("show", encode(request), key=key)
