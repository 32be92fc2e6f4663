"""What admins change in the App Home: the webhook secret, and leaving an account."""

import json
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Final, cast
from uuid import uuid4

import pytest

from monitors.accounts.store import SqlAccounts
from monitors.model.account import ParallelAccount
from monitors.model.workspace import Workspace
from monitors.settings import Settings
from tests.first import first
from tests.flows.findings import finding
from tests.flows.home import Home, Linked, in_store, kept, link, linked, member, settings, world
from tests.flows.leaver import next_second, uninstall
from tests.flows.on_card import run, say
from tests.flows.signed import ParallelSender, SlackSender
from tests.flows.stored import Stored
from tests.flows.world import Json, Thread, World, shown_in

__all__ = ["linked", "settings", "world"]

CANCEL: Final = "POST */cancel"
PARALLELS: Final = tuple(
    ("parallel", call, kind)
    for kind, call in product(
        ("500", "drop_after", "429", "drop_before", "status:408", "page:404"),
        ("GET /v1/monitors", CANCEL),
    )
)
SLACKS: Final = tuple(
    ("slack", call, kind)
    for kind, call in product(("drop_after", "500", "429"), ("chat.update", "chat.postMessage"))
)
UNKNOWN: Final = b'{"type": "monitor.made.of.cheese", "data": {}}'
ADMINS_ONLY: Final = "Only admins and owners of this workspace"


@pytest.fixture
def home(world: World, linked: Linked) -> Home:
    assert linked.account.team_id == world.team_id
    home = Home(world, world.user)
    home.open()
    return home


def assert_ended(world: World, *threads: Thread) -> None:
    """Each thread is told once, and its card says so in the end.

    A redraw that had begun before may come between.
    """
    for thread in threads:
        (told,) = world.until(lambda thread=thread: world.replies(thread))
        assert "-Admin disconnected the Parallel account that this monitor ran on" in told
        world.until(lambda thread=thread: world.card_text(thread).startswith("Cancelled"))
        assert world.buttons(thread) == []


def until_forgotten(world: World, settings: Settings, linked: Linked) -> None:
    """No key is kept, and no monitor of the workspace runs on the account."""
    world.until(lambda: kept(settings, linked) == [])
    assert {each["status"] for each in world.monitors()} <= {"cancelled"}


def test_unlinking_says_what_will_happen_does_it_and_deletes_the_key(
    world: World, home: Home, linked: Linked, settings: Settings
) -> None:
    threads = [world.watch(f"papers on {number}")[0] for number in range(2)]
    home.press("Disconnect")
    home.until_modal("2 monitors of this workspace run on it.", "cancels them for good")
    assert {each["status"] for each in world.monitors()} == {"active"}
    home.submit()
    home.until_modal("The account is disconnected.")
    assert_ended(world, *threads)
    until_forgotten(world, settings, linked)
    assert "being disconnected" not in home.until("Not connected.")


def test_a_card_that_was_being_redrawn_says_in_the_end_that_it_is_over(
    world: World, home: Home, linked: Linked, settings: Settings
) -> None:
    """Slack carries out the redraw after a check only once the account is gone."""
    thread, monitor_id = world.watch("papers on fusion")
    world.until(lambda: "checked" in world.card_text(thread))
    world.fault("slack", "slow", match="chat.update", times=1, seconds=60)
    world.run(monitor_id, "nothing")
    world.until_held("slack")
    home.unlink()
    assert_ended(world, thread)
    until_forgotten(world, settings, linked)
    world.until_done("refresh", world.calm, about=monitor_id)
    assert_ended(world, thread)


def test_what_waited_is_counted_in_the_thread(world: World, home: Home) -> None:
    paused, monitor_id = world.watch("what is paused")
    other, _ = world.watch("what is not")
    say(world, "pause", paused)
    for words in ("one", "two"):
        run(world, monitor_id, f"number {words}")
    home.open()
    home.unlink()
    world.until(lambda: len(world.replies(paused)) == 2 and world.replies(other))
    assert world.replies(paused)[-1].endswith(
        "2 findings were still waiting and can't be posted any more."
    )
    assert "waiting" not in world.replies(other)[-1]


def test_an_account_on_which_nothing_runs_is_unlinked_without_a_word_to_anybody(
    world: World, home: Home, linked: Linked, settings: Settings
) -> None:
    home.press("Disconnect")
    home.until_modal("None of this workspace's monitors run on it.")
    home.submit()
    until_forgotten(world, settings, linked)
    assert world.messages() == []


