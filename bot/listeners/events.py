"""What people say in threads and to the app, the Home tab, changes to channels, uninstalls."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from bot.listeners.services import Listener, ListenerRegistry, ListenerServices
from bot.slack.actor import Actor, Event
from bot.slack.door import SLACKBOT, is_direct
from bot.slack.payloads import Happened, named
from monitors.blocks.home import look_of
from monitors.model.command import parse_reply
from monitors.model.intent import IntentKind
from monitors.model.requests import ChannelChanged, MentionRequest, PersonRequest
from monitors.model.workspace import Workspace
from monitors.watching import channels, waiting
from monitors.watching.ask_show import ask_home


@dataclass(frozen=True, slots=True)
class _Heard:
    services: ListenerServices
    actor: Actor
    asked: Event
    raw: Mapping[str, object]

    @property
    def workspace(self) -> Workspace:
        return self.actor.workspace

    @property
    def event(self) -> Happened:
        return self.asked.event

    @property
    def at(self) -> datetime:
        return datetime.fromtimestamp(self.asked.event_time, UTC)

    @property
    def listed(self) -> list[Workspace]:
        """The workspaces that an organisation's event is about."""
        enterprise_id = self.workspace.enterprise_id
        team_ids = self.event.team_ids if enterprise_id else []
        return [Workspace(team_id, enterprise_id) for team_id in team_ids]

    async def kind_of(self, workspace: Workspace) -> IntentKind | None:
        """What its text asks for; None for ordinary conversation."""
        app = await self.services.installations.find(workspace)
        # Some clients mention it by its id as a bot (B…).
        bot_user_id, bot_id = (app.bot_user_id, app.bot_id) if app else (None, None)
        return parse_reply(self.event.text, bot_user_id=bot_user_id, bot_id=bot_id)

    async def addressed(self) -> Workspace:
        """The workspace whose monitor is meant, in a channel shared with another company.

        Slack names one company's installation, which may not be the person's own: theirs is meant
        where the thread holds no monitor of the named one.
        """
        workspace, user_team = self.workspace, self.actor.user_team
        if user_team is None or user_team in {workspace.team_id, workspace.enterprise_id}:
            return workspace
        theirs = await self.services.installations.installed(Workspace(user_team))
        in_thread = self.services.parts.monitors.in_thread
        if theirs is None or await in_thread(workspace, self.actor.in_thread) is not None:
            return workspace
        return theirs


async def _reply(heard: _Heard) -> None:
    services, actor, workspace = heard.services, heard.actor, heard.workspace
    if heard.asked.is_ext_shared_channel:
        workspace = await heard.addressed()
    kind = await heard.kind_of(workspace)
    bot_user_id = await services.installations.bot_user_id(workspace)
    if kind is None or heard.event.parent_user_id not in {None, bot_user_id, SLACKBOT}:
        return
    asked = actor.asks_of(actor.in_thread, reply_to=actor.reply_to())
    request = replace(asked, workspace=workspace, is_reply=True)
    await services.parts.submit_intent(kind, request, intent_id=heard.asked.event_id)


async def _spoken_to(heard: _Heard) -> None:
    """Once for each message: Slack also announces one that was edited."""
    workspace, ts = heard.workspace, named(heard.event.ts, "message")
    is_command = await heard.kind_of(workspace) is not None
    await heard.services.parts.submit_intent(
        IntentKind.MENTIONED,
        MentionRequest(workspace, heard.actor.reply_to(), is_command),
        intent_id=f"mention:{workspace.team_id}:{heard.actor.in_channel}:{ts}",
    )


async def _message(heard: _Heard) -> None:
    """A direct message, or a reply in a thread, even if it is also sent to the channel."""
    ts, thread_ts = heard.event.ts, heard.event.thread_ts
    if is_direct(heard.raw):
        await _spoken_to(heard)
    elif thread_ts not in {None, ts} and not heard.raw.get("hidden") and _is_from_person(heard):
        await _reply(heard)


async def _mention(heard: _Heard) -> None:
    if _is_from_person(heard):
        await _spoken_to(heard)


def _is_from_person(heard: _Heard) -> bool:
    """Another app's mention isn't: two that answer each other never end."""
    subtypes = {None, "thread_broadcast", "file_share"}
    return heard.raw.get("bot_id") is None and heard.raw.get("subtype") in subtypes


async def _home(heard: _Heard) -> None:
    if heard.event.tab == "home":
        # What was searched for stays in its field, so the tab goes on to show what it found.
        look = replace(look_of(heard.event.view.private_metadata), at="")
        await ask_home(heard.services.parts.queue, heard.workspace, heard.actor.person, look=look)


async def _left(heard: _Heard) -> None:
    """Slack's door lets only those through that are deactivated."""
    request = PersonRequest(heard.workspace, heard.actor.person)
    kind = IntentKind.PERSON_LEFT
    await heard.services.parts.submit_intent(kind, request, intent_id=heard.asked.event_id)


async def _uninstalled(heard: _Heard) -> None:
    await heard.services.uninstall.uninstalled(heard.workspace, heard.at)


async def _revoked(heard: _Heard) -> None:
    users = frozenset(heard.event.tokens.bot)
    if users:
        await heard.services.uninstall.revoked(heard.workspace, heard.at, users=users)


async def _excluded(heard: _Heard) -> None:
    for workspace in heard.listed:
        await heard.services.uninstall.access_revoked(workspace, heard.at)


async def _included(heard: _Heard) -> None:
    for workspace in heard.listed:
        await heard.services.uninstall.access_granted(workspace, heard.at)


async def _opened(heard: _Heard) -> None:
    parts, channel = heard.services.parts, heard.actor.in_channel
    await channels.back(parts, heard.workspace, channel, event_id=heard.asked.event_id)


async def _joined(heard: _Heard) -> None:
    services, workspace = heard.services, heard.workspace
    if heard.actor.person == await services.installations.bot_user_id(workspace):
        await waiting.invited(services.parts, workspace, heard.actor.in_channel)
        await _opened(heard)


async def _renumbered(heard: _Heard) -> None:
    old = named(heard.event.old_channel_id, "channel")
    new = named(heard.event.new_channel_id, "channel")
    changed, kind = ChannelChanged(heard.workspace, old, new), IntentKind.CHANNEL_CHANGED
    await heard.services.parts.submit_intent(kind, changed, intent_id=heard.asked.event_id)


_EVENTS: Final[dict[str, Callable[[_Heard], Awaitable[None]]]] = {
    "message": _message,
    "app_mention": _mention,
    "app_home_opened": _home,
    "user_change": _left,
    "app_uninstalled": _uninstalled,
    "tokens_revoked": _revoked,
    "team_access_revoked": _excluded,
    "team_access_granted": _included,
    "channel_unarchive": _opened,
    "group_unarchive": _opened,
    "member_joined_channel": _joined,
    "channel_id_changed": _renumbered,
}


def register(app: ListenerRegistry, services: ListenerServices) -> None:
    for event, work in _EVENTS.items():
        app.event(event)(_heard(services, work))


def _heard(services: ListenerServices, work: Callable[[_Heard], Awaitable[None]]) -> Listener:
    async def listener(asked: Event, actor: Actor, event: dict[str, object]) -> None:
        await work(_Heard(services, actor, asked, event))

    return listener
