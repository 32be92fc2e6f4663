"""Arranging the world: the app's addresses, workspaces, people, channels, installations."""

import json
from dataclasses import asdict

from pydantic import TypeAdapter, ValidationError
from starlette.routing import BaseRoute

from sandbox.slack import events
from sandbox.slack.control.body import CONFLICT, NOT_FOUND, UNPROCESSABLE, Body, control
from sandbox.slack.control.snapshot import channel_state, team_state, user_state
from sandbox.slack.errors import ControlError
from sandbox.slack.model import Channel, Consent, Team
from sandbox.slack.platform import Platform
from sandbox.slack.posting import remove
from sandbox.slack.seed import seed_demo
from sandbox.slack.settings import SlackSettings
from sandbox.slack.token_issue import exclude, grant_answer, include, install, uninstall
from sandbox.slack.wire import JsonObject, as_object

_SETTINGS = TypeAdapter(SlackSettings)
_KINDS = ("public", "private", "dm", "mpim")


class Arranging:
    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._state = platform.state

    def routes(self) -> list[BaseRoute]:
        table = (
            ("POST", "/configure", self._configure),
            ("PATCH", "/settings", self._change_settings),
            ("POST", "/teams", self._add_team),
            ("POST", "/users", self._add_user),
            ("PATCH", "/users/{id}", self._change_user),
            ("POST", "/channels", self._add_channel),
            ("PATCH", "/channels/{id}", self._change_channel),
            ("DELETE", "/messages/{channel}/{ts}", self._delete_message),
            ("POST", "/tokens", self._grant_token),
            ("POST", "/uninstall", self._uninstall),
            ("POST", "/access", self._change_access),
            ("POST", "/reset", self._reset),
        )
        return [control(self._state, method, path, handle) for method, path, handle in table]

    async def _configure(self, body: Body) -> JsonObject:
        """Set the app's addresses; its Request URL is challenged as Slack's settings page does."""
        allowed = {"request_url", "redirect_url", "install_url", "commands", "events", "manifest"}
        unknown = set(body.fields) - allowed
        if unknown:
            raise ControlError(f"unknown fields: {', '.join(sorted(unknown))}")
        body.required("request_url")
        changed = change_settings(self._platform.settings, body.fields)
        self._platform.stream.changed("teams")
        return {"configured": changed, "url_verification": await self._challenge()}

    async def _challenge(self) -> JsonObject:
        challenge = self._state.new_secret(length=40)
        payload: JsonObject = {
            "token": self._platform.settings.verification_token,
            "challenge": challenge,
            "type": "url_verification",
        }
        sent = await self._platform.dispatcher.send_json(payload)
        answered = as_object(sent.answer) or {}
        told = answered.get("challenge") == challenge or sent.answer == challenge
        passed = sent.delivered and told
        error = None if passed else sent.reason or "challenge_failed"
        return {"ok": passed, "status": sent.status, "error": error}

    async def _change_settings(self, body: Body) -> JsonObject:
        return change_settings(self._platform.settings, body.fields)

    async def _add_team(self, body: Body) -> JsonObject:
        team_id = body.text("team_id")
        if team_id in self._state.teams:
            raise ControlError("this team_id is taken", status=CONFLICT)
        if team_id and not team_id.startswith("T"):
            raise ControlError("a team_id starts with T")
        enterprise_id = body.text("enterprise_id") or None
        name = body.required("name")
        team = self._state.add_team(name, team_id=team_id, enterprise_id=enterprise_id)
        self._platform.stream.changed("teams")
        return team_state(team, self._state)

    async def _add_user(self, body: Body) -> JsonObject:
        user = self._state.add_user(
            body.team().team_id,
            body.required("name"),
            real_name=body.text("real_name"),
            admin=body.flag("is_admin"),
        )
        self._platform.stream.changed("teams")
        return user_state(user)

    async def _change_user(self, body: Body) -> JsonObject:
        user = self._state.users.get(body.path["id"])
        if user is None:
            raise ControlError("no such user", status=NOT_FOUND)
        if "is_admin" in body.fields:
            user.is_admin = body.flag("is_admin")
        if "also_in" in body.fields:
            user.also_in = list(body.texts("also_in"))
        if "is_restricted" in body.fields:
            user.is_restricted = body.flag("is_restricted")
        if "tz" in body.fields:
            user.tz = body.required("tz")
        if "name" in body.fields:
            user.name = body.required("name")
        if "deleted" in body.fields:
            user.deleted = body.flag("deleted")
        self._platform.stream.changed("teams")
        events.user_changed(self._platform, user)
        return user_state(user)

    async def _add_channel(self, body: Body) -> JsonObject:
        team, kind = body.team(), body.text("kind", "public")
        if kind not in _KINDS:
            raise ControlError(f"kind is one of {', '.join(_KINDS)}")
        members = list(body.texts("members")) if "members" in body.fields else []
        for member in members:
            user = self._state.users.get(member)
            is_known = user is not None and self._state.belongs(user, team.team_id)
            if not is_known and not (user and body.flag("shared")):
                raise ControlError(f"no such user in this team: {member}", status=NOT_FOUND)
        name = body.text("name") if kind == "dm" else body.required("name")
        made = self._state.add_channel(
            team.team_id, name, kind, members=members, channel_id=body.text("id")
        )
        self._platform.stream.changed("teams")
        return channel_state(made)

    async def _change_channel(self, body: Body) -> JsonObject:
        channel = self._state.channels.get(body.path["id"])
        if channel is None:
            raise ControlError("no such channel", status=NOT_FOUND)
        if "archived" in body.fields:
            self._archive(channel, archived=body.flag("archived"))
        if "bot_member" in body.fields:
            self._set_bot_member(channel, member=body.flag("bot_member"))
        if body.text("left") in channel.members:
            channel.members.remove(body.text("left"))
        if body.flag("new_id"):
            channel = self._give_new_id(channel)
        self._platform.stream.changed("teams")
        return channel_state(channel)

    def _archive(self, channel: Channel, *, archived: bool) -> None:
        if channel.archived == archived:
            return
        channel.archived = archived
        kind = "channel" if channel.kind == "public" else "group"
        happened = f"{kind}_{'archive' if archived else 'unarchive'}"
        about: JsonObject = {"type": happened, "channel": channel.id}
        if channel.members:
            about["user"] = channel.members[0]
        if channel.kind == "public" or self._state.bot_is_member(channel):
            events.channel_event(self._platform, channel, about)

    def _set_bot_member(self, channel: Channel, *, member: bool) -> None:
        bot = self._state.bot_user(channel.team_id)
        if bot is None:
            raise ControlError("the app was never installed here", status=CONFLICT)
        if member and bot.id not in channel.members:
            channel.members.append(bot.id)
            events.bot_joined(self._platform, channel, bot)
        elif not member and bot.id in channel.members:
            channel.members.remove(bot.id)
            events.bot_left(self._platform, channel, bot)

    def _give_new_id(self, channel: Channel) -> Channel:
        """As when a channel is shared or a private one converted: the old id is gone."""
        old = channel.id
        channel.id = self._state.new_id(old[0])
        del self._state.channels[old]
        self._state.channels[channel.id] = channel
        messages = self._state.messages.pop(old)
        for message in messages.values():
            message.channel_id = channel.id
        self._state.messages[channel.id] = messages
        event: JsonObject = {
            "type": "channel_id_changed",
            "old_channel_id": old,
            "new_channel_id": channel.id,
        }
        events.channel_event(self._platform, channel, event)
        return channel

    async def _delete_message(self, body: Body) -> JsonObject:
        channel = self._state.channels.get(body.path["channel"])
        message = self._state.message(body.path["channel"], body.path["ts"])
        if channel is None or message is None:
            raise ControlError("no such message", status=NOT_FOUND)
        remove(self._platform, channel, message)
        return {"deleted": message.ts}

    async def _grant_token(self, body: Body) -> JsonObject:
        """Install without a browser; answers as oauth.v2.access does."""
        team = body.team()
        scopes = body.texts("scopes") if "scopes" in body.fields else self._platform.settings.scopes
        enterprise_wide = body.flag("enterprise_wide")
        if enterprise_wide and not team.enterprise_id:
            raise ControlError("this team is in no enterprise", status=CONFLICT)
        installer = body.text("user") or self._some_admin(team)
        consent = Consent(team.team_id, installer, scopes, enterprise_wide=enterprise_wide)
        grant = install(self._platform, consent)
        return grant_answer(self._platform, grant, team.team_id)

    def _some_admin(self, team: Team) -> str:
        people = [user for user in self._state.users.values() if user.team_id == team.team_id]
        admins = [user.id for user in people if user.is_admin]
        return admins[0] if admins else "U0NOBODY00"

    async def _uninstall(self, body: Body) -> JsonObject:
        team = body.team()
        grant = self._state.grant_for(team.team_id)
        if grant is None:
            raise ControlError("not installed", status=CONFLICT)
        uninstall(self._platform, grant)
        return {"uninstalled": team.team_id, "is_enterprise_install": grant.is_enterprise}

    async def _change_access(self, body: Body) -> JsonObject:
        """Whether an organisation's app is in one of its workspaces (`granted`)."""
        team = body.team()
        grant = self._state.organisation_grant(team)
        if grant is None:
            raise ControlError("not installed for the organisation", status=CONFLICT)
        change = include if body.flag("granted") else exclude
        change(self._platform, grant, team.team_id)
        return {"team_id": team.team_id, "granted": self._state.serves(grant, team.team_id)}

    async def _reset(self, body: Body) -> JsonObject:
        """Back to the beginning (`"empty": true`: to nothing at all); addresses stay."""
        installed = body.flag("installed", default=self._state.demo_installed or False)
        was_seeded = self._state.demo_installed is not None or "installed" in body.fields
        await self._platform.scheduler.clear()
        self._state.clear()
        self._platform.limits.clear()
        self._platform.faults.clear()
        if was_seeded and not body.flag("empty"):
            seed_demo(self._platform, installed=installed)
        for kind in ("teams", "messages", "ephemerals", "homes", "modals"):
            self._platform.stream.changed(kind)
        return {"reset": True}


def change_settings(settings: SlackSettings, changes: JsonObject) -> JsonObject:
    """Apply `changes` if each has its setting's type; answers with the new values."""
    known = asdict(settings)
    for name in changes:
        if name not in known:
            raise ControlError(f"no such setting: {name}", status=NOT_FOUND)
    try:
        changed = _SETTINGS.validate_json(json.dumps(known | changes), strict=True)
    except ValidationError as error:
        name = error.errors()[0]["loc"][0]
        raise ControlError(f"{name} has the wrong type", status=UNPROCESSABLE) from error
    for name in changes:
        setattr(settings, name, getattr(changed, name))
    return {name: getattr(changed, name) for name in changes}
