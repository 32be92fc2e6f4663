"""From the install to a monitor on the workspace's own Parallel account, in a browser."""

from collections.abc import Generator

import httpx
import pytest

from monitors.settings import Settings
from tests.first import first, first_rows
from tests.flows.connecting import Browser, browser, csrf_of, open_account, words_of
from tests.flows.world import Json, World


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"parallel_api_key": None, "parallel_webhook_secret": None})


def test_an_admin_installs_links_and_watches_with_their_own_account(outside: World) -> None:
    world, account = outside.workspace("Initech"), open_account(outside)
    before = outside.mark("parallel")
    with browser(world) as admin:
        installed = admin.install_and_start()
        assert installed.status_code == 200
        assert "Threadwatch is in Initech" in words_of(installed)

        page = admin.get("/parallel/connect")
        assert page.status_code == 200
        assert "Initech" in words_of(page)
        assert 'action="/parallel/authorize"' in page.text

        linked = admin.link(account)
        assert (linked.status_code, linked.headers["location"]) == (303, "/parallel/webhook")
        asked = admin.get("/parallel/webhook")
        assert f"key …{account.api_key[-4:]}" in words_of(asked)
        assert "Settings, then Webhooks" in words_of(asked).replace(" , ", ", ")

        kept = admin.post("/parallel/webhook", {"secret": account.secret})
        assert (kept.status_code, kept.headers["location"]) == (303, "/parallel/check")
        waiting = admin.get("/parallel/check")
        assert "the first real webhook will tell" in words_of(waiting)

        thread, monitor_id = world.watch("new papers on fusion")
        world.run(monitor_id)
        world.until(lambda: world.replies(thread))
        assert "Secret verified" in words_of(admin.get("/parallel/check"))
        done = admin.get("/parallel/done")
        assert "Threadwatch is ready" in words_of(done)
        assert f"https://app.slack.com/client/{world.team_id}" in done.text
    used = {str(each["token_or_key"]) for each in world.requests("parallel", since=before)}
    assert used - {""} == {account.api_key[-4:]}


@pytest.fixture
def world(outside: World) -> Generator[World]:
    """A workspace of the test's own, and no faults after it."""
    yield outside.workspace("Globex")
    outside.calm()


@pytest.fixture
def admin(world: World) -> Generator[Browser]:
    """The browser of an admin who has just installed the app."""
    with browser(world) as client:
        assert client.install_and_start().status_code == 200
        yield client


def colleague(world: World, *, is_admin: bool = False) -> str:
    person: Json = {"team_id": world.team_id, "name": "colleague", "is_admin": is_admin}
    return str(world.post("/control/slack/users", person)["id"])


def assert_told(answer: httpx.Response, *parts: str) -> None:
    """A page that says what happened and what to do; the sender's fault, or nobody's."""
    assert 400 <= answer.status_code < 500, answer.status_code
    for part in parts:
        assert part in words_of(answer)
    assert answer.headers["cache-control"] == "no-store"


def assert_not_linked(world: World) -> None:
    answer = world.command("/help")["answer"]
    assert "isn't connected to Parallel yet" in str(answer)


def test_a_pasted_key_is_tried_and_kept(admin: Browser, world: World) -> None:
    account = open_account(world)
    kept = admin.post("/parallel/connect", {"api_key": f"  {account.api_key}\n"})
    assert (kept.status_code, kept.headers["location"]) == (303, "/parallel/webhook")
    assert f"key …{account.api_key[-4:]}" in words_of(admin.get("/parallel/webhook"))
    assert f"key …{account.api_key[-4:]}" in str(world.command("/help")["answer"])


@pytest.mark.parametrize(
    "key", first(2, ["wrong", "x" * 400, "x" * 600, "with space", "schlüssel", ""])
)
def test_a_key_that_parallel_refuses_is_not_kept(admin: Browser, world: World, key: str) -> None:
    answer = admin.post("/parallel/connect", {"api_key": key})
    assert answer.status_code == 422
    assert "Parallel doesn't accept this key" in words_of(answer)
    assert 'aria-invalid="true"' in answer.text
    assert key == "" or key not in answer.text
    assert_not_linked(world)


