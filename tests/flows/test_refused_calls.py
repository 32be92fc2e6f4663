"""A clear no of any of Slack's methods: the person hears at once, and nothing is tried for days."""

from uuid import uuid4

import pytest

from tests.first import first
from tests.flows.findings import finding
from tests.flows.home import Home
from tests.flows.world import World

CODES = ["user_not_found", "a_code_of_next_year", "missing_scope", "invalid_arguments"]


def ended(world: World, kind: str) -> int:
    return sum(world.jobs(kind, outcome) for outcome in ("Done", "Failed", "Suspended"))


@pytest.mark.parametrize("code", first(2, CODES))
def test_a_start_whose_person_slack_does_not_show_is_answered(world: World, code: str) -> None:
    world.fault("slack", f"error:{code}", match="users.info", times=1)
    before = ended(world, "intent")
    world.command("/monitor", "new papers on fusion")
    (told,) = world.until(world.whispers)
    assert ("Guests" in told) is (code == "user_not_found"), told
    assert "channel" not in told
    world.until(lambda: ended(world, "intent") > before)
    assert world.messages() == []
    assert world.monitors() == []


@pytest.mark.parametrize("code", first(2, CODES))
def test_a_modal_whose_person_slack_does_not_show_says_so(world: World, code: str) -> None:
    home = Home(world, world.user)
    home.open()
    world.fault("slack", f"error:{code}", match="users.info", times=1)
    home.press("Connect your own account")
    said = home.until_modal("workspace admin")
    assert "channel" not in said.lower()
    home.close()


@pytest.mark.parametrize("code", first(2, CODES))
def test_a_home_tab_that_slack_refuses_ends_at_once(world: World, code: str) -> None:
    world.fault("slack", f"error:{code}", match="views.publish", times=1)
    before, put_back = ended(world, "show"), world.jobs("show", "RetryAfter")
    world.post("/control/slack/home", {"team_id": world.team_id, "user": world.user})
    world.until(lambda: ended(world, "show") > before)
    assert world.jobs("show", "RetryAfter") == put_back


@pytest.mark.parametrize("code", first(2, CODES))
def test_an_answer_that_can_be_shown_nowhere_ends_at_once(world: World, code: str) -> None:
    thread, _ = world.watch(f"papers on {uuid4().hex}")
    world.fault("slack", "error:restricted_action", match="chat.postMessage", times=1)
    world.fault("slack", f"error:{code}", match="chat.postEphemeral", times=1)
    before, put_back = ended(world, "intent"), world.jobs("intent", "RetryAfter")
    world.say("status", thread=thread)
    world.until(lambda: ended(world, "intent") > before)
    assert world.jobs("intent", "RetryAfter") == put_back


@pytest.mark.parametrize("code", first(2, CODES))
def test_an_owner_who_can_be_sent_nothing_ends_at_once(world: World, code: str) -> None:
    thread, monitor_id = world.watch(f"papers on {uuid4().hex}")
    world.fault("slack", f"error:{code}", match="conversations.open")
    before, put_back = ended(world, "notify"), world.jobs("notify", "RetryAfter")
    world.fault("slack", "error:restricted_action", match="chat.postMessage", times=1)
    world.run(monitor_id, events=[finding("first thing")])
    world.until(lambda: ended(world, "notify") > before)
    world.calm()
    assert world.jobs("notify", "RetryAfter") == put_back
    assert world.replies(thread) == []


@pytest.mark.parametrize("code", first(2, CODES))
def test_a_stray_that_may_not_be_deleted_holds_up_nothing(world: World, code: str) -> None:
    thread, monitor_id = world.watch(f"papers on {uuid4().hex}")
    path = f"/control/slack/messages/{thread.channel}/{thread.ts}"
    assert world.client.delete(path).is_success
    world.fault("slack", f"error:{code}", match="chat.delete", times=1)
    world.run(monitor_id, events=[finding("first thing")])
    world.until(lambda: [m for m in world.messages() if "was deleted" in str(m["text"])])
