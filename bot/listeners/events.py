"""What people say in threads and to the app, the Home tab, changes to channels, uninstalls."""

from dataclasses import replace
from datetime import UTC, datetime

from bot.listeners.services import ListenerRegistry, ListenerServices
from bot.slack.actor import Actor
from bot.slack.door import SLACKBOT, is_direct
from bot.slack.payloads import (
    AccessEvent,
    ChannelRenumbered,
    Event,
    EventEnvelope,
    HomeEvent,
    ReplyEvent,
    RevokedEvent,
    SpokenEvent,
)
from monitors.blocks.home import look_of
from monitors.model.command import parse_reply
from monitors.model.intent import IntentKind
from monitors.model.requests import ChannelChanged, MentionRequest, PersonRequest
from monitors.model.workspace import Workspace
from monitors.watching import channels, waiting
from monitors.watching.ask_show import ask_home


def register(app: ListenerRegistry, services: ListenerServices) -> None:
    _register_words(app, services)
    _register_home(app, services)
    _register_end(app, services)
    _register_channels(app, services)

    async def ignore() -> None:
        """Acknowledges an event that doesn't concern the app."""

    app.event("message")(ignore)
    app.event("app_mention")(ignore)


def _register_words(app: ListenerRegistry, services: ListenerServices) -> None:
    async def reply(body: dict[str, object], actor: Actor) -> None:
        envelope = EventEnvelope[ReplyEvent].model_validate(body)
        event, workspace = envelope.event, actor.workspace
        if envelope.is_ext_shared_channel:
            workspace = await _addressed(services, actor)
        kind = await _asked_in(services, workspace, event.text)
        bot_user_id = await services.installations.bot_user_id(workspace)
        if kind is None or event.parent_user_id not in {None, bot_user_id, SLACKBOT}:
            return
        asked = actor.asks_of(actor.in_thread, reply_to=actor.reply_to())
        request = replace(asked, workspace=workspace, is_reply=True)
        await services.submit_intent(kind, request, intent_id=envelope.event_id)

    async def spoken_to(body: dict[str, object], actor: Actor) -> None:
        """Once for each message: Slack also announces one that was edited."""
        event, workspace = EventEnvelope[SpokenEvent].model_validate(body).event, actor.workspace
        is_command = await _asked_in(services, workspace, event.text) is not None
        await services.submit_intent(
            IntentKind.MENTIONED,
            MentionRequest(workspace, actor.reply_to(), is_command),
            intent_id=f"mention:{workspace.team_id}:{actor.in_channel}:{event.ts}",
        )

    app.event("message", matchers=[is_reply])(reply)
    app.event("app_mention", matchers=[is_from_person])(spoken_to)
    app.event("message", matchers=[is_direct_message])(spoken_to)


async def _asked_in(
    services: ListenerServices, workspace: Workspace, text: str
) -> IntentKind | None:
    """None for ordinary conversation."""
    bot_user_id = await services.installations.bot_user_id(workspace)
    bot_id = await services.installations.bot_id(workspace)
    return parse_reply(text, bot_user_id=bot_user_id, bot_id=bot_id)


async def _addressed(services: ListenerServices, actor: Actor) -> Workspace:
    """The workspace whose monitor is meant, in a channel shared with another company.

    Slack names one company's installation, which may not be the person's own: theirs is meant where
    the thread holds no monitor of the named one.
    """
    workspace, user_team = actor.workspace, actor.user_team
    if user_team is None or user_team in {workspace.team_id, workspace.enterprise_id}:
        return workspace
    theirs = await services.installations.installed(Workspace(user_team))
    in_thread = services.parts.monitors.in_thread
    if theirs is None or await in_thread(workspace, actor.in_thread) is not None:
        return workspace
    return theirs


async def is_reply(event: dict[str, object]) -> bool:
    """True for a person's reply in a thread, even if it is also sent to the channel."""
    ts, thread_ts = event.get("ts"), event.get("thread_ts")
    return thread_ts not in {None, ts} and not event.get("hidden") and await is_from_person(event)


