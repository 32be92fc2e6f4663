"""Files in Slack: uploaded first, then shared."""

from dataclasses import dataclass
from http import HTTPStatus

import aiohttp

from bot.slack.api import is_slacks, slack_errors
from bot.slack.workspace_calls import WorkspaceCalls
from monitors.model.message import File
from monitors.model.slack_errors import SlackUnavailableError
from monitors.model.workspace import Workspace


@dataclass(frozen=True, slots=True)
class SlackFiles:
    """The Files port."""

    calls: WorkspaceCalls
    session: aiohttp.ClientSession
    api_url: str

    async def upload(self, workspace: Workspace, file: File) -> str:
        content = file.content.encode(errors="replace")
        answer = await self.calls.read(
            workspace,
            "files.getUploadURLExternal",
            {"filename": file.name, "length": len(content)},
        )
        file_id, address = answer.get("file_id"), answer.get("upload_url")
        if not isinstance(file_id, str) or not isinstance(address, str):
            raise SlackUnavailableError("no_file_in_answer")
        if not is_slacks(address, self.api_url):
            raise SlackUnavailableError("upload_elsewhere")
        async with slack_errors(), self.session.post(address, data=content) as taken:
            if taken.status != HTTPStatus.OK:
                raise SlackUnavailableError(f"upload_{taken.status}")
        return file_id

    async def share(
        self, workspace: Workspace, file_id: str, *, channel: str, thread_ts: str | None, text: str
    ) -> None:
        await self.calls.write(
            workspace,
            "files.completeUploadExternal",
            {
                "files": [{"id": file_id}],
                "channel_id": channel,
                "thread_ts": thread_ts,
                "initial_comment": text,
            },
        )
