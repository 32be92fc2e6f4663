"""What people set off: triggers, response URLs, and the payloads that carry them to the app."""

from dataclasses import dataclass

from sandbox.slack.event_dispatcher import Sent
from sandbox.slack.model import Channel, Ephemeral, Message, ResponseUrl, Team, Trigger, User, View
from sandbox.slack.platform import Platform
from sandbox.slack.render import command_channel_name, enterprise_json, message_json, view_json
from sandbox.slack.wire import JsonObject


def new_trigger(
    platform: Platform, team_id: str, user_id: str, *, view_id: str | None = None
) -> str:
    """Good for one modal, and for three seconds of real time."""
    state = platform.state
    trigger = Trigger(
        id=f"{state.new_secret(length=13)}.{team_id[1:]}.{state.new_secret(length=32).lower()}",
        team_id=team_id,
        user=user_id,
        expires_at=platform.clock.wall() + platform.settings.trigger_seconds,
        view_id=view_id,
    )
    state.triggers[trigger.id] = trigger
    return trigger.id


def new_response_url(
    platform: Platform, base_url: str, channel: Channel, user_id: str, *, message_ts: str | None
) -> str:
    target = ResponseUrl(
        id=platform.state.new_secret(),
        team_id=channel.team_id,
        channel_id=channel.id,
        user=user_id,
        expires_at=platform.clock.time() + platform.settings.response_url_seconds,
        uses_left=platform.settings.response_url_uses,
        message_ts=message_ts,
    )
    platform.state.response_urls[target.id] = target
    return f"{base_url.rstrip('/')}/slack/response/{target.id}"


@dataclass(frozen=True, slots=True)
class TypedCommand:
    command: str
    text: str
    channel: Channel
    user: User


async def send_command(platform: Platform, base_url: str, typed: TypedCommand) -> tuple[Sent, str]:
    """Run a slash command; returns the app's answer and the trigger_id."""
    channel, user = typed.channel, typed.user
    team = platform.state.teams[channel.team_id]
    trigger_id = new_trigger(platform, team.team_id, user.id)
    fields: JsonObject = {
        "token": platform.settings.verification_token,
        "team_id": team.team_id,
        "team_domain": team.domain,
    }
    if team.enterprise_id:
        fields |= {"enterprise_id": team.enterprise_id, "enterprise_name": team.enterprise_id}
    fields |= {
        "channel_id": channel.id,
        "channel_name": command_channel_name(channel),
        "user_id": user.id,
        "user_name": user.name,
        "command": typed.command,
        "text": typed.text,
        "api_app_id": platform.settings.app_id,
        "is_enterprise_install": "true" if _org_wide(platform, team) else "false",
        "response_url": new_response_url(platform, base_url, channel, user.id, message_ts=None),
        "trigger_id": trigger_id,
    }
    return await platform.dispatcher.send_form(fields), trigger_id


def _org_wide(platform: Platform, team: Team) -> bool:
    grant = platform.state.grant_for(team.team_id)
    return grant is not None and grant.is_enterprise


def interaction(
    platform: Platform, kind: str, team: Team, user: User, *, in_view: bool = False
) -> JsonObject:
    """The fields every interaction payload has.

    In a view of an organisation-wide installation Slack leaves `team` empty: the view names it.
    """
    domain: JsonObject = {"id": team.team_id, "domain": team.domain}
    if team.enterprise_id:
        domain |= {"enterprise_id": team.enterprise_id, "enterprise_name": team.enterprise_id}
    return {
        "type": kind,
        "team": None if in_view and _org_wide(platform, team) else domain,
        "user": {
            "id": user.id,
            "username": user.name,
            "name": user.name,
            "team_id": user.team_id,
        },
        "api_app_id": platform.settings.app_id,
        "token": platform.settings.verification_token,
        "enterprise": enterprise_json(team.enterprise_id),
        "is_enterprise_install": _org_wide(platform, team),
    }


def message_container(
    platform: Platform, base_url: str, channel: Channel, user: User, source: Message | Ephemeral
) -> JsonObject:
    """Where a used element sits: a message everyone sees, or one person's own."""
    ephemeral = isinstance(source, Ephemeral)
    ts = source.id if isinstance(source, Ephemeral) else source.ts
    container: JsonObject = {
        "type": "message",
        "message_ts": ts,
        "channel_id": channel.id,
        "is_ephemeral": ephemeral,
    }
    if source.thread_ts:
        container["thread_ts"] = source.thread_ts
    payload: JsonObject = {
        "container": container,
        "channel": {"id": channel.id, "name": command_channel_name(channel)},
        "state": {"values": {}},
        "response_url": new_response_url(platform, base_url, channel, user.id, message_ts=ts),
    }
    if isinstance(source, Message):
        payload["message"] = message_json(source, platform)
    return payload


def view_container(platform: Platform, view: View) -> JsonObject:
    return {
        "container": {"type": "view", "view_id": view.id},
        "view": view_json(view, platform),
    }