async def is_from_person(event: dict[str, object]) -> bool:
    """Another app's mention isn't: two that answer each other never end."""
    subtypes = {None, "thread_broadcast", "file_share"}
    return "bot_id" not in event and event.get("subtype") in subtypes


async def is_direct_message(event: dict[str, object]) -> bool:
    return is_direct(event)


def _register_home(app: ListenerRegistry, services: ListenerServices) -> None:
    async def home(body: dict[str, object], actor: Actor) -> None:
        event = EventEnvelope[HomeEvent].model_validate(body).event
        if event.tab == "home":
            # What was searched for stays in its field, so the tab goes on to show what it found.
            look = replace(look_of(event.view.private_metadata), at="")
            await ask_home(services.queue, actor.workspace, actor.person, look=look)

    app.event("app_home_opened")(home)

    async def left(body: dict[str, object], actor: Actor) -> None:
        """Slack's door lets only those through that are deactivated."""
        await services.submit_intent(
            IntentKind.PERSON_LEFT,
            PersonRequest(actor.workspace, actor.person),
            intent_id=EventEnvelope[Event].model_validate(body).event_id,
        )

    app.event("user_change")(left)


def _register_end(app: ListenerRegistry, services: ListenerServices) -> None:
    async def uninstalled(body: dict[str, object], actor: Actor) -> None:
        await services.uninstall.uninstalled(actor.workspace, _at(body))

    async def revoked(body: dict[str, object], actor: Actor) -> None:
        users = frozenset(EventEnvelope[RevokedEvent].model_validate(body).event.tokens.bot)
        if users:
            await services.uninstall.revoked(actor.workspace, _at(body), users=users)

    async def excluded(body: dict[str, object], actor: Actor) -> None:
        for workspace in _listed(body, actor):
            await services.uninstall.access_revoked(workspace, _at(body))

    async def included(body: dict[str, object], actor: Actor) -> None:
        for workspace in _listed(body, actor):
            await services.uninstall.access_granted(workspace, _at(body))

    app.event("app_uninstalled")(uninstalled)
    app.event("tokens_revoked")(revoked)
    app.event("team_access_revoked")(excluded)
    app.event("team_access_granted")(included)


def _register_channels(app: ListenerRegistry, services: ListenerServices) -> None:
    async def opened(body: dict[str, object], actor: Actor) -> None:
        event_id = EventEnvelope[Event].model_validate(body).event_id
        await channels.back(services.parts, actor.workspace, actor.in_channel, event_id=event_id)

    async def joined(body: dict[str, object], actor: Actor) -> None:
        if actor.person == await services.installations.bot_user_id(actor.workspace):
            await waiting.invited(services.parts, actor.workspace, actor.in_channel)
            await opened(body, actor)

    async def renumbered(body: dict[str, object], actor: Actor) -> None:
        envelope, workspace = EventEnvelope[ChannelRenumbered].model_validate(body), actor.workspace
        event = envelope.event
        changed = ChannelChanged(workspace, event.old_channel_id, event.new_channel_id)
        kind = IntentKind.CHANNEL_CHANGED
        await services.submit_intent(kind, changed, intent_id=envelope.event_id)

    app.event("channel_unarchive")(opened)
    app.event("group_unarchive")(opened)
    app.event("member_joined_channel")(joined)
    app.event("channel_id_changed")(renumbered)


def _listed(body: dict[str, object], actor: Actor) -> list[Workspace]:
    """The workspaces that an organisation's event is about."""
    enterprise_id = actor.workspace.enterprise_id
    team_ids = (
        EventEnvelope[AccessEvent].model_validate(body).event.team_ids if enterprise_id else []
    )
    return [Workspace(team_id, enterprise_id) for team_id in team_ids]


def _at(body: dict[str, object]) -> datetime:
    return datetime.fromtimestamp(EventEnvelope[Event].model_validate(body).event_time, UTC)
