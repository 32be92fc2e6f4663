"""The first things that people hear: each once, where they stand, and nobody else hears them."""

from typing import Final, cast
from uuid import uuid4

import pytest

from monitors.settings import Settings
from tests.first import first
from tests.flows.home import Home, link, member
from tests.flows.world import Json, World, shown_in

THANKS: Final = "Thanks for adding me."
FIRST: Final = "That's the first monitor in this workspace"


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    """Acme uses the operator's account; any other workspace connects its own."""
    return settings.model_copy(update={"operator_account_for": "T0ACME0001"})


def directs(world: World) -> dict[str, list[Json]]:
    """What the app wrote to each person of the workspace."""
    state = world.state()
    messages = cast("dict[str, list[Json]]", state["messages"])
    told = {
        user: [each for each in messages[str(room["id"])] if each["bot_id"]]
        for room in cast("list[Json]", state["channels"])
        if room["kind"] == "dm"
        for user in cast("list[str]", room["members"])
        if not user.startswith("U0BOT")
    }
    return {user: said for user, said in told.items() if said}


def until_welcomed(world: World) -> Json:
    """The welcome, of which there is one, and nothing else to anybody."""
    world.until(lambda: directs(world))
    assert list(directs(world)) == [world.user]
    (said,) = directs(world)[world.user]
    assert str(said["text"]).startswith(THANKS)
    return said


def whispered(world: World, words: str) -> Json:
    """What one person was told in the channel."""

    def look() -> Json | None:
        told = cast("list[Json]", world.state()["ephemerals"])
        here = [each for each in told if each["channel"] == world.channel]
        return next((each for each in here if words in str(each["text"])), None)

    return world.until(look)


def press_connect(world: World, message_ts: object, *, channel: str = "") -> None:
    body: Json = {
        "team_id": world.team_id,
        "user": world.user,
        "channel": channel or world.channel,
        "message_ts": message_ts,
        "action_id": "account_connect",
    }
    assert world.post("/control/slack/actions", body)["status"] == 200


def test_the_installer_is_welcomed_once_with_the_next_step(outside: World) -> None:
    world = outside.workspace("Welcomed")
    member(world)

    def three_times() -> None:
        for _ in range(3):
            world.install()

    world.until_done("intent", three_times, times=3)
    said = until_welcomed(world)
    assert "connect a Parallel account" in shown_in(said)
    press_connect(world, said["ts"], channel=str(said["channel"]))
    Home(world, world.user).until_modal("paste an API key")


def test_who_installs_for_an_organisation_is_welcomed_once_it_is_in_a_workspace(
    outside: World,
) -> None:
    enterprise_id = f"E{uuid4().hex[:9].upper()}"
    first, *others = (outside.workspace(f"Grid {n}", enterprise_id=enterprise_id) for n in range(3))
    order: Json = {"team_id": first.team_id, "user_id": first.user, "outcome": "allow"}
    outside.post("/control/slack/install", order | {"enterprise_wide": True})
    for world in (others[0], others[0], others[1]):
        world.post("/control/slack/access", {"team_id": world.team_id, "granted": True})
    until_welcomed(first)
    others[1].until_done("intent", lambda: others[1].command("/monitor", "list"))
    until_welcomed(first)
    assert [directs(each) for each in others] == [{}, {}]


def test_a_welcome_whose_answer_was_lost_is_not_repeated(outside: World) -> None:
    world = outside.workspace("Lossy")
    outside.fault("slack", "drop_after", match="chat.postMessage", times=1, holding="")
    before, done = outside.jobs("intent", "RetryAfter"), outside.jobs("intent")
    world.install()
    outside.until(lambda: outside.jobs("intent", "RetryAfter") > before)
    outside.until(lambda: outside.jobs("intent") > done)
    outside.calm()
    until_welcomed(world)


def test_with_an_account_the_next_step_is_the_command(acme: World) -> None:
    said = next(
        each
        for each in acme.until(lambda: directs(acme).get(acme.user))
        if str(each["text"]).startswith(THANKS)
    )
    assert "/monitor latest AI research papers" in str(said["text"])
    assert acme.buttons_of(said) == []


def test_who_installs_and_is_no_admin_is_told_whom_to_ask(outside: World) -> None:
    world = outside.workspace("Commons")
    person = member(world)
    world.install(user=person)
    world.until(lambda: directs(world).get(person))
    (said,) = directs(world)[person]
    assert "an admin of this workspace connects a Parallel account" in str(said["text"])
    assert world.buttons_of(said) == []
    assert list(directs(world)) == [person]


@pytest.mark.parametrize("text", first(1, ["new papers on fusion", "list", ""]))
def test_an_admin_of_an_unconnected_workspace_connects_it_where_they_stand(
    outside: World, text: str
) -> None:
    world = outside.workspace("Unconnected")
    world.install()
    world.command("/monitor", text)
    told = whispered(world, "As an admin, you can connect it here")
    assert world.buttons_of(told) == ["Connect account"]
    assert (f"/monitor {text}" in str(told["text"])) == (text == "new papers on fusion")
    press_connect(world, told["id"])
    Home(world, world.user).until_modal("paste an API key")
    assert world.messages() == []


def test_anyone_else_is_told_whom_to_ask(outside: World) -> None:
    world = outside.workspace("Asking")
    world.install()
    person = member(world)
    room = world.room(members=[world.user, person])
    room.command("/monitor", "new papers on fusion", user=person)
    told = whispered(room, "An admin can connect it in my Home tab; see /help.")
    assert told["user"] == person
    assert room.buttons_of(told) == []


def test_the_first_monitor_of_a_workspace_explains_itself_once(
    outside: World, settings: Settings
) -> None:
    world = outside.workspace("Firsts")
    world.install()
    link(world, settings)
    thread, _ = world.watch("new papers on fusion")
    told = whispered(world, FIRST)
    assert told["user"] == world.user
    world.say("cancelmonitor", thread=thread)
    world.until(lambda: world.card_text(thread).startswith("Cancelled"))
    other = world.room(members=[world.user])
    other.watch("new papers on fission")
    other.watch("new papers on muons")
    assert [each for each in world.whispers() if FIRST in each] == [told["text"]]
    assert other.whispers() == []
    assert world.replies(thread) == ["Cancelled. Nothing more will be posted here."]
