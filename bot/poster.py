"""Slack as the services see it: posting, finding, redrawing, whispering.

With each workspace's own token over one shared session.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final, cast

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.slack_api import Answer, SlackApi
from monitors.domain.message import Block, Message
from monitors.domain.requests import ReplyTo
from monitors.domain.slack_errors import (
    DeadInstallationError,
    NotInChannelError,
    PostUncertainError,
    SlackBusyError,
    SlackPostError,
    SlackUnavailableError,
    error_for_code,
)
from monitors.domain.workspace import ThreadRef, Workspace

MARK_EVENT_TYPE: Final = "threadwatch_mark"
_SERVER_ERROR: Final = 500
_TOO_MANY: Final = 429
_PAGE: Final = 200
_LATEST: Final = 15

TokenOf = Callable[[Workspace], Awaitable[str | None]]


@dataclass(frozen=True, slots=True)
class SlackPoster:
    """The ThreadPoster, DirectMessages and Whisperer ports.

    `on_revoked` hears of a workspace whose token Slack no longer takes. `on_expired` sees to
    another where a token's time is over; it raises where none can be had.
    """

    api: SlackApi
    session: aiohttp.ClientSession
    token_of: TokenOf
    on_revoked: Callable[[Workspace], Awaitable[None]]
    on_expired: Callable[[Workspace, str], Awaitable[None]]

    async def post(
        self,
        workspace: Workspace,
        channel: str,
        message: Message,
        *,
        thread_ts: str | None = None,
        mark: str,
    ) -> str:
        token = await self._token(workspace)
        async with self._errors(workspace, token):
            answer = await self.api.write(
                "chat.postMessage",
                token,
                {
                    "channel": channel,
                    "thread_ts": thread_ts,
                    "text": message.text,
                    "blocks": [dict(block) for block in message.blocks] or None,
                    "metadata": {
                        "event_type": MARK_EVENT_TYPE,
                        "event_payload": {"mark": mark},
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
        mark: str,
        since: datetime | None = None,
    ) -> str | None:
        token = await self._token(workspace)
        cursor: str | None = None
        while True:
            async with self._errors(workspace, token):
                answer = await self._page(
                    token, channel, thread_ts=thread_ts, cursor=cursor, since=since
                )
            for message in cast("list[dict[str, object]]", answer.get("messages") or []):
                if _mark_of(message) == mark:
                    return str(message["ts"])
            metadata = cast("dict[str, str]", answer.get("response_metadata") or {})
            cursor = metadata.get("next_cursor") or None
            if cursor is None or (thread_ts is None and since is None):
                return None

    async def _page(
        self,
        token: str,
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
            return await self.api.read("conversations.history", token, {**params, "limit": _LATEST})
        replies = {**params, "ts": thread_ts, "limit": _PAGE}
        return await self.api.read("conversations.replies", token, replies)

    async def update(self, workspace: Workspace, thread: ThreadRef, message: Message) -> None:
        token = await self._token(workspace)
        async with self._errors(workspace, token):
            await self.api.write(
                "chat.update",
                token,
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
        token = await self._token(workspace)
        async with self._errors(workspace, token):
            await self.api.write("conversations.join", token, {"channel": channel})

    async def open_direct(self, workspace: Workspace, user_id: str) -> str:
        """The channel of the app's direct messages with a person."""
        token = await self._token(workspace)
        async with self._errors(workspace, token):
            answer = await self.api.write("conversations.open", token, {"users": user_id})
        channel = answer.get("channel")
        found = cast("Answer", channel).get("id") if isinstance(channel, dict) else None
        if not isinstance(found, str):
            raise SlackUnavailableError("no_channel_in_answer")
        return found

    async def publish_home(self, workspace: Workspace, user_id: str, view: Block) -> None:
        """Show one person's App Home. One that finds no way is logged: opening it asks again."""
        try:
            token = await self._token(workspace)
            async with self._errors(workspace, token):
                await self.api.write(
                    "views.publish", token, {"user_id": user_id, "view": dict(view)}
                )
        except SlackPostError as error:
            _log_lost("home", workspace, error)

    async def whisper(self, workspace: Workspace, reply_to: ReplyTo, message: Message) -> None:
        """By the response URL where there is one and it still works, else an ephemeral message.

        A whisper that finds no way is logged, for nothing depends on it.
        """
        if reply_to.response_url and await self._respond(reply_to.response_url, message):
            return
        try:
            token = await self._token(workspace)
            async with self._errors(workspace, token):
                await self.api.write(
                    "chat.postEphemeral",
                    token,
                    {
                        "channel": reply_to.channel,
                        "user": reply_to.user_id,
                        "thread_ts": reply_to.thread_ts,
                        "text": message.text,
                        "blocks": [dict(block) for block in message.blocks] or None,
                    },
                )
        except SlackPostError as error:
            _log_lost("whisper", workspace, error)

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

    async def _token(self, workspace: Workspace) -> str:
        token = await self.token_of(workspace)
        if token is None:
            raise DeadInstallationError("installation_not_found")
        return token

    @asynccontextmanager
    async def _errors(self, workspace: Workspace, token: str) -> AsyncGenerator[None]:
        """Slack's and the network's failures as SlackPostError."""
        try:
            yield
        except SlackApiError as error:
            cause = cause_of(error)
            if cause.code == "token_expired":
                await self.on_expired(workspace, token)
                # Nothing was done, and the next try has another token.
                raise SlackUnavailableError(cause.code, retry_after_seconds=0) from error
            if isinstance(cause, DeadInstallationError) and cause.code != "missing_scope":
                await self.on_revoked(workspace)
            raise cause from error
        except aiohttp.ClientConnectorError as error:
            raise SlackUnavailableError("unreachable") from error
        except TimeoutError as error:
            raise PostUncertainError("timeout") from error
        except (aiohttp.ClientError, asyncio.IncompleteReadError) as error:
            raise PostUncertainError("connection_lost") from error


