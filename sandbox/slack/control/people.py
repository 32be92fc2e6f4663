"""People in Slack: what they type, click, open."""

from starlette.routing import BaseRoute

from sandbox.slack import events
from sandbox.slack.block_kit.blocks import Placed, interactive_elements
from sandbox.slack.content import Content
from sandbox.slack.control.body import CONFLICT, NOT_FOUND, Body, control
from sandbox.slack.control.snapshot import message_state
from sandbox.slack.errors import ControlError, SlackError
from sandbox.slack.event_dispatcher import Sent
from sandbox.slack.interactions import (
    TypedCommand,
    interaction,
    message_container,
    new_trigger,
    send_command,
    view_container,
)
from sandbox.slack.model import Channel, Ephemeral, Message, Team, User, View
from sandbox.slack.platform import Platform
from sandbox.slack.posting import parent_of, store, store_ephemeral
from sandbox.slack.render import view_json
from sandbox.slack.responses import apply_answer
from sandbox.slack.typed_text import as_command_text, as_message_text
from sandbox.slack.wire import JsonObject, as_list, as_object, as_text, objects_in


def sent_json(sent: Sent, trigger_id: str | None = None) -> JsonObject:
    shown: JsonObject = {
        "status": sent.status,
        "answer": sent.answer,
        "seconds": round(sent.seconds, 4),
        "error": sent.reason,
    }
    return shown if trigger_id is None else shown | {"trigger_id": trigger_id}


