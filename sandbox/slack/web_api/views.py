"""views.*: modals and Home tabs, as the app asks for them."""

from sandbox.slack.errors import SlackError
from sandbox.slack.model import Trigger, View
from sandbox.slack.render import view_json
from sandbox.slack.view_rules import (
    open_view,
    publish_home,
    read_view,
    replace_view,
    take_trigger,
)
from sandbox.slack.web_api.call import Call
from sandbox.slack.wire import JsonObject


def open_modal(call: Call) -> JsonObject:
    content = read_view(call.platform, call.arguments.get("view"), surface="modal")
    trigger = _trigger(call)
    view = open_view(call.platform, content, team_id=trigger.team_id, user=trigger.user, above=None)
    return _answer(call, view)


def push(call: Call) -> JsonObject:
    content = read_view(call.platform, call.arguments.get("view"), surface="modal")
    trigger = _trigger(call)
    below = call.platform.state.modals.get(trigger.view_id or "")
    if below is None:
        raise SlackError("invalid_trigger_id")
    view = open_view(
        call.platform, content, team_id=trigger.team_id, user=trigger.user, above=below
    )
    return _answer(call, view)


def _trigger(call: Call) -> Trigger:
    trigger_id = call.required("trigger_id")
    known = call.platform.state.triggers.get(trigger_id)
    serves = known is not None and call.platform.state.serves(call.bot_grant, known.team_id)
    return take_trigger(call.platform, trigger_id if serves else "")


def update(call: Call) -> JsonObject:
    view = _find(call)
    surface = "home" if view.content.get("type") == "home" else "modal"
    content = read_view(call.platform, call.arguments.get("view"), surface=surface)
    if call.text("hash") and call.text("hash") != view.hash:
        raise SlackError("hash_conflict")
    replace_view(call.platform, view, content)
    return _answer(call, view)


def _find(call: Call) -> View:
    state = call.platform.state
    view = state.view(call.text("view_id"))
    if view is None and call.text("external_id"):
        named = (
            each for each in state.modals.values() if each.external_id == call.text("external_id")
        )
        view = next(named, None)
    if view is None or not state.serves(call.bot_grant, view.team_id):
        raise SlackError("not_found")
    return view


def publish(call: Call) -> JsonObject:
    content = read_view(call.platform, call.arguments.get("view"), surface="home")
    user = call.user("user_id")
    state = call.platform.state
    team_id = state.home_teams.get(user.id, user.team_id)
    known = state.homes.get(user.id)
    if call.text("hash") and known is not None and call.text("hash") != known.hash:
        raise SlackError("hash_conflict")
    view = publish_home(call.platform, content, team_id=team_id, user=user.id)
    return _answer(call, view)


def _answer(call: Call, view: View) -> JsonObject:
    return {"view": view_json(view, call.platform)}
