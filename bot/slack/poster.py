"""Posts, finds and updates messages in Slack.

Uses each workspace's own token and one shared session.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, cast
from urllib.parse import urlsplit

import aiohttp
import structlog
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.slack.api import Answer
from bot.slack.workspace_calls import WorkspaceCalls
from monitors.model.message import Message
from monitors.model.requests import ReplyTo
from monitors.model.slack_errors import (
    NotInChannelError,
    PostUncertainError,
    SlackPostError,
    SlackUnavailableError,
)
from monitors.model.workspace import ThreadRef, Workspace

MARK_EVENT_TYPE: Final = "threadwatch_mark"
# Of commercial and of GovSlack's addresses.
_SLACKS: Final = (".slack.com", ".slack-gov.com")
_PAGE: Final = 200
_LATEST: Final = 15


@dataclass(frozen=True, slots=True)
class SlackPoster:
    """The ThreadPoster port."""

    calls: WorkspaceCalls
    session: aiohttp.ClientSession
    api_url: str

    async def post(
        self,
        workspace: Workspace,
        channel: str,
        message: Message,
        *,
        thread_ts: str | None = None,
        message_key: str,
    ) -> str:
        answer = await self.calls.write(
            workspace,
            "chat.postMessage",
            {
                "channel": channel,
                "thread_ts": thread_ts,
                "text": message.text,
                "blocks": [dict(block) for block in message.blocks] or None,
                "metadata": {
                    "event_type": MARK_EVENT_TYPE,
                    "event_payload": {"mark": message_key},
                },
                "unfurl_links": False,
                "unfurl_media": False,
            },
        )
        return _text(answer, "ts")

    async def find(
        self,
        workspace: Workspace,
        channel: str,
        *,
        thread_ts: str | None = None,
        message_key: str,
        since: datetime | None = None,
    ) -> str | None:
        cursor: str | None = None
        while True:
            answer = await self._page(
                workspace, channel, thread_ts=thread_ts, cursor=cursor, since=since
            )
            for message in cast("list[dict[str, object]]", answer.get("messages") or []):
                if _key_of(message) == message_key:
                    return str(message["ts"])
            metadata = cast("dict[str, str]", answer.get("response_metadata") or {})
            cursor = metadata.get("next_cursor") or None
            if cursor is None or (thread_ts is None and since is None):
                return None

    async def _page(
        self,
        workspace: Workspace,
        channel: str,
        *,
        thread_ts: str | None,
        cursor: str | None,
        since: datetime | None,
    ) -> Answer:
        params: dict[str, object] = {
            "channel": channel,
            "cursor": cursor,
            "include_all_metadata": "true",
            "oldest": f"{since.timestamp():.6f}" if since else None,
        }
        if thread_ts is None:
            return await self.calls.read(
                workspace, "conversations.history", {**params, "limit": _LATEST}
            )
        replies = {**params, "ts": thread_ts, "limit": _PAGE}
        return await self.calls.read(workspace, "conversations.replies", replies)

    async def update(self, workspace: Workspace, thread: ThreadRef, message: Message) -> None:
        await self.calls.write(
            workspace,
            "chat.update",
            {
                "channel": thread.channel,
                "ts": thread.ts,
                "text": message.text,
                "blocks": [dict(block) for block in message.blocks],
            },
        )

    async def join(self, workspace: Workspace, channel: str) -> None:
        if not channel.startswith("C"):
            raise NotInChannelError("method_not_supported_for_channel_type")
        await self.calls.write(workspace, "conversations.join", {"channel": channel})

    async def open_direct(self, workspace: Workspace, user_id: str) -> str:
        """The id of the app's direct-message channel with a person."""
        answer = await self.calls.write(workspace, "conversations.open", {"users": user_id})
        channel = answer.get("channel")
        found = cast("Answer", channel).get("id") if isinstance(channel, dict) else None
        if not isinstance(found, str):
            raise SlackUnavailableError("no_channel_in_answer")
        return found

    async def post_ephemeral(
        self, workspace: Workspace, reply_to: ReplyTo, message: Message
    ) -> None:
        """Uses the response URL if there is one that still works, else an ephemeral message.

        If both fail, it is only logged, because nothing depends on it.
        """
        url = reply_to.response_url
        if url and self._is_slacks(url) and await self._respond(url, message):
            return
        try:
            await self.calls.write(
                workspace,
                "chat.postEphemeral",
                {
                    "channel": reply_to.channel,
                    "user": reply_to.user_id,
                    "thread_ts": reply_to.thread_ts,
                    "text": message.text,
                    "blocks": [dict(block) for block in message.blocks] or None,
                },
            )
        except SlackPostError as error:
            _log_lost("ephemeral message", workspace, error)

    def _is_slacks(self, response_url: str) -> bool:
        """Whether it leads to Slack, or to the stand-in at SLACK_API_URL: nobody else is told."""
        try:
            url, api = urlsplit(response_url), urlsplit(self.api_url)
        except ValueError:
            return False
        is_slack = url.scheme == "https" and (url.hostname or "").endswith(_SLACKS)
        return is_slack or (url.scheme, url.netloc) == (api.scheme, api.netloc)

    async def _respond(self, response_url: str, message: Message) -> bool:
        webhook = AsyncWebhookClient(response_url, session=self.session, retry_handlers=[])
        try:
            answer = await webhook.send_dict(
                {
                    "response_type": "ephemeral",
                    "replace_original": False,
                    "text": message.text,
                    "blocks": [dict(block) for block in message.blocks],
                }
            )
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return False
        return answer.status_code < 300  # noqa: PLR2004 - the 2xx range


def _log_lost(what: str, workspace: Workspace, error: SlackPostError) -> None:
    structlog.get_logger("slack").warning(
        "not shown", what=what, team_id=workspace.team_id, code=error.code
    )


def _text(answer: Answer, key: str) -> str:
    value = answer.get(key)
    if not isinstance(value, str):
        # An answer that says ok but has no ts: it was posted, so look for it.
        raise PostUncertainError("no_ts_in_answer")
    return value


def _key_of(message: dict[str, object]) -> str | None:
    metadata = message.get("metadata")
    if not isinstance(metadata, dict):
        return None
    payload = cast("dict[str, object]", metadata).get("event_payload")
    if not isinstance(payload, dict):
        return None
    mark = cast("dict[str, object]", payload).get("mark")
    return mark if isinstance(mark, str) else None