def test_monitors_of_others_on_the_same_account_go_on(
    world: World, home: Home, linked: Linked, settings: Settings
) -> None:
    elsewhere = world.workspace(f"w{uuid4().hex[:8]}")
    assert elsewhere.install()["status"] == 200

    async def to_both(accounts: SqlAccounts) -> ParallelAccount:
        return await accounts.connect(Workspace(elsewhere.team_id), linked.api_key, [linked.secret])

    in_store(settings, to_both)
    theirs, their_monitor = elsewhere.watch("papers on fishes")
    thread, _ = world.watch("papers on fusion")
    home.unlink()
    assert_ended(world, thread)
    until_forgotten(world, settings, linked)
    elsewhere.run(their_monitor, events=[finding("still watched")])
    elsewhere.until(lambda: elsewhere.replies(theirs))
    assert "still watched" in elsewhere.replies(theirs)[0]


def test_another_account_can_be_linked_while_the_first_is_still_being_left(
    world: World, home: Home, linked: Linked, settings: Settings
) -> None:
    thread, _ = world.watch("papers on fusion")
    world.fault("parallel", "500", match=CANCEL)
    home.press("Change account")
    home.until_modal("Change the account?", "1 monitor of this workspace runs on it.")
    home.submit()
    home.until_modal("The account is disconnected.")
    home.until(f"The account with the key …{linked.last_four} is being disconnected")
    second = link(world, settings)
    other, _ = world.watch("papers on fission")
    world.calm()
    assert_ended(world, thread)
    world.until(lambda: kept(settings, linked) == [])
    assert kept(settings, second) == ["connected"]
    assert world.card_text(other).startswith("Watching")
    assert world.replies(other) == []


@pytest.mark.parametrize("fault", [*first(1, PARALLELS), *first(1, SLACKS)], ids=" ".join)
def test_who_fails_for_a_while_is_asked_until_it_is_done(
    world: World, home: Home, linked: Linked, settings: Settings, fault: tuple[str, str, str]
) -> None:
    thread, _ = world.watch("papers on fusion")
    home.press("Disconnect")
    home.until_modal("runs on it.")
    side, match, kind = fault
    world.fault(side, kind, match=match, times=2, seconds=1)
    home.submit()
    until_forgotten(world, settings, linked)
    assert_ended(world, thread)


def test_where_parallel_refuses_the_key_it_is_deleted_and_the_admin_told_what_is_left(
    world: World, home: Home, linked: Linked, settings: Settings
) -> None:
    world.watch("papers on fusion")
    world.change(f"/control/parallel/accounts/{linked.name}", revoked=True)
    home.press("Disconnect")
    home.until_modal("Parallel didn't say how many of this workspace's monitors")
    home.submit()
    world.until(lambda: kept(settings, linked) == [])
    # Another job may have met the refused key before, and said so.
    told = world.until(lambda: [each for each in texts(world) if "is disconnected" in each])
    assert len(told) == 1
    assert f"the key …{linked.last_four} is disconnected" in told[0]
    assert "Cancel them at platform.parallel.ai" in told[0]


def texts(world: World) -> list[str]:
    return [str(each["text"]) for each in world.direct_messages()]


def test_an_uninstall_while_an_account_is_left_ends_its_monitors_too(
    world: World, home: Home, linked: Linked, settings: Settings
) -> None:
    world.watch("papers on fusion")
    world.fault("parallel", "500", match=CANCEL)
    home.unlink()
    uninstall(world, is_told=True)
    world.calm()
    world.until(lambda: Stored(settings).naming(world.team_id) == [])
    until_forgotten(world, settings, linked)


def test_an_install_that_calls_a_removal_off_does_not_stop_the_leaving_of_an_account(
    world: World, home: Home, linked: Linked, settings: Settings
) -> None:
    thread, _ = world.watch("papers on fusion")
    world.fault("parallel", "500", match=CANCEL)
    home.unlink()
    since = world.mark("parallel")
    uninstall(world, is_told=True)
    world.until(lambda: len(world.requests("parallel", since=since)) >= 2)
    next_second(world)
    assert world.install()["status"] == 200
    world.calm()
    until_forgotten(world, settings, linked)
    assert_ended(world, thread)


def test_a_closed_thread_keeps_nobody_from_leaving(
    world: World, home: Home, linked: Linked, settings: Settings
) -> None:
    world.watch("papers on fusion")
    world.change(f"/control/slack/channels/{world.channel}", archived=True)
    home.unlink()
    until_forgotten(world, settings, linked)


def test_sent_twice_it_is_done_once(
    world: World, home: Home, linked: Linked, settings: Settings
) -> None:
    thread, _ = world.watch("papers on fusion")
    home.press("Disconnect")
    home.until_modal("runs on it.")
    view = home.modal()
    home.submit()
    again = submission(world, world.user, cast("Json", view))
    assert "already submitted" in again
    assert_ended(world, thread)
    until_forgotten(world, settings, linked)