@pytest.mark.parametrize(
    ("fault", "status", "heading"),
    first_rows(
        2,
        [
            ("status:402", 422, "has no credit"),
            ("status:403", 422, "isn't allowed to use monitors"),
            ("500", 424, "Parallel isn't responding"),
            ("drop_before", 424, "Parallel isn't responding"),
        ],
    ),
)
def test_a_key_that_cannot_be_tried_is_not_kept(
    admin: Browser, world: World, fault: str, status: int, heading: str
) -> None:
    account = open_account(world)
    world.fault("parallel", fault, match="GET /v1/monitors")
    for answer in (
        admin.post("/parallel/connect", {"api_key": account.api_key}),
        admin.link(account),
    ):
        assert answer.status_code == status
        assert heading in words_of(answer)
        assert account.api_key not in answer.text
    assert_not_linked(world)
    world.calm()
    assert admin.link(account).status_code == 303


def test_a_no_at_parallel_is_told_and_can_be_changed(admin: Browser, world: World) -> None:
    account = open_account(world)
    asked = admin.to_parallel()
    back = admin.consent(account, asked, decision="deny")
    assert_told(admin.get(back), "Parallel was not connected", "declined", "try again")
    assert_told(admin.get("/parallel/callback", state=asked["state"], code="x"), "already used")
    assert_not_linked(world)
    assert admin.link(account).status_code == 303


def test_a_way_back_works_once(admin: Browser, world: World) -> None:
    back = admin.consent(open_account(world), admin.to_parallel())
    assert admin.get(back).status_code == 303
    assert_told(admin.get(back), "This connection has expired or was already used", "Try again")


def test_a_code_that_was_used_is_refused(admin: Browser, world: World) -> None:
    account = open_account(world)
    back = httpx.URL(admin.consent(account, admin.to_parallel()))
    assert admin.get(str(back)).status_code == 303
    state = admin.to_parallel()["state"]
    answer = admin.get("/parallel/callback", state=state, code=back.params["code"])
    assert_told(answer, "The connection wasn't completed", "Try again")


def test_parallel_away_at_the_exchange_is_told(admin: Browser, world: World) -> None:
    back = admin.consent(open_account(world), admin.to_parallel())
    world.fault("parallel", "500", match="POST /getKeys/token")
    assert_told(admin.get(back), "Parallel isn't responding", "Wait a minute")
    assert_not_linked(world)


def test_what_is_asked_of_parallel_is_its_own_pkce(admin: Browser) -> None:
    asked = admin.to_parallel()
    assert asked["client_id"] == "127.0.0.1"
    assert asked["redirect_uri"] == f"{admin.world.app_url}/parallel/callback"
    assert (asked["scope"], asked["code_challenge_method"]) == ("key:read", "S256")
    assert asked["state"] != admin.to_parallel()["state"]


def test_another_browser_cannot_bring_its_account_into_a_workspace(
    admin: Browser, world: World
) -> None:
    """Neither without a cookie, nor as the admin of another workspace."""
    mine = open_account(world)
    with browser(world) as stranger:
        answer = stranger.get(admin.consent(mine, admin.to_parallel()))
        assert_told(answer, "Continue in the browser you started in", "Home tab")
    other = world.workspace("Umbrella")
    with browser(other) as stranger:
        stranger.install_and_start()
        answer = stranger.get(admin.consent(mine, admin.to_parallel()))
        assert_told(answer, "Continue in the browser you started in", "Home tab")
    assert_not_linked(world)
    assert_not_linked(other)


@pytest.mark.parametrize(
    "query", first(2, ["", "?code=x", "?error=access_denied", "?state=", "?state=x"])
)
def test_a_return_that_nobody_began_is_told_to_start_here(
    admin: Browser, outside: World, query: str
) -> None:
    with browser(outside) as stranger:
        assert_told(stranger.get(f"/parallel/callback{query}"), "start")
    assert_told(admin.get(f"/parallel/callback{query}"), "button")


@pytest.mark.parametrize(
    "path",
    [
        "/parallel/connect",
        "/parallel/webhook",
        "/parallel/check",
    ],
)
def test_a_browser_that_came_from_nowhere_is_sent_to_slack(outside: World, path: str) -> None:
    for cookie in ("", "threadwatch-session=x", f"threadwatch-session={'a' * 43}"):
        with browser(outside) as stranger:
            answer = stranger.client.get(path, headers={"cookie": cookie})
            assert_told(answer, "Open this page from Slack", "Home tab", "ten minutes")
            posted = stranger.client.post(path, data={"csrf": "x"}, headers={"cookie": cookie})
            assert 400 <= posted.status_code < 500
            assert stranger.client.head(path).status_code < 500


