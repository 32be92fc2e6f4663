"""Where things are in a workspace, and who may look there."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from bot.slack.api import parsed, within
from bot.slack.payloads import Payload
from bot.slack.workspace_calls import WorkspaceCalls
from monitors.model.slack_errors import DeadDestinationError, MissingScopeError, SlackPostError
from monitors.model.workspace import ThreadRef, Workspace

_PAGE: Final = 999
_MOST_PAGES: Final = 20


class _Channel(Payload):
    id: str = ""
    is_private: bool = True


class _Channels(Payload):
    channels: tuple[_Channel, ...] = ()


@dataclass(frozen=True, slots=True)
class SlackPlaces:
    calls: WorkspaceCalls

    async def permalink(self, workspace: Workspace, thread: ThreadRef) -> str | None:
        """The exact address of a thread's first message; None if Slack doesn't say."""
        params = {"channel": thread.channel, "message_ts": thread.ts}
        try:
            answer = await self.calls.read(workspace, "chat.getPermalink", params)
        except SlackPostError:
            return None
        link = answer.get("permalink")
        return link if isinstance(link, str) else None

    async def joined(self, workspace: Workspace, user_id: str) -> frozenset[str]:
        """The person's channels, private ones only where the app is, too. Raises SlackPostError."""
        found: set[str] = set()
        params = {
            "user": user_id,
            "types": "public_channel,private_channel",
            "team_id": workspace.team_id,
            "limit": _PAGE,
        }
        pages = self.calls.pages(workspace, "users.conversations", params, most=_MOST_PAGES)
        async for page in pages:
            found |= {channel.id for channel in parsed(_Channels, page).channels}
        return frozenset(found)

    async def closed(self, workspace: Workspace, channels: Collection[str]) -> frozenset[str]:
        """Those that are private, or that the app can't see either, to a person who isn't in them.

        Nobody can leave a direct message. Raises SlackPostError.
        """
        shared = {channel for channel in channels if not channel.startswith("D")}
        return frozenset([each for each in shared if await self._is_closed(workspace, each)])

    async def _is_closed(self, workspace: Workspace, channel: str) -> bool:
        try:
            answer = await self.calls.read(workspace, "conversations.info", {"channel": channel})
        except MissingScopeError as error:
            # The app may look into channels, but not into direct messages of several people.
            return not error.needed.startswith("mpim")
        except DeadDestinationError:
            return True
        return parsed(_Channel, within(answer, "channel")).is_private
