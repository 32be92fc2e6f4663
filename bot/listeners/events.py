"""Thread replies, the Home tab, changes to channels, and uninstalls."""

from datetime import UTC, datetime
from typing import Final

from bot.listeners.services import ListenerRegistry, ListenerServices
from bot.slack.payloads import (
    AccessEnvelope,
    ChannelEnvelope,
    EventEnvelope,
    HomeEnvelope,
    JoinedEnvelope,
    MessageEnvelope,
    RenumberedEnvelope,
    RevokedEnvelope,
)
from monitors.accounts.home import ask_home
from monitors.model.command import ReplyCommand, parse_reply
from monitors.model.intent import IN_THREAD
from monitors.model.requests import ReplyTo, ThreadRequest
from monitors.model.workspace import ThreadRef, Workspace

# Whom Slack names as the author of a first message that was deleted.
DELETED_PARENT: Final = "USLACKBOT"
REPLIES: Final = {ReplyCommand[kind.name]: kind for kind in IN_THREAD}


def register(app: ListenerRegistry, services: ListenerServices) -> None:
    _register_replies(app, services)
    _register_home(app, services)
    _register_end(app, services)
    _register_channels(app, services)

    async def ignore() -> None:
        """Acknowledges an event that doesn't concern the app."""

    app.event("message")(ignore)


def _register_replies(app: ListenerRegistry, services: ListenerServices) -> None:
    async def reply(body: dict[str, object]) -> None:
        envelope = MessageEnvelope.model_validate(body)
        event, workspace, user_team = envelope.event, envelope.workspace, envelope.user_team
        bot_user_id = await services.bot_user_id(workspace)
        if user_team not in {None, workspace.team_id}:
            # Slack names one company's installation, which may not be this person's.
            mine = Workspace(user_team or "")
            if (my_bot := await services.bot_user_id(mine)) is not None:
                workspace, bot_user_id = mine, my_bot
        command = parse_reply(event.text, bot_user_id=bot_user_id)
        kind = REPLIES.get(command) if command else None
        if kind is None or event.parent_user_id not in {None, bot_user_id, DELETED_PARENT}:
            return
        request = ThreadRequest(
            workspace=workspace,
            thread=ThreadRef(event.channel, event.thread_ts),
            reply_to=ReplyTo(event.channel, event.user, thread_ts=event.thread_ts),
            is_reply=True,
            user_team=user_team,
        )
        await services.submit_intent(
            workspace, intent_id=envelope.event_id, kind=kind, request=request
        )

    app.event("message", matchers=[is_reply])(reply)


async def is_reply(event: dict[str, object]) -> bool:
    """True for a person's reply in a thread, even if it is also sent to the channel."""
    thread_ts = event.get("thread_ts")
    return (
        thread_ts is not None
        and thread_ts != event.get("ts")
        and event.get("subtype") in {None, "thread_broadcast", "file_share"}
        and "bot_id" not in event
        and not event.get("hidden")
    )


def _register_home(app: ListenerRegistry, services: ListenerServices) -> None:
    async def home(body: dict[str, object]) -> None:
        envelope = HomeEnvelope.model_validate(body)
        if envelope.event.tab != "home":
            return
        await ask_home(services.queue, envelope.workspace, envelope.event.user)

    app.event("app_home_opened")(home)


def _register_end(app: ListenerRegistry, services: ListenerServices) -> None:
    async def uninstalled(body: dict[str, object]) -> None:
        envelope = EventEnvelope.model_validate(body)
        await services.uninstall.uninstalled(envelope.place, _at(envelope))

    async def revoked(body: dict[str, object]) -> None:
        envelope = RevokedEnvelope.model_validate(body)
        users = frozenset(envelope.event.tokens.bot)
        if users:
            await services.uninstall.revoked(envelope.place, _at(envelope), users=users)

    async def excluded(body: dict[str, object]) -> None:
        envelope = AccessEnvelope.model_validate(body)
        for workspace in envelope.workspaces:
            await services.uninstall.access_revoked(workspace, _at(envelope))

    async def included(body: dict[str, object]) -> None:
        envelope = AccessEnvelope.model_validate(body)
        for workspace in envelope.workspaces:
            await services.uninstall.access_granted(workspace, _at(envelope))

    app.event("app_uninstalled")(uninstalled)
    app.event("tokens_revoked")(revoked)
    app.event("team_access_revoked")(excluded)
    app.event("team_access_granted")(included)


def _register_channels(app: ListenerRegistry, services: ListenerServices) -> None:
    async def opened(body: dict[str, object]) -> None:
        envelope = ChannelEnvelope.model_validate(body)
        workspace, event_id = envelope.workspace, envelope.event_id
        await services.channels.back(workspace, envelope.event.channel, event_id=event_id)

    async def joined(body: dict[str, object]) -> None:
        envelope = JoinedEnvelope.model_validate(body)
        workspace, event_id = envelope.workspace, envelope.event_id
        if envelope.event.user == await services.bot_user_id(workspace):
            await services.channels.back(workspace, envelope.event.channel, event_id=event_id)

    async def renumbered(body: dict[str, object]) -> None:
        envelope = RenumberedEnvelope.model_validate(body)
        event = envelope.event
        await services.channels.changed(
            envelope.workspace,
            old=event.old_channel_id,
            new=event.new_channel_id,
            event_id=envelope.event_id,
        )

    app.event("channel_unarchive")(opened)
    app.event("group_unarchive")(opened)
    app.event("member_joined_channel")(joined)
    app.event("channel_id_changed")(renumbered)


def _at(envelope: EventEnvelope) -> datetime:
    return datetime.fromtimestamp(envelope.event_time, UTC)
