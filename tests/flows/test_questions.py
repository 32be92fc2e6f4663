"""What is asked before a monitor is started, and what is given back when it isn't."""

from typing import cast

import pytest

from tests.first import first, first_rows
from tests.flows.world import BEN, Json, World


def question(world: World, *, user: str = "") -> Json:
    """The person's question, once it is there."""

    def look() -> Json | None:
        told = cast("list[Json]", world.state()["ephemerals"])
        mine = [each for each in told if each["user"] == (user or world.user)]
        here = [each for each in mine if each["channel"] == world.channel]
        return next((each for each in here if "start_anyway" in str(each["blocks"])), None)

    return world.until(look)


def press(world: World, asked: Json, action_id: str, *, user: str = "") -> Json:
    body: Json = {
        "team_id": world.team_id,
        "user": user or world.user,
        "channel": world.channel,
        "message_ts": asked["id"],
        "action_id": action_id,
    }
    return world.post("/control/slack/actions", body)


def queries(world: World) -> list[object]:
    return [each["query"] for each in world.monitors()]


@pytest.mark.parametrize(
    "word",
    first(
        3,
        [
            "cancel",
            " Stop. ",
            "list all",
            "status",
            "“pause”",
            "cancelmonitor",
            "@threadwatch stop",
            "Please unpause!",
        ],
    ),
)
def test_a_lone_control_word_is_asked_about_and_watched_if_meant(world: World, word: str) -> None:
    world.command("/hourly", word)
    asked = question(world)
    assert f"Watch the web for “{word.strip()}”?" in str(asked["text"])
    assert world.messages() == []
    assert world.monitors() == []
    press(world, asked, "start_anyway")
    world.until_watching()
    assert queries(world) == [word.strip()]
    assert world.monitors()[0]["frequency"] == "1h"
    assert world.whispers() == []


def test_it_is_started_once_however_often_the_button_is_pressed(world: World) -> None:
    world.command("/monitor", "status")
    asked = question(world)
    # So that it stays there to be pressed.
    world.fault("slack", "500", match="response_url")
    for _ in range(2):
        press(world, asked, "start_anyway")
    world.until_watching()
    # Now that the app is in the channel, it can be seen to answer.
    press(world, asked, "start_anyway")
    world.until(lambda: [said for said in world.whispers() if "That question is over." in said])
    assert len(world.cards()) == len(world.monitors()) == 1


def test_the_monitors_are_shown_in_the_place_of_the_question(world: World) -> None:
    world.watch("new papers on fusion")
    world.command("/monitor", "list all")
    press(world, question(world), "show_monitors")
    (said,) = world.until(lambda: [w for w in world.whispers() if "new papers on fusion" in w])
    assert "1 monitor in this channel" in said
    assert world.whispers() == [said]
    assert queries(world) == ["new papers on fusion"]


def test_the_same_command_typed_again_while_the_first_is_under_way_asks(world: World) -> None:
    world.fault("parallel", "500", match="POST /v1/monitors")
    world.command("/monitor", "new papers on fusion")
    world.command("/monitor", "New papers on fusion.")
    assert "already watches that, daily" in str(question(world)["text"])
    world.calm()
    world.until_watching()
    assert (len(world.cards()), queries(world)) == (1, ["new papers on fusion"])


@pytest.mark.parametrize(
    "query",
    first(1, ["cancel culture", "daily active users of Threads", "stop the war", "status of ITER"]),
)
def test_any_longer_text_is_a_query_to_the_letter(world: World, query: str) -> None:
    world.watch(query)
    assert queries(world) == [query]
    assert world.whispers() == []


@pytest.mark.parametrize("again", ["new papers on fusion", "  “New  papers on Fusion.” "])
def test_a_query_that_is_watched_here_already_is_asked_about(world: World, again: str) -> None:
    thread, _ = world.watch("--every 6h new papers on fusion")
    world.command("/monitor", again, user=BEN)
    asked = question(world, user=BEN)
    assert "This channel already watches that, every 6 hours." in str(asked["text"])
    assert thread.ts in str(asked["blocks"])
    assert len(world.monitors()) == 1
    press(world, asked, "start_anyway", user=BEN)
    world.until(lambda: len(world.monitors()) == 2)


def test_another_channel_and_an_ended_monitor_are_no_matter(world: World) -> None:
    thread, _ = world.watch("new papers on fusion")
    world.room().watch("new papers on fusion")
    world.say("cancelmonitor", thread=thread)
    world.until(lambda: world.replies(thread))
    world.command("/monitor", "new papers on fusion")
    world.until(lambda: len(world.cards()) == 2)
    assert world.whispers() == []


@pytest.mark.parametrize(
    ("typed", "given_back"),
    first_rows(
        2,
        [
            ("--evry 6h rates", "/monitor --every 6h rates"),
            ("--every 31d rates", "/monitor --every 30d rates"),
            ("--daily rates", "/monitor --every daily rates"),
            ("--in atlantis rates & <more>", "/monitor --in atlantis rates & <more>"),
            (f"--colour red {'tariffs ' * 1200}x", f"/monitor --colour red {'tariffs ' * 1200}x"),
        ],
    ),
)
def test_a_refused_command_is_given_back_corrected_where_that_can_be_guessed(
    world: World, typed: str, given_back: str
) -> None:
    answer = cast("Json", world.command("/monitor", typed)["answer"])
    code = [
        part["text"]
        for block in cast(
            "list[dict[str, list[dict[str, list[dict[str, str]]]]]]", answer["blocks"]
        )
        for element in block.get("elements", [])
        for part in element["elements"]
    ]
    assert "".join(code) == given_back
    assert world.messages() == []


def test_after_an_invitation_it_goes_on_by_itself_once(world: World) -> None:
    private = world.room("private")
    private.command("/monitor", "--every 6h new papers on fusion")
    (told,) = private.until(private.whispers)
    assert "Type /invite @threadwatch there within 30 minutes" in told
    assert private.messages() == []
    world.change(f"/control/slack/channels/{private.channel}", bot_member=True)
    private.until_watching()
    assert [each["frequency"] for each in private.monitors()] == ["6h"]
    assert len(private.cards()) == 1


def test_the_list_has_two_headings_and_names_the_other_channels(world: World) -> None:
    other = world.room()
    other.watch("what Ada watches elsewhere")
    other.watch("what Ben watches elsewhere", user=BEN)
    world.watch("what Ben watches here", user=BEN)
    world.command("/monitor", "list")
    (said,) = world.until(lambda: [w for w in world.whispers() if "elsewhere" in w])
    here, elsewhere = said.split("of yours elsewhere")
    assert "1 monitor in this channel" in here
    assert "what Ben watches here" in here
    assert "what Ada watches elsewhere" in elsewhere
    assert "what Ben watches elsewhere" not in said
    told = cast("list[Json]", world.state()["ephemerals"])
    assert other.channel in str(
        [each["blocks"] for each in told if each["channel"] == world.channel]
    )
