"""People in modals: submitting and closing them."""

from starlette.routing import BaseRoute

from sandbox.slack.block_kit.blocks import interactive_elements
from sandbox.slack.control.body import NOT_FOUND, UNPROCESSABLE, Body, control
from sandbox.slack.control.people import sent_json
from sandbox.slack.errors import ControlError, SlackError
from sandbox.slack.interactions import interaction, new_response_url, new_trigger
from sandbox.slack.model import Team, User, View
from sandbox.slack.platform import Platform
from sandbox.slack.render import view_json
from sandbox.slack.view_rules import close_view, open_view, read_view, replace_view
from sandbox.slack.wire import JsonObject, as_object, as_text, objects_in


class UsingModals:
    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._state = platform.state

    def routes(self) -> list[BaseRoute]:
        return [
            control(self._state, "POST", "/views/{id}/submit", self._submit),
            control(self._state, "POST", "/views/{id}/close", self._close),
        ]

    async def _submit(self, body: Body) -> JsonObject:
        view, team, user = self._modal(body)
        if "submit" not in view.content:
            raise ControlError("this modal has no submit button", status=UNPROCESSABLE)
        _type_in(view, as_object(body.fields.get("values", {})))
        _nothing_required_is_empty(view)
        trigger_id = new_trigger(self._platform, team.team_id, user.id, view_id=view.id)
        payload = interaction(self._platform, "view_submission", team, user, in_view=True) | {
            "trigger_id": trigger_id,
            "view": view_json(view, self._platform),
            "response_urls": self._response_urls(view, user, body.base_url),
        }
        sent = await self._platform.dispatcher.send_payload(payload)
        shown = sent_json(sent, trigger_id)
        if not sent.delivered:
            return shown
        answer = as_object(sent.answer) or {}
        shown |= {"response_action": answer.get("response_action")}
        try:
            shown["view_id"] = self._obey(view, answer)
        except SlackError as error:
            shown["answer_error"] = " ".join([error.code, *error.messages])
        return shown

    def _modal(self, body: Body) -> tuple[View, Team, User]:
        view = self._state.modals.get(body.path["id"])
        user = self._state.users.get(body.text("user") or (view.user if view else ""))
        if view is None or user is None or view.user != user.id:
            raise ControlError("no such modal of this user", status=NOT_FOUND)
        return view, self._state.teams[view.team_id], user

    def _response_urls(self, view: View, user: User, base_url: str) -> list[JsonObject]:
        """One for each channel chosen in an input that asked for it."""
        urls: list[JsonObject] = []
        for placed in interactive_elements(objects_in(view.content["blocks"])):
            if placed.element.get("response_url_enabled") is not True:
                continue
            block_id, action_id = placed.block["block_id"], placed.element["action_id"]
            held: JsonObject = view.values[block_id][action_id]
            chosen = held.get("selected_conversation") or held.get("selected_channel")
            channel = self._state.channels.get(as_text(chosen))
            if channel is None:
                continue
            url = new_response_url(self._platform, base_url, channel, user.id, message_ts=None)
            urls.append(
                {
                    "response_url": url,
                    "channel_id": channel.id,
                    "block_id": block_id,
                    "action_id": action_id,
                }
            )
        return urls

    def _obey(self, view: View, answer: JsonObject) -> str | None:
        """Do what the app answered; returns the id of the view then shown, if it made one."""
        action = answer.get("response_action")
        if action == "errors":
            _errors_name_blocks(view, answer)
            return view.id
        if action == "clear":
            close_view(self._platform, view, whole_stack=True)
            return None
        if action == "update":
            content = read_view(self._platform, answer.get("view"), surface="modal")
            replace_view(self._platform, view, content)
            return view.id
        if action == "push":
            content = read_view(self._platform, answer.get("view"), surface="modal")
            pushed = open_view(
                self._platform, content, team_id=view.team_id, user=view.user, above=view
            )
            return pushed.id
        if action is not None:
            raise SlackError("invalid_response_action")
        close_view(self._platform, view)
        return None

    async def _close(self, body: Body) -> JsonObject:
        view, team, user = self._modal(body)
        whole_stack = body.flag("clear_all")
        shown = view_json(view, self._platform)
        close_view(self._platform, view, whole_stack=whole_stack)
        if view.content.get("notify_on_close") is not True:
            return {"status": None, "notified": False}
        payload = interaction(self._platform, "view_closed", team, user, in_view=True) | {
            "view": shown,
            "is_cleared": whole_stack,
        }
        return sent_json(await self._platform.dispatcher.send_payload(payload)) | {"notified": True}


def _type_in(view: View, values: JsonObject | None) -> None:
    if values is None:
        raise ControlError("values must be an object")
    for block_id, actions in values.items():
        for action_id, value in (as_object(actions) or {}).items():
            held = view.values.get(block_id, {}).get(action_id)
            given = as_object(value)
            if held is None or given is None:
                raise ControlError(
                    f"there is no input {block_id}/{action_id} here", status=NOT_FOUND
                )
            held.update(given)


def _nothing_required_is_empty(view: View) -> None:
    """Slack's clients do not send a form whose required inputs are empty."""
    for block in objects_in(view.content["blocks"]):
        if block.get("type") != "input" or block.get("optional") is True:
            continue
        for held in view.values.get(block["block_id"], {}).values():
            content = [value for name, value in held.items() if name != "type"]
            if not any(value or value == 0 for value in content):
                raise ControlError(
                    f"a required input is empty: {block['block_id']}", status=UNPROCESSABLE
                )


def _errors_name_blocks(view: View, answer: JsonObject) -> None:
    errors = as_object(answer.get("errors")) or {}
    blocks = {block.get("block_id") for block in objects_in(view.content["blocks"])}
    if not errors or set(errors) - blocks:
        raise SlackError("invalid_errors")