def submission(world: World, user: str, view: Json, **fields: str) -> str:
    """A truly signed sending of a modal by that person; the words of the answer."""
    typed = {name: {name: {"value": value}} for name, value in fields.items()}
    payload = {
        "type": "view_submission",
        "team": {"id": world.team_id},
        "user": {"id": user, "team_id": world.team_id},
        "trigger_id": f"1.2.{uuid4().hex}",
        "view": {**view, "type": "modal", "state": {"values": typed}},
    }
    answer = SlackSender.of(world).interaction(payload)
    assert answer.status_code == 200
    return json.dumps(answer.json(), ensure_ascii=False)


def test_only_an_admin_changes_anything_even_with_a_signed_request(
    world: World, home: Home, linked: Linked, settings: Settings
) -> None:
    thread, _ = world.watch("papers on fusion")
    home.press("Disconnect")
    home.until_modal("runs on it.")
    view = cast("Json", home.modal())
    somebody = member(world)
    assert ADMINS_ONLY in submission(world, somebody, view)
    secret: Json = {"id": "V0FORGED", "callback_id": "account_secret"}
    refused = submission(world, somebody, secret, secret="forged-one")
    assert ADMINS_ONLY in refused
    assert json.loads(refused)["response_action"] == "errors"
    stranger = world.workspace(f"w{uuid4().hex[:8]}").user
    assert "nothing was changed" in submission(world, stranger, view).lower()
    assert kept(settings, linked) == ["connected"]
    assert answers(world, linked, secret="forged-one") == 401
    assert answers(world, linked, secret=linked.secret) == 202
    assert world.card_text(thread).startswith("Watching")


def test_while_slack_does_not_say_who_is_an_admin_nothing_is_changed(
    world: World, home: Home, linked: Linked, settings: Settings
) -> None:
    home.press("Disconnect")
    home.until_modal("run on it.")
    world.fault("slack", "slow", match="users.info", seconds=2.5)
    home.submit()
    home.until_modal("I couldn't check with Slack whether you're an admin")
    assert kept(settings, linked) == ["connected"]


def test_an_old_modal_does_not_unlink_the_account_that_was_linked_since(
    world: World, home: Home, linked: Linked, settings: Settings
) -> None:
    home.press("Disconnect")
    home.until_modal("run on it.")
    assert kept(settings, linked)
    second = link(world, settings)
    home.submit()
    home.until_modal("Someone connected a different account in the meantime")
    assert kept(settings, second) == ["connected"]


def answers(world: World, linked: Linked, *, secret: str) -> int:
    """What Parallel's door answers to a webhook signed so."""
    url = f"{world.app_url}/webhooks/parallel/{linked.account.endpoint_id}"
    return ParallelSender(url, secret).send(UNKNOWN).status_code


def test_a_new_secret_counts_at_once_and_the_old_one_for_a_while(
    world: World, home: Home, linked: Linked
) -> None:
    assert answers(world, linked, secret="the next one") == 401
    home.press("Rotate webhook secret")
    home.until_modal("Webhook secret")
    home.submit({"secret": " the-next-one "})
    home.until_modal("The new webhook secret is saved. The previous one works until")
    assert answers(world, linked, secret="the-next-one") == 202
    assert answers(world, linked, secret=linked.secret) == 202
    words = home.until("The previous webhook secret works until")
    assert "the-next-one" not in words


def test_after_the_overlap_only_the_new_secret_counts(world: World, settings: Settings) -> None:
    linked = link(world, settings)

    async def rotate(accounts: SqlAccounts) -> ParallelAccount | None:
        return await accounts.add_secret(Workspace(world.team_id), "the-next-one")

    in_store(settings, rotate, at=datetime.now(UTC) - timedelta(days=3))
    assert answers(world, linked, secret="the-next-one") == 202
    assert answers(world, linked, secret=linked.secret) == 401


@pytest.mark.parametrize("secret", first(2, ["two words", "s3cret", "   ", "tab\tin it"]))
def test_what_cannot_be_a_secret_is_refused_in_the_modal(
    world: World, home: Home, linked: Linked, secret: str
) -> None:
    home.press("Rotate webhook secret")
    home.until_modal("Webhook secret")
    answer = home.submit({"secret": secret})
    assert answer["response_action"] == "errors"
    assert answers(world, linked, secret=linked.secret) == 202
    assert "Webhook secret" in shown_in(cast("Json", home.modal()))
