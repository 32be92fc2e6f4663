"""`/monitor list`: this channel's monitors and one's own elsewhere, a page at a time."""

from collections.abc import Generator
from dataclasses import replace
from typing import cast
from uuid import uuid4

import pytest

from monitors.accounts.store import SqlAccounts
from monitors.model.account import ParallelAccount
from monitors.model.workspace import Workspace
from monitors.settings import Settings
from tests.first import first
from tests.flows.app import RunningApp
from tests.flows.findings import finding
from tests.flows.home import in_store, link, member
from tests.flows.lists import Listing, make
from tests.flows.world import Json, World
from tests.job_log import ended


@pytest.fixture
def world(outside: World, settings: Settings) -> Generator[World]:
    """A workspace and an account of its own: nobody has monitors elsewhere."""
    world = outside.workspace(f"w{uuid4().hex[:8]}")
    assert world.install()["status"] == 200
    link(world, settings)
    yield world
    world.calm()


def permalink(world: World, channel: str, ts: str) -> str:
    team = cast("list[Json]", world.state()["teams"])[0]
    domain = "-".join(str(team["name"]).lower().split())
    return f"https://{domain}.slack.com/archives/{channel}/p{ts.replace('.', '')}"


@pytest.mark.parametrize("count", first(1, [20, 60]))
def test_many_monitors_are_paged_and_none_is_missing_or_doubled(
    world: World, app: RunningApp, count: int
) -> None:
    other, queries = member(world), [f"subject number {each}" for each in range(count)]
    room = world.room(members=[world.user, other])
    here, elsewhere = queries[:-5], queries[-5:]
    make(app, room, here, user=other)
    make(app, world, elsewhere)
    listing = Listing.asked(room)
    assert f"{len(here)} monitors in this channel" in listing.words()
    assert f"1 to 8 of {count}" in " ".join(listing.words().split())
    assert not listing.has("list_newer")
    seen = [listing.queries()]
    while listing.has("list_older"):
        listing.press("list_older")
        seen.append(listing.queries())
    assert "5 monitors of yours elsewhere" in listing.words()
    expected = [*reversed(here), *reversed(elsewhere)]
    assert [each for page in seen for each in page] == expected
    for earlier in reversed(seen[:-1]):
        listing.press("list_newer")
        assert listing.queries() == earlier
    assert len(room.whispers()) == 1


def test_a_monitor_has_its_state_its_last_finding_and_its_threads_exact_address(
    world: World,
) -> None:
    watching, monitor_id = world.watch("new papers on fusion")
    paused, _ = world.watch("new papers on fission")
    world.say("pause", thread=paused)
    world.until(lambda: "Paused" in " ".join(world.replies(paused)))
    older = finding("**An older one**")
    world.run(monitor_id, events=[older])
    world.until(lambda: len(world.replies(watching)) == 1)
    world.run(
        monitor_id, events=[finding("**ITER** waits again\n\nFor [years](https://a.example)")]
    )
    world.until(lambda: len(world.replies(watching)) == 2)
    listing = Listing.asked(world)
    words = " ".join(listing.words().split())
    assert listing.queries() == ["new papers on fission", "new papers on fusion"]
    assert "paused · daily" in words
    assert "No findings yet" in words
    assert "Last finding: ITER waits again" in words
    assert "An older one" not in words
    assert listing.links() == [
        permalink(world, thread.channel, thread.ts) for thread in (paused, watching)
    ]


def test_a_monitor_that_cannot_post_is_not_said_to_be_watching(world: World) -> None:
    closed = world.room(members=[world.user])
    _, monitor_id = closed.watch("new papers on fusion")
    world.watch("new papers on fission")
    held = ended("deliver", "Suspended", about=monitor_id)
    world.change(f"/control/slack/channels/{closed.channel}", archived=True)
    world.run(monitor_id)
    world.until(lambda: ended("deliver", "Suspended", about=monitor_id) > held)
    words = Listing.asked(world).words()
    here, elsewhere = words.split("of yours elsewhere")
    assert "watching · daily" in here
    assert "can't post in its channel · daily" in elsewhere


def test_where_slack_gives_no_address_the_link_opens_the_channel(world: World) -> None:
    thread, _ = world.watch("new papers on fusion")
    world.fault("slack", "500", match="chat.getPermalink")
    (url,) = Listing.asked(world).links()
    assert url.startswith("https://slack.com/app_redirect?")
    assert thread.channel in url
    assert thread.ts in url


def test_a_private_channels_monitors_are_hidden_from_those_who_left_it(
    world: World, app: RunningApp
) -> None:
    other = member(world)
    private = world.room("private", members=[world.user, other])
    channel = f"/control/slack/channels/{private.channel}"
    world.change(channel, bot_member=True)
    public = world.room(members=[other])
    make(app, private, ["a secret merger"])
    make(app, private, ["another's secret"], user=other)
    make(app, public, ["known to everyone"])
    mine = Listing.asked(world)
    assert mine.queries() == ["known to everyone", "a secret merger"]
    assert Listing.asked(private, user=other).queries() == ["another's secret", "a secret merger"]
    world.change(channel, left=world.user)
    assert Listing.asked(world).queries() == ["known to everyone"]
    # Nor where the app isn't there any more to say who is.
    world.change(channel, bot_member=False)
    assert Listing.asked(world).queries() == ["known to everyone"]


