"""Modals with fields, as a person sees and fills them."""

from typing import cast

from sandbox.demo import DEMO_ACCOUNT
from tests.flows.world import Json, Thread, World, shown_in


def forms(world: World, *, user: str = "") -> list[Json]:
    """The person's open modals that can be submitted or closed, whole."""
    modals = cast("list[Json]", world.state()["modals"])
    return [each for each in modals if each["user"] == (user or world.user)]


def open_form(world: World, thread: Thread, action_id: str = "edit", *, user: str = "") -> Json:
    """Press the button, and wait for its form to be filled."""
    world.click(thread, action_id, user=user)
    return until_form(world, user=user)


def until_form(world: World, *, user: str = "") -> Json:
    def look() -> Json | None:
        views = [cast("Json", each["view"]) for each in forms(world, user=user)]
        return next((view for view in views if view.get("submit")), None)

    return world.until(look)


def until_notice(world: World, words: str, *, user: str = "") -> str:
    """What a modal without fields says in the end."""

    def look() -> str | None:
        shown = [shown_in_form(cast("Json", each["view"])) for each in forms(world, user=user)]
        return next((each for each in shown if words in each), None)

    return world.until(look)


def title_of(world: World, *, user: str = "") -> str:
    """Of the person's modal, the topmost where one was opened over another."""
    view = cast("Json", forms(world, user=user)[-1]["view"])
    return cast("dict[str, str]", view["title"])["text"]


def shown_in_form(view: Json) -> str:
    """All of its words, filled-in values too."""
    values = [
        str(element[name])
        for block in cast("list[dict[str, Json]]", view["blocks"])
        if (element := block.get("element"))
        for name in ("initial_value", "initial_option")
        if name in element
    ]
    return "\n".join([shown_in(view), *values])


def block_of(view: Json, name: str) -> str:
    """The id of the field with that name."""
    blocks = cast("list[dict[str, str]]", view["blocks"])
    return next(each["block_id"] for each in blocks if each["block_id"].split(":")[0] == name)


def field_value(view: Json, name: str) -> object:
    """What stands in a field of text."""
    blocks = cast("list[Json]", view["blocks"])
    block = next(each for each in blocks if str(each["block_id"]).split(":")[0] == name)
    return cast("Json", block["element"]).get("initial_value", "")


def submit(world: World, view: Json, *, user: str = "", **typed: object) -> Json:
    """Type into fields, choose options, tick boxes (a list), and send the form."""
    values: Json = {
        block_of(view, name): {name: _filled(name, value)} for name, value in typed.items()
    }
    body: Json = {"values": values, "user": user or world.user}
    return world.post(f"/control/slack/views/{view['id']}/submit", body)


def errors_of(answer: Json) -> dict[str, str]:
    """By the names of the fields."""
    errors = cast("dict[str, str]", cast("Json", answer["answer"])["errors"])
    return {block.split(":")[0]: text for block, text in errors.items()}


def at_parallel(world: World, monitor_id: str, **change: object) -> Json:
    """The monitor as Parallel has it, once the account's owner has changed it there."""
    path, key = f"/parallel/v1/monitors/{monitor_id}", {"x-api-key": DEMO_ACCOUNT.api_key}
    if change:
        assert world.client.post(f"{path}/update", json=change, headers=key).is_success
    return cast("Json", world.client.get(path, headers=key).json())


def _filled(name: str, value: object) -> Json:
    if isinstance(value, list):
        return {"selected_options": [{"value": each} for each in cast("list[str]", value)]}
    if name == "co_owner":
        return {"selected_users": [value] if value else []}
    if name in {"every", "depth", "floor"}:
        return {"selected_option": {"value": value}}
    return {"value": value}
