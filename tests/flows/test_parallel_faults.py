"""A Parallel that refuses, is slow or is gone.

It is said what happened and what to do, and nothing half-made remains.
"""

import pytest

from tests.first import first, first_rows
from tests.flows.world import Thread, World

CREATE = "POST /v1/monitors"


def card_after(world: World, start: str) -> str:
    """The one card's words, once they begin so."""
    return world.until(
        lambda: next(
            (text for card in world.cards() if (text := str(card["text"])).startswith(start)), None
        )
    )


def assert_nothing_was_made(world: World) -> None:
    """A card may stand there, but it promises nothing and has no buttons."""
    assert world.monitors() == []
    (card,) = world.cards()
    assert world.buttons(Thread(world.channel, str(card["ts"]))) == []
    assert "Watching" not in str(card["text"])


@pytest.mark.parametrize(
    ("status", "said"),
    first_rows(
        3,
        [
            (401, "Parallel no longer accepts the API key I use for this workspace"),
            (402, "has no credit left. Top it up"),
            (403, "isn't allowed to do that"),
            (404, "Change the query or the options, then try again"),
            (422, "Change the query or the options, then try again"),
        ],
    ),
)
def test_a_refusal_is_explained_on_the_card_with_what_to_do(
    world: World, status: int, said: str
) -> None:
    world.fault("parallel", f"status:{status}", match=CREATE, times=1)
    world.until_done("intent", lambda: world.command("/monitor", "new papers on fusion"))
    card = card_after(world, "Couldn't start this monitor.")
    assert said in card
    assert "Parallel said: “A fault that was ordered" in card
    assert "new papers on fusion" in card
    assert_nothing_was_made(world)


def test_a_real_account_without_credit_is_told_to_top_up(world: World) -> None:
    world.change("/control/parallel/accounts/demo", credit=False)
    try:
        world.command("/monitor", "new papers on fusion")
        card = card_after(world, "Couldn't start this monitor.")
    finally:
        world.change("/control/parallel/accounts/demo", credit=True)
    assert "Top it up at platform.parallel.ai" in card
    assert_nothing_was_made(world)


def test_a_key_that_was_revoked_is_told_in_every_place(world: World) -> None:
    thread, _ = world.watch("new papers on fusion")
    world.change("/control/parallel/accounts/demo", revoked=True)
    try:
        for word in ("cancelmonitor", "status", "run now"):
            before = len(world.whispers())
            world.say(word, thread=thread)
            world.until(lambda before=before: len(world.whispers()) > before)
        world.command("/monitor", "list")
        world.until(lambda: len(world.whispers()) >= 4)
    finally:
        world.change("/control/parallel/accounts/demo", revoked=False)
    told = world.whispers()
    assert [("no longer accepts" in each, "Home tab" in each) for each in told] == [
        (True, True)
    ] * 4
    assert [each["status"] for each in world.monitors()] == ["active"]


@pytest.mark.parametrize(
    "kind", first(2, ["429", "drop_after", "500", "status:503", "status:409", "drop_before"])
)
def test_a_create_that_fails_for_now_ends_in_exactly_one_monitor(world: World, kind: str) -> None:
    waits = kind in {"429", "status:503", "status:409"}
    world.fault("parallel", kind, match=CREATE, times=1 if waits else 2, seconds=1)
    world.watch("new papers on fusion")
    assert len(world.monitors()) == 1
    assert len(world.cards()) == 1


def test_a_create_done_without_an_answer_is_looked_for_before_it_is_tried_again(
    world: World,
) -> None:
    since = world.mark("parallel")
    world.fault("parallel", "drop_after", match=CREATE, times=1)
    world.watch("new papers on fusion")
    assert len(world.creates(since=since)) == 1
    assert len(world.monitors()) == 1


@pytest.mark.parametrize("call", first(1, ["GET /v1/monitors", "POST /v1/monitors/*/update"]))
def test_a_monitor_that_may_exist_is_never_called_not_started(world: World, call: str) -> None:
    world.fault("parallel", "drop_after", match=CREATE, times=1)
    world.fault("parallel", "status:402", match=call)
    world.command("/monitor", "new papers on fusion")
    card_after(world, "Setting up…\nThe Parallel account has no credit left")
    world.calm()
    world.until_watching()
    assert len(world.monitors()) == 1
    assert len(world.cards()) == 1


def test_the_card_says_while_parallel_keeps_one_waiting(world: World) -> None:
    world.fault("parallel", "429", match=CREATE, times=1, seconds=2)
    world.command("/monitor", "new papers on fusion")
    card = card_after(world, "Setting up…\nParallel is busy")
    assert "I'll keep trying; you don't need to do anything." in card
    assert world.monitors() == []
    world.until_watching()
    assert len(world.cards()) == 1


def test_a_parallel_that_is_down_is_told_on_the_card_until_it_is_back(world: World) -> None:
    world.fault("parallel", "500", match="* /v1/monitors")
    world.command("/monitor", "new papers on fusion")
    card_after(world, "Setting up…\nParallel isn't responding")
    assert world.monitors() == []
    world.calm()
    world.until_watching()
    assert len(world.cards()) == 1


@pytest.mark.parametrize(
    ("kind", "said"), [("500", "can't reach Parallel"), ("429", "in a minute")]
)
def test_a_list_that_cannot_be_had_says_so_at_once(world: World, kind: str, said: str) -> None:
    world.fault("parallel", kind, match="GET /v1/monitors")
    world.command("/monitor", "list")
    world.until(lambda: any(said in whisper for whisper in world.whispers()))


def test_only_what_parallel_said_is_quoted(world: World) -> None:
    """Of an answer without a body, or none at all, there are only our own words."""
    for kind in ("status:204", "drop_before"):
        before = len(world.whispers())
        world.fault("parallel", kind, match="GET /v1/monitors")
        world.command("/monitor", "list")
        world.until(lambda before=before: len(world.whispers()) > before)
        world.calm()
        assert "Parallel" in world.whispers()[-1]
        assert "said" not in world.whispers()[-1]
    world.fault("parallel", "status:422", match="GET /v1/monitors")
    world.command("/monitor", "list")
    world.until(lambda: "Parallel said: “A fault" in world.whispers()[-1])


def test_a_refused_change_is_not_blamed_on_the_query(world: World) -> None:
    thread, _ = world.watch("new papers on muons")
    world.fault("parallel", "status:422", match="POST /v1/monitors/*/cancel", times=1)
    world.say("cancelmonitor", thread=thread)
    world.until(lambda: any("please tell the person who runs" in e for e in world.whispers()))
    assert world.replies(thread) == []


@pytest.mark.parametrize("kind", ["500", "page:404"])
def test_a_cancellation_waits_for_parallel_and_says_so(world: World, kind: str) -> None:
    """A 404 that isn't Parallel's own is a proxy's: the monitor goes on running, and costing."""
    thread, _ = world.watch("new papers on fusion")
    world.fault("parallel", kind, match="*" if kind == "page:404" else "POST */cancel")
    world.say("cancelmonitor", thread=thread)
    world.until(lambda: any("I'll keep trying" in whisper for whisper in world.whispers()))
    assert world.replies(thread) == []
    world.calm()
    (answer,) = world.until(lambda: world.replies(thread))
    assert answer.startswith("Cancelled")