def test_where_slack_does_not_say_who_may_look_where_only_this_channel_is_shown(
    world: World, app: RunningApp
) -> None:
    make(app, world, ["papers on fusion"])
    make(app, world.room(members=[world.user]), ["papers elsewhere"])
    world.fault("slack", "500", match="users.conversations")
    listing = Listing.asked(world)
    assert listing.queries() == ["papers on fusion"]
    assert "I couldn't check with Slack which channels you're in" in listing.words()


def test_two_workspaces_of_one_organisation_list_their_own(
    outside: World, settings: Settings
) -> None:
    enterprise_id = f"E{uuid4().hex[:9].upper()}"
    first = outside.workspace("Grid lists", enterprise_id=enterprise_id)
    order: Json = {
        "team_id": first.team_id,
        "user_id": first.user,
        "outcome": "allow",
        "enterprise_wide": True,
    }
    assert first.post("/control/slack/install", order)["status"] == 200
    second = outside.workspace("Grid lists too", enterprise_id=enterprise_id)
    second.post("/control/slack/access", {"team_id": second.team_id, "granted": True})
    first.change(f"/control/slack/users/{first.user}", also_in=[second.team_id])
    visited = replace(second, user=first.user).room(members=[first.user])
    linked = link(first, settings)
    share(second, settings, linked.api_key)
    first.room(members=[first.user]).watch("papers of the first")
    visited.room(members=[first.user]).watch("papers of the second")
    assert Listing.asked(first).queries() == ["papers of the first"]
    assert Listing.asked(visited).queries() == ["papers of the second"]


def share(world: World, settings: Settings, api_key: str) -> None:
    async def keep(accounts: SqlAccounts) -> ParallelAccount:
        return await accounts.connect(Workspace(world.team_id), api_key, [])

    in_store(settings, keep)


def test_a_monitor_is_cancelled_from_the_list_and_the_list_shows_the_rest(world: World) -> None:
    thread, _ = world.watch("new papers on fusion")
    world.watch("new papers on fission")
    listing = Listing.asked(world)
    element = next(
        each
        for each in listing.elements()
        if each["action_id"] == "cancel_listed" and thread.ts in str(each["value"])
    )
    assert "new papers on fusion" in str(element["confirm"])
    listing.press("cancel_listed", of=element)
    assert listing.queries() == ["new papers on fission"]
    assert "Cancelled." in listing.words()
    assert world.replies(thread) == ["Cancelled. Nothing more will be posted here."]
    assert world.card_text(thread).startswith("Cancelled")
    assert sorted(str(each["status"]) for each in world.monitors()) == ["active", "cancelled"]


def test_an_old_pages_button_for_a_monitor_cancelled_since_says_so_to_that_person_alone(
    world: World, app: RunningApp
) -> None:
    make(app, world, [f"subject number {each}" for each in range(10)])
    thread, _ = world.watch("new papers on fusion")
    listing = Listing.asked(world)
    listing.press("list_older")
    listing.press("list_newer")
    world.say("cancelmonitor", thread=thread)
    world.until(lambda: len(world.replies(thread)) == 1)
    element = next(each for each in listing.elements() if thread.ts in str(each.get("value")))
    listing.press("cancel_listed", of=element)
    assert "That monitor was already cancelled" in listing.words()
    assert "new papers on fusion" not in listing.queries()
    assert len(world.replies(thread)) == 1


def test_two_presses_of_one_cancel_have_one_effect(world: World) -> None:
    thread, _ = world.watch("new papers on fusion")
    listing = Listing.asked(world)
    element = next(each for each in listing.elements() if each["action_id"] == "cancel_listed")
    done = world.jobs("intent")
    for _ in range(2):
        listing.send(element)
    world.until(lambda: world.jobs("intent") >= done + 2)
    assert world.replies(thread) == ["Cancelled. Nothing more will be posted here."]


def test_a_page_whose_monitors_are_all_cancelled_shows_what_is_left(
    world: World, app: RunningApp
) -> None:
    make(app, world, [f"subject number {each}" for each in range(9)])
    listing = Listing.asked(world)
    older = next(each for each in listing.elements() if each["action_id"] == "list_older")
    listing.press("list_older")
    assert listing.queries() == ["subject number 0"]
    listing.press("cancel_listed")
    world.until(lambda: len(listing.queries()) == 8)
    assert older["value"]


def test_when_parallel_refuses_to_cancel_the_person_is_told_and_the_monitor_stays_listed(
    world: World,
) -> None:
    thread, _ = world.watch("new papers on fusion")
    listing = Listing.asked(world)
    world.fault("parallel", "status:403", match="* /v1/monitors/*/cancel")
    element = next(each for each in listing.elements() if each["action_id"] == "cancel_listed")
    listing.send(element)
    world.until(lambda: [each for each in world.whispers() if "Parallel" in each])
    assert world.replies(thread) == []
    assert world.monitors()[0]["status"] == "active"


def test_the_longest_queries_fit(world: World, app: RunningApp) -> None:
    make(app, world, ["研究 & <論文> " * 60] * 12)
    listing = Listing.asked(world)
    assert len(listing.queries()) == 8
    listing.press("list_older")
    assert len(listing.queries()) == 4


def test_a_parallel_that_is_down_is_told(world: World) -> None:
    world.fault("parallel", "status:503")
    world.command("/monitor", "list")
    world.until(
        lambda: [each for each in world.whispers() if "I can't reach Parallel right now." in each]
    )
