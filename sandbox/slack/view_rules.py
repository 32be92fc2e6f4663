"""Modals and Home tabs: opening, stacking, replacing, closing."""

from sandbox.slack.block_kit.blocks import Surface, interactive_elements
from sandbox.slack.block_kit.shapes import Report
from sandbox.slack.block_kit.views import check_view, is_too_large
from sandbox.slack.content import decoded, name_elements
from sandbox.slack.errors import SlackError
from sandbox.slack.mentions import mentions_in
from sandbox.slack.model import Trigger, View
from sandbox.slack.platform import Platform
from sandbox.slack.wire import JsonObject, as_object, as_text, objects_in

MOST_STACKED = 3


def read_view(platform: Platform, given: object, *, surface: Surface) -> JsonObject:
    """The view in a parameter; raises SlackError with Slack's own code."""
    view = as_object(decoded(given))
    if view is None:
        raise SlackError("invalid_arguments", messages=["missing required field: view"])
    if is_too_large(view):
        raise SlackError("view_too_large")
    report = Report()
    check_view(view, report, surface=surface)
    if report.faults:
        raise SlackError("invalid_arguments", messages=report.lines())
    name_elements(objects_in(view["blocks"]), platform.state)
    return view


def take_trigger(platform: Platform, trigger_id: str) -> Trigger:
    trigger = platform.state.triggers.get(trigger_id)
    if trigger is None:
        raise SlackError("invalid_trigger_id")
    if trigger.used:
        raise SlackError("exchanged_trigger_id")
    if platform.clock.wall() > trigger.expires_at:
        raise SlackError("expired_trigger_id")
    trigger.used = True
    return trigger


def open_view(
    platform: Platform, content: JsonObject, *, team_id: str, user: str, above: View | None
) -> View:
    """A new modal, alone or on top of another."""
    state = platform.state
    if above is not None and len(state.view_stack(above)) >= MOST_STACKED:
        raise SlackError("push_limit_reached")
    _external_id_is_free(platform, content)
    view_id = state.new_id("V")
    view = View(
        id=view_id,
        team_id=team_id,
        user=user,
        content=content,
        hash=state.new_hash(),
        root_view_id=above.root_view_id if above else view_id,
        previous_view_id=above.id if above else None,
    )
    fill(view)
    if above is None:
        # A person has one stack at a time.
        for other in [each for each in state.modals.values() if each.user == user]:
            del state.modals[other.id]
    state.modals[view.id] = view
    platform.stream.changed("modals")
    return view


def _external_id_is_free(
    platform: Platform, content: JsonObject, *, except_for: View | None = None
) -> None:
    external_id = as_text(content.get("external_id"))
    for other in platform.state.modals.values():
        if external_id and other.external_id == external_id and other is not except_for:
            raise SlackError("duplicate_external_id")


def replace_view(platform: Platform, view: View, content: JsonObject) -> None:
    """New content; what was typed stays where block and action keep their ids."""
    _external_id_is_free(platform, content, except_for=view)
    typed = view.values
    view.content = content
    view.hash = platform.state.new_hash()
    fill(view)
    for block_id, actions in typed.items():
        for action_id, value in actions.items():
            if action_id in view.values.get(block_id, {}):
                view.values[block_id][action_id] = value
    platform.stream.changed("modals" if view.id in platform.state.modals else "homes")


def publish_home(platform: Platform, content: JsonObject, *, team_id: str, user: str) -> View:
    state = platform.state
    known = state.homes.get(user)
    if known is not None and known.team_id == team_id:
        known.values = {}
        replace_view(platform, known, content)
        return known
    view_id = state.new_id("V")
    view = View(view_id, team_id, user, content, state.new_hash(), root_view_id=view_id)
    fill(view)
    state.homes[user] = view
    platform.stream.changed("homes")
    return view


def close_view(platform: Platform, view: View, *, whole_stack: bool = False) -> None:
    closing = platform.state.view_stack(view) if whole_stack else [view]
    for each in closing:
        platform.state.modals.pop(each.id, None)
    platform.stream.changed("modals")


def fill(view: View) -> None:
    """The state a fresh view has: each element with its initial value, or empty."""
    blocks = objects_in(view.content.get("blocks"))
    view.mentions = mentions_in("", blocks, link_names=False)
    view.values = {}
    for placed in interactive_elements(blocks):
        kind = as_text(placed.element.get("type"))
        if kind in {"button", "overflow"}:
            continue
        actions = view.values.setdefault(placed.block["block_id"], {})
        actions[placed.element["action_id"]] = _initial(placed.element, kind)


_INITIAL = {
    "initial_value": "value",
    "initial_option": "selected_option",
    "initial_options": "selected_options",
    "initial_user": "selected_user",
    "initial_users": "selected_users",
    "initial_conversation": "selected_conversation",
    "initial_conversations": "selected_conversations",
    "initial_channel": "selected_channel",
    "initial_channels": "selected_channels",
    "initial_date": "selected_date",
    "initial_time": "selected_time",
    "initial_date_time": "selected_date_time",
}
_EMPTY = {
    "static_select": "selected_option",
    "radio_buttons": "selected_option",
    "users_select": "selected_user",
    "conversations_select": "selected_conversation",
    "channels_select": "selected_channel",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
    "checkboxes": "selected_options",
    "multi_static_select": "selected_options",
    "multi_users_select": "selected_users",
    "multi_conversations_select": "selected_conversations",
    "multi_channels_select": "selected_channels",
}


def _initial(element: JsonObject, kind: str) -> JsonObject:
    name = _EMPTY.get(kind, "value")
    empty: object = [] if kind == "checkboxes" or kind.startswith("multi_") else None
    value: JsonObject = {"type": kind, name: empty}
    for initial, selected in _INITIAL.items():
        if initial in element:
            value[selected] = element[initial]
    return value
