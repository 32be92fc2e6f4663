"""Owner and co-owner: who has a monitor, who may change it, and who has it when one leaves."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Final, cast
from uuid import uuid4

import pytest

from sandbox.demo import DEMO_ACCOUNT
from tests.flows.findings import finding
from tests.flows.forms import errors_of, forms, open_form, submit
from tests.flows.home import Home, member
from tests.flows.on_card import monitor, policy, set_policy
from tests.flows.test_two_accounts import counted
from tests.flows.world import Json, Thread, World, shown_in

NOT_OURS: Final = 'threadwatch_hints_dropped_total{reason="not_ours"}'


@dataclass(frozen=True, slots=True)
class Office:
    """A workspace with an admin (`world.user`) and three members."""

    world: World
    ben: str
    cleo: str
    dan: str

    def watch(self, text: str) -> tuple[Thread, str]:
        """Ben's monitor, with Cleo as co-owner."""
        thread, monitor_id = self.world.watch(text, user=self.ben)
        self.choose(thread, self.cleo)
        self.until_card(thread, f"Started by <@{self.ben}> · Co-owner <@{self.cleo}>")
        return thread, monitor_id

    def choose(self, thread: Thread, co_owner: str, *, user: str = "") -> Json:
        """In the form."""
        user = user or self.ben
        return submit(
            self.world, open_form(self.world, thread, user=user), user=user, co_owner=co_owner
        )

    def until_card(self, thread: Thread, words: str) -> None:
        def look() -> bool:
            card = next(each for each in self.world.cards() if each["ts"] == thread.ts)
            return words in shown_in(card)

        self.world.until(look)

    def leave(self, user: str) -> None:
        """Deactivated; back once what comes of it is done."""
        self.world.until_done(
            "intent", lambda: self.world.change(f"/control/slack/users/{user}", deleted=True)
        )


@pytest.fixture
def office(acme: World) -> Generator[Office]:
    world = acme.workspace(f"w{uuid4().hex[:8]}")
    ben, cleo, dan = (member(world) for _ in range(3))
    assert world.install()["status"] == 200
    world = world.room(members=[world.user, ben, cleo, dan])
    yield Office(world, ben, cleo, dan)
    world.calm()


@pytest.fixture
def world(office: Office) -> World:
    return office.world


def owners(world: World, monitor_id: str) -> tuple[str, object]:
    metadata = cast("dict[str, str]", monitor(world, monitor_id)["metadata"])
    return metadata["user_id"], policy(world, monitor_id).get("co_owner")


def close(world: World, user: str) -> None:
    for each in forms(world, user=user):
        world.post(f"/control/slack/views/{each['id']}/close", {"clear_all": True, "user": user})


def only_owners_change(world: World) -> None:
    home = Home(world, world.user)
    home.open()
    home.press("Change rules")
    home.until_modal("Who may start monitors?")
    view_id = str(cast("Json", home.modal())["id"])
    chosen: Json = {"who_changes": {"who_changes": {"selected_option": {"value": "owner"}}}}
    world.submit_modal(view_id, chosen)
    home.until("Only the person who started one")


def test_a_co_owner_is_chosen_changed_and_taken_back(world: World, office: Office) -> None:
    thread, monitor_id = world.watch("a shared interest", user=office.ben)
    since = world.mark("parallel")
    assert office.choose(thread, office.cleo)["response_action"] is None
    (said,) = world.until(lambda: world.replies(thread))
    assert said.endswith(": a co-owner added.")
    office.until_card(thread, f"Started by <@{office.ben}> · Co-owner <@{office.cleo}>")
    assert owners(world, monitor_id) == (office.ben, office.cleo)
    bodies = [cast("Json", each["body"]) for each in world.requests("parallel", since=since)]
    assert [set(each) for each in bodies if each] == [{"metadata"}]
    office.choose(thread, office.dan, user=office.cleo)
    office.until_card(thread, f"Co-owner <@{office.dan}>")
    # Its pauses and other choices leave it as it is.
    world.say("pause", thread=thread, user=office.dan)
    office.until_card(thread, "Paused")
    assert owners(world, monitor_id) == (office.ben, office.dan)
    office.choose(thread, "", user=office.dan)
    world.until(lambda: "no co-owner any more" in world.replies(thread)[-1])
    assert owners(world, monitor_id) == (office.ben, None)
    assert "Co-owner" not in shown_in(world.cards()[0])
    assert all(not each.get("pings") for each in world.reply_messages(thread))