@pytest.mark.parametrize("ticket", first(2, ["", "x", "a" * 43, "../../x", "é", "x" * 5000]))
def test_a_ticket_that_is_none_is_told_where_to_get_one(outside: World, ticket: str) -> None:
    with browser(outside) as stranger:
        answer = stranger.get("/parallel/connect", ticket=ticket)
        assert_told(answer, "This link has expired or was already used", "Home tab")


def test_a_form_from_elsewhere_is_refused(admin: Browser, world: World) -> None:
    account = open_account(world)
    for form in ({"api_key": account.api_key}, {"api_key": account.api_key, "csrf": "f" * 64}):
        answer = admin.client.post("/parallel/connect", data=form)
        assert_told(answer, "This form has expired")
    for content_type in ("text/plain", "application/json", "multipart/form-data; boundary=x"):
        answer = admin.client.post(
            "/parallel/connect", content=b"{}", headers={"content-type": content_type}
        )
        assert_told(answer, "We couldn't read the form")
    answer = admin.client.post("/parallel/connect", data={"api_key": "x" * 20_000})
    assert_told(answer, "We couldn't read the form")
    assert_not_linked(world)


def test_the_cookie_is_kept_from_scripts_and_other_sites(world: World) -> None:
    with browser(world) as admin:
        admin.install()
        cookie = admin.start(admin.ticket()).headers["set-cookie"]
    assert cookie.startswith("threadwatch-session=")
    for flag in ("HttpOnly", "SameSite=lax", "Path=/", "Max-Age=3600"):
        assert flag in cookie.split("; ")
    # Plain http on loopback: not every browser would send a Secure cookie back.
    assert "Secure" not in cookie


def test_who_installs_without_being_an_admin_is_told_who_can_go_on(world: World) -> None:
    with browser(world) as member:
        page = member.install(user=colleague(world))
        assert page.status_code == 200
        assert "ask one to open Threadwatch in Slack" in words_of(page)
        assert "?ticket=" not in page.text
        assert_told(member.get("/parallel/connect"), "Open this page from Slack")


def test_who_is_an_admin_no_more_cannot_link(world: World) -> None:
    somebody = colleague(world, is_admin=True)
    with browser(world) as admin:
        admin.install_and_start(user=somebody)
        csrf = csrf_of(admin.get("/parallel/connect"))
        back = admin.consent(open_account(world), admin.to_parallel())
        world.change(f"/control/slack/users/{somebody}", is_admin=False)
        assert_told(admin.get(back), "Only an admin can do this", "Home tab")
        key = csrf | {"api_key": open_account(world).api_key}
        assert_told(admin.client.post("/parallel/connect", data=key), "Only an admin can do this")
        assert_told(admin.get("/parallel/connect"), "Only an admin can do this")
    assert_not_linked(world)


def test_slack_away_is_told(admin: Browser, world: World) -> None:
    world.fault("slack", "500", match="users.info")
    assert_told(admin.get("/parallel/connect"), "Slack isn't responding", "Wait a minute")


def test_a_workspace_that_removed_the_app_cannot_be_linked(admin: Browser, world: World) -> None:
    back = admin.consent(open_account(world), admin.to_parallel())
    world.post("/control/slack/uninstall", {"team_id": world.team_id})
    world.until(lambda: admin.get("/parallel/connect").status_code == 404)
    assert_told(admin.get("/parallel/connect"), "Add it to Slack again")
    assert_told(admin.get(back), "Threadwatch isn't in this workspace")


def test_linking_again_says_what_it_replaces_and_keeps_the_secret_of_the_same_key(
    admin: Browser, world: World
) -> None:
    first, second = open_account(world), open_account(world)
    admin.link(first)
    admin.post("/parallel/webhook", {"secret": first.secret})
    assert f"key …{first.api_key[-4:]}" in words_of(admin.get("/parallel/connect"))
    admin.link(first)
    assert "A webhook secret is saved too" in words_of(admin.get("/parallel/webhook"))
    admin.link(second)
    page = words_of(admin.get("/parallel/webhook"))
    assert f"key …{second.api_key[-4:]}" in page
    assert "A webhook secret is saved too" not in page
