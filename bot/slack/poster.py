"""Posts, finds and updates messages in Slack.

Uses each workspace's own token and one shared session.
"""

import re
from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, TypeGuard

import aiohttp
import structlog
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.slack.api import Answer, is_slacks, objects_in, within
from bot.slack.installations import Installations
from bot.slack.slack_clock import SlackClock
from bot.slack.workspace_calls import WorkspaceCalls
from monitors.model import slack_errors
from monitors.model.message import Message
from monitors.model.requests import ReplyTo
from monitors.model.workspace import ThreadRef, Workspace

MARK_EVENT_TYPE: Final = "threadwatch_mark"
# What Slack gives most apps at a time, and that once a minute.
_PAGE: Final = 15
_TS: Final = re.compile(r"\d+\.\d+")
# More text than that an update refuses.
_UPDATE_CHARACTERS: Final = 4000
# A call that was made after `since` is carried out, if at all, long before this.
_CARRIED_OUT_WITHIN: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class SlackPoster:
    """The ThreadPoster port."""

    calls: WorkspaceCalls
    session: aiohttp.ClientSession
    api_url: str
    installations: Installations
    clock: SlackClock = field(default_factory=SlackClock)

    async def post(
        self,
        workspace: Workspace,
        channel: str,
        message: Message,
        *,
        thread_ts: str | None = None,
        message_key: str,
    ) -> str:
        body = {
            "channel": channel,
            "thread_ts": thread_ts,
            "text": message.text,
            "metadata": {"event_type": MARK_EVENT_TYPE, "event_payload": {"mark": message_key}},
            "unfurl_links": False,
            "unfurl_media": False,
            **({"reply_broadcast": True} if message.in_channel else {}),
        }
        blocks = [dict(block) for block in message.blocks]
        try:
            answer = await self.calls.write(
                workspace, "chat.postMessage", {**body, "blocks": blocks or None}
            )
        except slack_errors.BadMessageError:
            # Blocks that Slack refuses are our mistake; the words must arrive all the same.
            answer = await self.calls.write(workspace, "chat.postMessage", body)
        ts = answer.get("ts")
        if not _is_ts(ts):
            # An answer that says ok but has no ts: it was posted, so look for it.
            raise slack_errors.PostUncertainError("no_ts_in_answer")
        self.clock.posted(ts)
        if thread_ts is not None and _is_top_level(answer):
            await self._delete_stray(workspace, channel, ts)
            raise slack_errors.DeadDestinationError(slack_errors.REPLIED_TO_NOTHING)
        return ts

    async def _delete_stray(self, workspace: Workspace, channel: str, ts: str) -> None:
        """Slack posts a reply to a deleted message top-level: it is taken back.

        Raises PostUncertainError if it may still be there: then it is looked for before anything
        else is posted.
        """
        with suppress(*slack_errors.REFUSALS):
            try:
                await self.calls.write(workspace, "chat.delete", {"channel": channel, "ts": ts})
            except slack_errors.NotNowError as error:
                raise slack_errors.PostUncertainError(error.code) from error

    async def find(  # noqa: PLR0913 - one search, and where a stray would be
        self,
        workspace: Workspace,
        channel: str,
        *,
        thread_ts: str | None = None,
        message_key: str,
        since: datetime | None = None,
        sent_to: str | None = None,
    ) -> str | None:
        since = since - self.clock.margin if since else None
        if thread_ts is None:
            return await self._in_channel(workspace, channel, message_key, since=since)
        is_gone = False
        try:
            async for message in self._replies(workspace, channel, thread_ts, since=since):
                is_gone = is_gone or message.get("subtype") == "tombstone"
                if await self._is(workspace, message, message_key):
                    return str(message["ts"])
        except slack_errors.DeadDestinationError as error:
            if error.code not in slack_errors.CARD_GONE:
                raise
            is_gone = True
        # It may have been sent when another first message was there, and that was deleted.
        until = since + _CARRIED_OUT_WITHIN if since else None
        sent_to = sent_to or channel
        stray = await self._in_channel(workspace, sent_to, message_key, since=since, until=until)
        if stray is not None:
            await self._delete_stray(workspace, sent_to, stray)
        if is_gone:
            raise slack_errors.DeadDestinationError(slack_errors.REPLIED_TO_NOTHING)
        return None

    async def _in_channel(
        self,
        workspace: Workspace,
        channel: str,
        message_key: str,
        *,
        since: datetime | None,
        until: datetime | None = None,
    ) -> str | None:
        """Newest first; without `since` one page is looked at."""
        params = {"channel": channel, "oldest": _ts(since), "latest": _ts(until)}
        async for messages in self._pages(workspace, "conversations.history", params):
            for message in messages:
                if await self._is(workspace, message, message_key):
                    return str(message["ts"])
            if since is None:
                break
        return None

    async def _replies(
        self, workspace: Workspace, channel: str, thread_ts: str, *, since: datetime | None
    ) -> AsyncGenerator[Answer]:
        """The first message, then the replies since then, oldest first: one page as a rule."""
        params = {"channel": channel, "ts": thread_ts, "oldest": _ts(since)}
        until = float("inf") if since is None else (since + _CARRIED_OUT_WITHIN).timestamp()
        async for messages in self._pages(workspace, "conversations.replies", params):
            for message in messages:
                yield message
            if messages and float(str(messages[-1]["ts"])) > until:
                return

    async def _pages(
        self, workspace: Workspace, method: str, params: Mapping[str, object]
    ) -> AsyncGenerator[list[Answer]]:
        whole = {**params, "include_all_metadata": "true", "limit": _PAGE}
        async for answer in self.calls.pages(workspace, method, whole):
            yield [each for each in objects_in(answer, "messages") if _is_ts(each.get("ts"))]

    async def _is(self, workspace: Workspace, message: Answer, message_key: str) -> bool:
        """Anyone who can post can write any mark: only the app's own messages count.

        A file's id is Slack's, and unknown to all but the app until it is shared.
        """
        if any(each.get("id") == message_key for each in objects_in(message, "files")):
            return True
        return _has_key(message, message_key) and await self._is_own(workspace, message)

    async def _is_own(self, workspace: Workspace, message: Answer) -> bool:
        app = await self.installations.find(workspace)
        by, bot_id = message.get("app_id"), message.get("bot_id")
        if app is None or by is not None:
            return app is not None and by == app.app_id
        return bot_id is not None and bot_id == app.bot_id

    async def update(self, workspace: Workspace, thread: ThreadRef, message: Message) -> None:
        body = {"channel": thread.channel, "ts": thread.ts}
        blocks = [dict(block) for block in message.blocks]
        try:
            await self.calls.write(
                workspace, "chat.update", {**body, "text": message.text, "blocks": blocks}
            )
        except slack_errors.BadMessageError:
            plain = message.text[:_UPDATE_CHARACTERS]
            await self.calls.write(workspace, "chat.update", {**body, "text": plain, "blocks": []})

    async def permalink(self, workspace: Workspace, thread: ThreadRef) -> str | None:
        """The exact address of a thread's first message; None if Slack doesn't say."""
        params = {"channel": thread.channel, "message_ts": thread.ts}
        try:
            answer = await self.calls.read(workspace, "chat.getPermalink", params)
        except slack_errors.SlackPostError:
            return None
        link = answer.get("permalink")
        return link if isinstance(link, str) else None

    async def join(self, workspace: Workspace, channel: str) -> None:
        if not channel.startswith("C"):
            raise slack_errors.NotInChannelError("method_not_supported_for_channel_type")
        await self.calls.write(workspace, "conversations.join", {"channel": channel})

    async def rejoin(self, workspace: Workspace, channel: str) -> None:
        if not channel.startswith("C"):
            return
        try:
            answer = await self.calls.read(workspace, "conversations.info", {"channel": channel})
        except slack_errors.SlackPostError:
            return
        if not _is_removed_from(within(answer, "channel")):
            return
        try:
            await self.join(workspace, channel)
        except slack_errors.REFUSALS as error:
            raise slack_errors.DeadDestinationError(slack_errors.CANNOT_JOIN) from error

    async def open_direct(self, workspace: Workspace, user_id: str) -> str:
        """The id of the app's direct-message channel with a person."""
        answer = await self.calls.write(workspace, "conversations.open", {"users": user_id})
        found = within(answer, "channel").get("id")
        if not isinstance(found, str):
            raise slack_errors.SlackUnavailableError("no_channel_in_answer")
        return found

    async def post_ephemeral(
        self, workspace: Workspace, reply_to: ReplyTo, message: Message
    ) -> None:
        """Uses the response URL if there is one that still works, else an ephemeral message.

        If both fail, it is only logged, because nothing depends on it.
        """
        url = reply_to.response_url
        content: dict[str, object] = {
            "response_type": "ephemeral",
            "replace_original": reply_to.replaces,
            "text": message.text,
            "blocks": [dict(block) for block in message.blocks],
        }
        if url and await self._respond(url, content):
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
        except slack_errors.SlackPostError as error:
            structlog.get_logger("slack").warning(
                "not shown", what="ephemeral message", team_id=workspace.team_id, code=error.code
            )

    async def dismiss(self, reply_to: ReplyTo) -> None:
        """Take away the message that the response URL belongs to, where it still works."""
        if reply_to.response_url:
            await self._respond(reply_to.response_url, {"delete_original": True})

    async def _respond(self, response_url: str, content: dict[str, object]) -> bool:
        if not is_slacks(response_url, self.api_url):
            return False
        webhook = AsyncWebhookClient(response_url, session=self.session, retry_handlers=[])
        try:
            answer = await webhook.send_dict(content)
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return False
        return answer.status_code < 300  # noqa: PLR2004 - the 2xx range


def _ts(moment: datetime | None) -> str | None:
    return f"{moment.timestamp():.6f}" if moment else None


def _is_ts(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and _TS.fullmatch(value) is not None


def _is_top_level(answer: Answer) -> bool:
    message = within(answer, "message")
    return bool(message) and not message.get("thread_ts")


def _is_removed_from(channel: Answer) -> bool:
    """Only a public channel takes posts of those who are no members (`chat:write.public`)."""
    is_closed = channel.get("is_private") or channel.get("is_archived")
    return channel.get("is_member") is False and not is_closed


def _has_key(message: Answer, message_key: str) -> bool:
    metadata = within(message, "metadata")
    is_ours = metadata.get("event_type") == MARK_EVENT_TYPE
    return is_ours and within(metadata, "event_payload").get("mark") == message_key