def _log_lost(what: str, workspace: Workspace, error: SlackPostError) -> None:
    structlog.get_logger("slack").warning(
        "not shown", what=what, team_id=workspace.team_id, code=error.code
    )


def cause_of(error: SlackApiError) -> SlackPostError:
    """Our error for an answer that was not ok.

    The answer may be HTML, or no dictionary at all (slack_sdk keeps whatever came).
    """
    response = cast("object", error.response)  # pyright: ignore[reportUnknownMemberType] - untyped in slack_sdk
    status = getattr(response, "status_code", getattr(response, "status", 200))
    headers = cast("dict[str, str]", getattr(response, "headers", {}) or {})
    if status == _TOO_MANY:
        seconds = headers.get("Retry-After") or headers.get("retry-after") or "1"
        wait = float(seconds) if str(seconds).isdigit() else 1.0
        return SlackBusyError("ratelimited", retry_after_seconds=wait)
    data = getattr(response, "data", None)
    code = cast("dict[str, object]", data).get("error") if isinstance(data, dict) else None
    if not isinstance(code, str):
        code = "internal_error" if int(status) >= _SERVER_ERROR else "unreadable_answer"
    return error_for_code(code)(code)


def _text(answer: Answer, key: str) -> str:
    value = answer.get(key)
    if not isinstance(value, str):
        # An answer that says ok but names no ts: it was posted, look for it.
        raise PostUncertainError("no_ts_in_answer")
    return value


def _mark_of(message: dict[str, object]) -> str | None:
    metadata = message.get("metadata")
    if not isinstance(metadata, dict):
        return None
    payload = cast("dict[str, object]", metadata).get("event_payload")
    if not isinstance(payload, dict):
        return None
    mark = cast("dict[str, object]", payload).get("mark")
    return mark if isinstance(mark, str) else None
