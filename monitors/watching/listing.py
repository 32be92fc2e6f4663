"""The workspace's monitors, straight from Parallel: `/monitor list`, and pages of them."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final

from monitors.blocks.listing import list_message
from monitors.blocks.notices import note_message
from monitors.model.account import ParallelAccount
from monitors.model.event import MonitorEvent
from monitors.model.intent import Intent
from monitors.model.listing import Listed, MonitorPage, beside, page_of, place_of
from monitors.model.message import Message
from monitors.model.monitor import Monitor
from monitors.model.outcome import Attempt, Done, Outcome
from monitors.model.parallel_errors import ParallelError
from monitors.model.requests import ListRequest
from monitors.model.slack_errors import SlackPostError
from monitors.model.workspace import ThreadRef, Workspace
from monitors.ports import AccountStore, InstallationStore, MonitorGateway, ThreadPoster
from monitors.texts import problem_texts
from monitors.watching.first_contact import FirstContact
from monitors.work.intents import request_of

# As many as fit into a message with room to spare.
PAGE: Final = 8


@dataclass(frozen=True, slots=True)
class Places:
    """What Slack says of threads and channels.

    `joined` are a person's channels; `closed` those into which only their members may look, and
    both raise SlackPostError. `permalink` is a thread's exact address, None if Slack doesn't say.
    """

    joined: Callable[[Workspace, str], Awaitable[frozenset[str]]]
    closed: Callable[[Workspace, Collection[str]], Awaitable[frozenset[str]]]
    permalink: Callable[[Workspace, ThreadRef], Awaitable[str | None]]


@dataclass(frozen=True, slots=True)
class ListMonitors:
    """Answers only the person who asked."""

    accounts: AccountStore
    installations: InstallationStore
    gateway: MonitorGateway
    poster: ThreadPoster
    first_contact: FirstContact
    prefix: str
    places: Places
    suspended: Callable[[Workspace], Awaitable[frozenset[str]]]

    async def run(self, intent: Intent, _attempt: Attempt) -> Outcome:
        """One attempt only: a person is waiting, so a failure of Parallel is reported at once."""
        await self.show(request_of(intent, ListRequest))
        return Done()

    async def show(self, request: ListRequest) -> None:
        try:
            message = await self._message(request)
        except ParallelError as error:
            message = note_message(problem_texts.explain_parallel(error, prefix=self.prefix))
        if message is None:
            await self.first_contact.not_connected(request)
            return
        await self.poster.post_ephemeral(request.workspace, request.reply_to, message)

    async def _message(self, request: ListRequest) -> Message | None:
        """None if no account is connected. Raises ParallelError."""
        workspace, asker = request.workspace, request.reply_to
        monitors = await self.monitors_of(workspace)
        if monitors is None:
            return None
        here = [each for each in monitors if channel_of(each) == asker.channel]
        own = [each for each in own_of(monitors, asker.user_id) if each not in here]
        is_partial = False
        try:
            joined = await self.places.joined(workspace, asker.user_id) if own else frozenset[str]()
            own = await self.open_to(workspace, own, joined=joined)
        except SlackPostError:
            own, is_partial = [], True
        page = await self.page(workspace, here, own, at=request.at, size=PAGE)
        page = replace(page, is_partial=is_partial)
        return list_message(page, prefix=self.prefix, said=request.said)

    async def monitors_of(self, workspace: Workspace) -> Sequence[Monitor] | None:
        """The active monitors whose metadata names this workspace and app.

        None if no account is connected. Raises ParallelError.
        """
        account = await self.accounts.for_workspace(workspace)
        if account is None:
            return None
        app_id = await self.installations.app_id(workspace)
        return [
            monitor
            for monitor in await self.gateway.list_monitors(account)
            if monitor.home is not None and monitor.home.is_of(workspace, app_id)
        ]

    async def open_to(
        self, workspace: Workspace, monitors: Sequence[Monitor], *, joined: frozenset[str]
    ) -> list[Monitor]:
        """Those in the channels that a person has `joined`, or that are open to all.

        Raises SlackPostError.
        """
        channels = {channel_of(each) for each in monitors} - joined
        closed = await self.places.closed(workspace, channels)
        return [each for each in monitors if channel_of(each) not in closed]

    async def page(
        self,
        workspace: Workspace,
        here: Sequence[Monitor],
        elsewhere: Sequence[Monitor],
        *,
        at: str,
        size: int,
    ) -> MonitorPage:
        """A page of the two, in the order of a list."""
        by_place = {place_of(each): Listed(each) for each in here} | {
            place_of(each, is_elsewhere=True): Listed(each, is_elsewhere=True) for each in elsewhere
        }
        places = sorted(by_place, reverse=True)
        begin, end = page_of(places, at, size)
        newer, older = beside(places, begin, end)
        shown = [by_place[place] for place in places[begin:end]]
        return MonitorPage(
            entries=await self._described(workspace, shown),
            here=len(here),
            elsewhere=len(elsewhere),
            first=begin + 1,
            newer=newer,
            older=older,
            at=at,
        )

    async def _described(self, workspace: Workspace, shown: Sequence[Listed]) -> tuple[Listed, ...]:
        account = await self.accounts.for_workspace(workspace)
        suspended = await self.suspended(workspace)
        marked = (replace(each, cannot_post=each.monitor.monitor_id in suspended) for each in shown)
        described = (self._describe(workspace, account, each) for each in marked)
        return tuple(await asyncio.gather(*described))

    async def _describe(
        self, workspace: Workspace, account: ParallelAccount | None, listed: Listed
    ) -> Listed:
        """With its thread's address and its last finding, as far as Slack and Parallel answer."""
        home = listed.monitor.home
        link = await self.places.permalink(workspace, home.thread) if home else None
        newest = await self._newest(account, listed.monitor) if account else None
        return replace(listed, link=link, newest=newest)

    async def _newest(
        self, account: ParallelAccount, monitor: Monitor
    ) -> tuple[MonitorEvent, ...] | None:
        try:
            listed = await self.gateway.events_since(
                account, monitor.monitor_id, is_known=lambda _event: True
            )
        except ParallelError:
            return None
        return listed.events[:1]


def channel_of(monitor: Monitor) -> str:
    return monitor.home.thread.channel if monitor.home else ""


def own_of(monitors: Sequence[Monitor], user_id: str) -> list[Monitor]:
    return [each for each in monitors if each.home is not None and user_id in each.home.owners]