class Acting:
    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._state = platform.state

    def routes(self) -> list[BaseRoute]:
        table = (
            ("POST", "/commands", self._command),
            ("POST", "/messages", self._message),
            ("POST", "/actions", self._action),
            ("POST", "/shortcuts", self._shortcut),
            ("POST", "/home", self._open_home),
            ("POST", "/raw", self._raw),
        )
        return [control(self._state, method, path, handle) for method, path, handle in table]

    # Typing

    async def _command(self, body: Body) -> JsonObject:
        team = self._installed_team(body)
        channel, user = body.channel(team.team_id), body.user(team.team_id)
        command, text = body.required("command"), body.text("text")
        if body.text("thread_ts"):
            raise ControlError(f"{command} is not supported in threads. Sorry!")
        if command not in self._platform.settings.commands:
            raise ControlError(f"{command} is not a valid command", status=NOT_FOUND)
        self._may_speak(channel, user)
        if not body.flag("raw"):
            text = as_command_text(text, team.team_id, self._state)
        typed = TypedCommand(command, text, channel, user)
        sent, trigger_id = await send_command(self._platform, body.base_url, typed)
        shown = sent_json(sent, trigger_id)
        problem = self._show_answer(channel, user, command, sent)
        return shown | {"answer_error": problem} if problem else shown

    def _show_answer(self, channel: Channel, user: User, command: str, sent: Sent) -> str | None:
        """What the person sees of the answer; the reason where Slack would not show it."""
        if not sent.delivered:
            late = sent.reason in {"http_timeout", "timeout"}
            code = "operation_timeout" if late else "dispatch_failed"
            text = f"{command} failed with the error “{code}”"
            store_ephemeral(self._platform, channel, user, Content(text, [], [], None))
            return code
        payload = as_object(sent.answer)
        if payload is None:
            if not sent.body.strip():
                return None
            payload = {"text": sent.body}
        try:
            apply_answer(self._platform, channel, user, payload)
        except SlackError as error:
            # An empty object is a plain acknowledgement.
            return None if not payload else " ".join([error.code, *error.messages])
        return None

    def _installed_team(self, body: Body) -> Team:
        team = body.team()
        if self._state.grant_for(team.team_id) is None:
            raise ControlError("the app is not installed in this workspace", status=CONFLICT)
        return team

    def _may_speak(self, channel: Channel, user: User) -> None:
        if user.id not in channel.members:
            raise ControlError("this user is not in this channel", status=CONFLICT)
        if channel.archived:
            raise ControlError("this channel is archived", status=CONFLICT)
        is_tab = channel.kind == "dm" and self._state.bot_is_member(channel)
        if is_tab and self._platform.settings.messages_tab_read_only:
            raise ControlError("sending messages to this app is turned off", status=CONFLICT)

    async def _message(self, body: Body) -> JsonObject:
        team = body.team()
        channel, user = body.channel(team.team_id), body.user(team.team_id)
        self._may_speak(channel, user)
        thread_ts, text = body.text("thread_ts") or None, body.required("text")
        if thread_ts and parent_of(self._platform, channel, thread_ts) is None:
            raise SlackError("cannot_reply_to_message")
        broadcast = body.flag("broadcast")
        with_file = body.flag("with_file")
        if broadcast and not thread_ts:
            raise ControlError("only a reply can be broadcast")
        message = Message(
            ts=self._state.next_ts(channel),
            channel_id=channel.id,
            team_id=team.team_id,
            text=text if body.flag("raw") else as_message_text(text, team.team_id, self._state),
            user=user.id,
            username=user.name,
            thread_ts=thread_ts,
            metadata=as_object(body.fields.get("metadata")),
            subtype="thread_broadcast" if broadcast else "file_share" if with_file else None,
        )
        status = await events.status_of(store(self._platform, channel, message))
        return message_state(message, self._state) | {"delivered": status}

    # Clicking

    async def _action(self, body: Body) -> JsonObject:
        team = body.team()
        user = body.user(team.team_id)
        view: View | None = None
        if body.text("view_id"):
            view = self._state.view(body.text("view_id"))
            if view is None or view.team_id != team.team_id or view.user != user.id:
                raise ControlError("no such view of this user", status=NOT_FOUND)
            blocks, around = (
                objects_in(view.content["blocks"]),
                view_container(self._platform, view),
            )
        else:
            channel = body.channel(team.team_id)
            source = self._source(channel, user, body.required("message_ts"))
            blocks = source.blocks
            around = message_container(self._platform, body.base_url, channel, user, source)
        placed = _find_element(blocks, body)
        trigger_id = new_trigger(
            self._platform, team.team_id, user.id, view_id=view.id if view else None
        )
        payload = interaction(self._platform, "block_actions", team, user, in_view=view is not None)
        payload |= around
        payload |= {"trigger_id": trigger_id, "actions": [self._used(placed, body)]}
        if view is not None:
            _remember_choice(view, placed, payload["actions"][0])
            payload["view"] = view_json(view, self._platform)
        return sent_json(await self._platform.dispatcher.send_payload(payload), trigger_id)

    def _source(self, channel: Channel, user: User, ts: str) -> Message | Ephemeral:
        ephemeral = self._state.ephemerals.get(ts)
        if ephemeral is not None and (ephemeral.channel_id, ephemeral.user) == (
            channel.id,
            user.id,
        ):
            return ephemeral
        message = self._state.message(channel.id, ts)
        if message is None:
            raise ControlError("no such message", status=NOT_FOUND)
        if channel.kind != "public" and user.id not in channel.members:
            raise ControlError("this user is not in this channel", status=CONFLICT)
        return message

    def _used(self, placed: Placed, body: Body) -> JsonObject:
        element = placed.element
        action: JsonObject = {
            "action_id": element["action_id"],
            "block_id": placed.block["block_id"],
            "type": element["type"],
            "action_ts": f"{self._platform.clock.wall():.6f}",
        }
        for name in ("text", "value", "style", "url"):
            if element["type"] == "button" and name in element:
                action[name] = element[name]
        if "value" in body.fields:
            action["value"] = body.fields["value"]
        for name, chosen in body.fields.items():
            if name == "selected_option":
                action[name] = _offered_option(element, chosen)
            elif name == "selected_options":
                action[name] = [_offered_option(element, each) for each in as_list(chosen) or []]
            elif name.startswith("selected_"):
                action[name] = chosen
        return action

    # Opening

    async def _shortcut(self, body: Body) -> JsonObject:
        team = self._installed_team(body)
        user, on_message = body.user(team.team_id), "message_ts" in body.fields
        trigger_id = new_trigger(self._platform, team.team_id, user.id)
        kind = "message_action" if on_message else "shortcut"
        payload = interaction(self._platform, kind, team, user) | {
            "callback_id": body.required("callback_id"),
            "trigger_id": trigger_id,
            "action_ts": f"{self._platform.clock.wall():.6f}",
        }
        if on_message:
            channel = body.channel(team.team_id)
            source = self._source(channel, user, body.required("message_ts"))
            around = message_container(self._platform, body.base_url, channel, user, source)
            payload |= {name: around[name] for name in ("channel", "response_url", "message")}
            payload["message_ts"] = body.required("message_ts")
        return sent_json(await self._platform.dispatcher.send_payload(payload), trigger_id)

    async def _open_home(self, body: Body) -> JsonObject:
        team = self._installed_team(body)
        user = body.user(team.team_id)
        self._state.home_teams[user.id] = team.team_id
        known = self._state.homes.get(user.id)
        is_shown = known is not None and known.team_id == team.team_id
        shown = view_json(known, self._platform) if known and is_shown else None
        attempt = events.home_opened(self._platform, team.team_id, user, shown)
        return {"delivered": await events.status_of(attempt)}

    async def _raw(self, body: Body) -> JsonObject:
        """Any bytes, signed or not, as from Slack or from someone who only says so."""
        content = body.text("body").encode()
        given = as_object(body.fields.get("headers")) or {}
        headers = {"Content-Type": "application/json"} | {
            name: as_text(value) for name, value in given.items()
        }
        if body.flag("sign", default=True):
            offset = body.integer("timestamp_offset")
            headers = self._platform.dispatcher.sign(content, timestamp_offset=offset) | headers
        return sent_json(await self._platform.dispatcher.send(content, headers))


def _find_element(blocks: list[JsonObject], body: Body) -> Placed:
    """In that block; or the only one, for a block has another id once its message was redrawn."""
    action_id, block_id = body.required("action_id"), body.text("block_id")
    named = [
        placed
        for placed in interactive_elements(blocks)
        if placed.element.get("action_id") == action_id
    ]
    for placed in named:
        if not block_id or placed.block.get("block_id") == block_id:
            return placed
    if len(named) == 1:
        return named[0]
    raise ControlError(f"there is no element with action_id {action_id} here", status=NOT_FOUND)


def _offered_option(element: JsonObject, chosen: object) -> JsonObject:
    """The element's own option, named by its value or given whole."""
    given = as_object(chosen)
    value = given.get("value") if given is not None else chosen
    groups = objects_in(element.get("option_groups"))
    offered = objects_in(element.get("options"))
    offered += [option for group in groups for option in objects_in(group.get("options"))]
    for option in offered:
        if option.get("value") == value:
            return option
    raise ControlError(f"the element does not offer {value!r}", status=NOT_FOUND)


def _remember_choice(view: View, placed: Placed, action: JsonObject) -> None:
    chosen = {
        name: value
        for name, value in action.items()
        if name.startswith("selected_") or (name == "value" and action["type"] != "button")
    }
    held = view.values.get(placed.block["block_id"], {}).get(placed.element["action_id"])
    if held is not None:
        held.update(chosen)
