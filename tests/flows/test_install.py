"""Adding the app to workspaces by OAuth, and losing it again."""

import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final, cast
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from sandbox.plain_http import NO_TLS
from tests.first import first
from tests.flows.signed import SlackSender
from tests.flows.world import Json, World

CONSENT: Final = "/slack/oauth/v2/authorize"


@contextmanager
def browser(world: World) -> Generator[httpx.Client]:
    with httpx.Client(base_url=world.app_url, trust_env=False, verify=NO_TLS, timeout=60) as client:
        yield client


def begin(client: httpx.Client) -> dict[str, str]:
    """From the app's own page to Slack's; what the app asked Slack for."""
    answer = client.get("/slack/install")
    assert answer.status_code == httpx.codes.FOUND
    target = urlsplit(answer.headers["location"])
    assert target.path == CONSENT
    return dict(parse_qsl(target.query))


def consent(client: httpx.Client, world: World, asked: dict[str, str]) -> httpx.URL:
    """Say yes at Slack; where the browser is sent then."""
    choice = {"chosen_team": world.team_id, "chosen_user": world.user, "decision": "allow"}
    answer = client.post(world.client.base_url.join(CONSENT), data=asked | choice)
    assert answer.status_code == httpx.codes.FOUND, answer.text
    return httpx.URL(answer.headers["location"])


def exchanges(world: World) -> int:
    return len(world.slack_calls("oauth.v2.access"))


def assert_refused(answer: httpx.Response, *, saying: str) -> None:
    """A page that says what to do, and offers to start again; a 4xx."""
    assert 400 <= answer.status_code < 500, answer.status_code
    assert saying in " ".join(answer.text.split())
    assert 'href="/slack/install"' in answer.text
    assert answer.headers["content-type"].startswith("text/html")


def test_two_workspaces_install_and_each_posts_with_its_own_token(outside: World) -> None:
    first, second = outside.workspace("Initech"), outside.workspace("Globex")
    since = outside.mark("slack")
    for world in (first, second):
        page = world.install()
        assert page["status"] == 200
        assert "/monitor latest AI research papers" in str(page["body"])
    for world in (first, second):
        thread, monitor_id = world.watch("new papers on fusion")
        world.run(monitor_id)
        world.until(lambda world=world, thread=thread: world.replies(thread))
    posts = outside.slack_calls("chat.postMessage", since=since)
    assert {(each["team_id"], each["answer"] is not None) for each in posts} == {
        (first.team_id, True),
        (second.team_id, True),
    }
    assert len({each["token_or_key"] for each in posts}) == 2
    assert len(first.cards()) == len(second.cards()) == 1


def test_a_commands_steady_state_costs_no_auth_test(acme: World) -> None:
    world = acme.room()
    world.watch("new papers on fusion")
    since = world.mark("slack")
    world.command("/help")
    world.command("/hourly", "new papers on fission")
    world.until(lambda: len(world.monitors()) == 2)
    methods = {str(each["api_method"]) for each in world.requests("slack", since=since)}
    # Whether a guest asks is read at each start on the operator's account; a run that is over
    # asks whether the app is still in the channel.
    starts = {"users.info", "conversations.join", "chat.postMessage", "chat.update"}
    assert methods <= starts | {"conversations.info"}


def test_the_install_asks_for_the_manifests_scopes_and_comes_back_to_us(outside: World) -> None:
    with browser(outside) as client:
        asked = begin(client)
    assert "chat:write" in asked["scope"].split(",")
    assert asked["redirect_uri"] == f"{outside.app_url}/slack/oauth_redirect"
    assert len(asked["state"]) >= 20


def test_a_declined_install_says_so_and_stores_nothing(outside: World) -> None:
    world = outside.workspace("Decliners")
    before = exchanges(world)
    page = world.install(outcome="deny")
    assert page["status"] in range(400, 500)
    assert "declined" in str(page["body"])
    assert 'href="/slack/install"' in str(page["body"])
    assert exchanges(world) == before


def test_another_browser_cannot_finish_an_install(outside: World) -> None:
    world = outside.workspace("Victims")
    before = exchanges(world)
    with browser(world) as mine, browser(world) as other:
        back = consent(mine, world, begin(mine))
        assert_refused(other.get(back), saying="started in this browser")
    assert exchanges(world) == before


def test_an_install_without_a_state_is_told_to_start_here(outside: World) -> None:
    """As Slack's own admin pages start one."""
    before = exchanges(outside)
    with browser(outside) as client:
        assert_refused(
            client.get("/slack/oauth_redirect", params={"code": "1.2.3"}),
            saying="start a new installation",
        )
    assert exchanges(outside) == before


def test_a_state_works_once(outside: World) -> None:
    world = outside.workspace("Replayers")
    with browser(world) as client:
        asked = begin(client)
        cookies = dict(client.cookies)
        back = consent(client, world, asked)
        assert client.get(back).headers["location"] == "/slack/installed"
        before = exchanges(world)
        again = client.get(back, headers={"cookie": cookie_header(cookies)})
        assert_refused(again, saying="only once")
    assert exchanges(world) == before