def test_a_co_owner_may_what_the_owner_may(world: World, office: Office) -> None:
    thread, monitor_id = office.watch("what two people watch")
    only_owners_change(world)
    world.say("hourly", thread=thread, user=office.dan)
    world.until(lambda: "and admins can do that" in (world.whispers() or [""])[-1])
    world.say("hourly", thread=thread, user=office.cleo)
    office.until_card(thread, "Watching* hourly")
    home = Home(world, office.cleo)
    assert "what two people watch" in home.open()
    assert "what two people watch" not in Home(world, office.dan).open()
    world.say("cancelmonitor", thread=thread, user=office.cleo)
    world.until(lambda: monitor(world, monitor_id)["status"] == "cancelled")
    office.until_card(thread, f"Cancelled by <@{office.cleo}>")


def test_another_question_keeps_its_co_owner(world: World, office: Office) -> None:
    thread, monitor_id = office.watch("prices of copper in Chile")
    form = open_form(world, thread, user=office.cleo)
    submit(world, form, user=office.cleo, query="elections in Norway")
    view = world.until(
        lambda: next(
            (v for e in forms(world, user=office.cleo) if (v := cast("Json", e["view"]))), None
        )
    )
    submit(world, view, user=office.cleo)
    new = world.until(
        lambda: next((m for m in world.monitors() if m["monitor_id"] != monitor_id), None)
    )
    office.until_card(thread, "elections in Norway")
    assert owners(world, str(new["monitor_id"])) == (office.ben, office.cleo)


def test_not_everyone_can_be_co_owner(world: World, office: Office) -> None:
    thread, monitor_id = world.watch("what nobody shares", user=office.ben)
    form = open_form(world, thread, user=office.ben)
    world.fault("slack", "slow", match="users.info", seconds=1.5)
    refused = submit(world, form, user=office.ben, co_owner=office.cleo)
    assert "couldn't check with Slack who that is" in errors_of(refused)["co_owner"]
    world.calm()
    close(world, office.ben)
    elsewhere = world.workspace(f"w{uuid4().hex[:8]}")
    world.change(f"/control/slack/users/{office.dan}", deleted=True)
    for who, words in (
        (office.ben, "own this monitor already"),
        (elsewhere.user, "Choose a member of this workspace"),
        (office.dan, "Choose a member of this workspace"),
    ):
        assert words in errors_of(office.choose(thread, who))["co_owner"]
        close(world, office.ben)
    assert owners(world, monitor_id) == (office.ben, None)


def test_who_holds_the_key_makes_nobody_co_owner(world: World, office: Office) -> None:
    thread, monitor_id = world.watch("what somebody reaches for", user=office.ben)
    dropped = counted(world, NOT_OURS)
    set_policy(world, monitor_id, policy(world, monitor_id) | {"co_owner": office.dan})
    world.run(monitor_id, events=[finding("said by whom?")])
    world.until(lambda: counted(world, NOT_OURS) > dropped)
    metadata = cast("dict[str, str]", monitor(world, monitor_id)["metadata"])
    unsigned = {name: text for name, text in metadata.items() if name != "signature"}
    path, key = f"/parallel/v1/monitors/{monitor_id}/update", {"x-api-key": DEMO_ACCOUNT.api_key}
    assert world.client.post(path, json={"metadata": unsigned}, headers=key).is_success
    only_owners_change(world)
    world.until_done("intent", lambda: world.say("cancelmonitor", thread=thread, user=office.dan))
    assert monitor(world, monitor_id)["status"] == "active"
    assert world.replies(thread) == []


def test_the_owner_leaves_and_the_co_owner_has_it(world: World, office: Office) -> None:
    thread, monitor_id = office.watch("what goes on with Cleo")
    orphan, _ = world.watch("what nobody has now", user=office.ben)
    office.leave(office.ben)
    office.until_card(thread, f"Started by <@{office.cleo}>")
    assert owners(world, monitor_id) == (office.cleo, None)
    (told,) = world.until(lambda: office.world.direct_messages(office.cleo))
    words = shown_in(told)
    assert f"<@{office.ben}> was deactivated. As co-owner, you own 1 monitor of theirs" in words
    assert "what goes on with Cleo" in words
    (asked,) = world.until(lambda: office.world.direct_messages(world.user))
    assert "what nobody has now" in shown_in(asked)
    assert "what goes on with Cleo" not in shown_in(asked)
    world.click(Thread(str(asked["channel"]), str(asked["ts"])), "take_over")
    office.until_card(orphan, f"<@{world.user}>")
    assert len(office.world.direct_messages(office.cleo)) == 1


def test_a_co_owner_who_left_owns_nothing(world: World, office: Office) -> None:
    thread, monitor_id = office.watch("what two people leave")
    office.leave(office.cleo)
    world.until(lambda: owners(world, monitor_id) == (office.ben, None))
    office.until_card(thread, f"Started by <@{office.ben}>")
    assert office.world.direct_messages(world.user) == []
    office.leave(office.ben)
    (asked,) = world.until(lambda: office.world.direct_messages(world.user))
    assert "what two people leave" in shown_in(asked)