def cookie_header(cookies: dict[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in cookies.items())


def test_a_code_that_slack_refuses_is_explained(outside: World) -> None:
    with browser(outside) as client:
        asked = begin(client)
        answer = client.get(
            "/slack/oauth_redirect", params={"code": "made.up", "state": asked["state"]}
        )
        assert_refused(answer, saying="expired")


def test_an_answer_without_a_code_is_explained(outside: World) -> None:
    with browser(outside) as client:
        asked = begin(client)
        answer = client.get("/slack/oauth_redirect", params={"state": asked["state"]})
        assert_refused(answer, saying="without the code")


@pytest.mark.parametrize("kind", first(2, ["garbled", "500", "drop_before", "429"]))
def test_a_slack_that_does_not_answer_the_exchange_ends_in_a_page(
    outside: World, kind: str
) -> None:
    world = outside.workspace(f"Unlucky {kind}")
    outside.fault("slack", kind, match="oauth.v2.access", times=1)
    try:
        with browser(world) as client:
            answer = client.get(consent(client, world, begin(client)))
    finally:
        outside.calm()
    assert_refused(answer, saying="Start again")


@pytest.mark.parametrize(
    "query",
    first(
        2,
        [
            "state=" + "a" * 5000 + "&code=1",
            "state=../../etc/passwd&code=1",
            "error=<script>alert(1)</script>",
            "error=access_denied&state=x",
            "code=%FF%FE&state=%00",
            "state=a&state=b&code=c&code=d",
        ],
    ),
)
def test_an_odd_return_gets_a_page_and_leaves_no_trace(outside: World, query: str) -> None:
    before = exchanges(outside)
    with browser(outside) as client:
        answer = client.get(f"/slack/oauth_redirect?{query}")
    assert 400 <= answer.status_code < 500
    assert "<script>" not in answer.text
    assert exchanges(outside) == before


@pytest.mark.parametrize("path", ["/slack/install", "/slack/oauth_redirect"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_the_oauth_doors_take_get_alone(outside: World, path: str, method: str) -> None:
    answer = httpx.request(
        method, outside.app_url + path, content=b"x", trust_env=False, verify=NO_TLS
    )
    assert answer.status_code == httpx.codes.METHOD_NOT_ALLOWED


def test_an_organisation_wide_install_serves_its_workspaces(outside: World) -> None:
    one = outside.workspace("Grid one", enterprise_id="E0GRID0001")
    two = outside.workspace("Grid two", enterprise_id="E0GRID0001")
    order: Json = {
        "team_id": one.team_id,
        "user_id": one.user,
        "outcome": "allow",
        "enterprise_wide": True,
    }
    assert outside.post("/control/slack/install", order)["status"] == 200
    for world in (one, two):
        thread, monitor_id = world.watch("new papers on fusion")
        world.run(monitor_id)
        world.until(lambda world=world, thread=thread: len(world.replies(thread)) == 1)
        world.say("cancelmonitor", thread=thread)
        world.until(lambda world=world, thread=thread: len(world.replies(thread)) == 2)


def test_a_workspace_that_uninstalls_is_forgotten_and_may_come_back(outside: World) -> None:
    world = outside.workspace("Leavers")
    world.install()
    world.watch("new papers on fusion")
    sender = SlackSender.of(world)
    world.post("/control/slack/uninstall", {"team_id": world.team_id})
    told = world.until(lambda: sender.command(world, "/help").text)
    world.until(lambda: "isn't installed" in sender.command(world, "/help").text)
    assert told
    world.install()
    answer = cast("Json", world.command("/help")["answer"])
    assert "cancelmonitor" in str(answer["text"])


@pytest.mark.parametrize("kind", ["app_uninstalled", "tokens_revoked"])
def test_an_event_older_than_the_reinstall_deletes_nothing(outside: World, kind: str) -> None:
    world = outside.workspace(f"Returners {kind}")
    world.install()
    sender = SlackSender.of(world)
    bot = f"U0BOT{world.team_id[1:]}"
    event: Json = {"type": kind, "tokens": {"oauth": [], "bot": [bot]}}
    old = sender.event(world, event, event_time=int(time.time()) - 3600)
    assert old.status_code == httpx.codes.OK
    assert "cancelmonitor" in sender.command(world, "/help").text
    new = sender.event(world, event, event_time=int(time.time()) + 1)
    assert new.status_code == httpx.codes.OK
    assert "isn't installed" in sender.command(world, "/help").text


def test_a_revoked_user_token_is_no_reason_to_forget_the_workspace(outside: World) -> None:
    world = outside.workspace("Keepers")
    world.install()
    sender = SlackSender.of(world)
    event: Json = {"type": "tokens_revoked", "tokens": {"oauth": ["U0SOMEONE1"], "bot": []}}
    sender.event(world, event, event_time=int(time.time()) + 1)
    assert "cancelmonitor" in sender.command(world, "/help").text
