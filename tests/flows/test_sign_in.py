"""Between a link from Slack and a session stands a page that names everyone, and a form of it.

The same before Parallel's consent page, and for a session that belongs to another workspace.
"""

import re
from collections.abc import Generator
from typing import Final, cast
from uuid import uuid4

import httpx
import pytest
from starlette.responses import Response

from bot.pages.rendering import POLICY, Cookies
from monitors.settings import Settings
from tests.first import first
from tests.flows.connecting import Browser, browser, csrf_of, fields_of, open_account, words_of
from tests.flows.test_install import begin, consent
from tests.flows.world import Json, World

ICON: Final = re.compile(r'<img src="([^"]+)" alt=""')
SESSION: Final = "threadwatch-session"
# What a browser says of a form that isn't this app's.
FOREIGN: Final[dict[str, dict[str, str]]] = {
    "no origin": {"origin": ""},
    "another origin": {"origin": "https://evil.example"},
    "a sandboxed frame": {"origin": "null"},
    "another scheme": {"origin": "https://127.0.0.1"},
    "another site": {"origin": "null", "sec-fetch-site": "cross-site"},
    "a neighbour": {"origin": "null", "sec-fetch-site": "same-site"},
    "two stories": {"origin": "https://evil.example", "sec-fetch-site": "same-origin"},
}


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"parallel_api_key": None, "parallel_webhook_secret": None})


@pytest.fixture
def acme(outside: World) -> World:
    return outside.workspace(f"Acme {uuid4().hex[:6]}")


@pytest.fixture
def globex(outside: World) -> World:
    return outside.workspace(f"Globex {uuid4().hex[:6]}")


@pytest.fixture
def ticket(acme: World) -> str:
    return ticket_of(acme)


def ticket_of(world: World) -> str:
    """Of an admin who has just installed the app, in a browser of theirs."""
    with browser(world) as admin:
        admin.install()
        return admin.ticket()


@pytest.fixture
def visitor(outside: World) -> Generator[Browser]:
    with browser(outside) as client:
        yield client


def name_of(world: World) -> str:
    teams = cast("list[Json]", world.state()["teams"])
    return next(str(each["name"]) for each in teams if each["team_id"] == world.team_id)


def assert_no_session(client: Browser) -> None:
    assert client.client.cookies.get(SESSION) is None
    assert client.get("/parallel/connect").status_code == httpx.codes.BAD_REQUEST


def test_a_link_shows_for_whom_it_is_and_changes_nothing_however_often_it_is_fetched(
    acme: World, ticket: str, visitor: Browser
) -> None:
    pages = [visitor.get("/parallel/connect", ticket=ticket) for _ in range(3)]
    for page in pages:
        assert page.status_code == httpx.codes.OK
        assert visitor.client.head(f"/parallel/connect?ticket={ticket}").status_code == 405
    page, words, name = pages[-1], words_of(pages[-1]), name_of(acme)
    (icon,) = ICON.findall(page.text)
    assert httpx.get(icon, trust_env=False).headers["content-type"] == "image/svg+xml"
    assert f"img-src {icon.partition('/slack/')[0]} 'self'" in page.headers[POLICY]
    assert f"Connect Parallel to {name}?" in words
    assert f"{name.lower().replace(' ', '-')}.slack.com" in words
    assert f"you {name}-admin".lower() in words.lower()
    for part in ("pays for the monitors of everyone", "admins get a message", "someone else send"):
        assert part in words
    assert page.headers["cross-origin-opener-policy"] == "same-origin"
    assert_no_session(visitor)
    assert visitor.start(ticket).headers["location"] == "/parallel/connect"
    assert name in words_of(visitor.get("/parallel/connect"))


def test_an_installation_from_before_the_scope_shows_the_page_without_the_icon(
    acme: World, visitor: Browser
) -> None:
    ticket = ticket_of(acme)
    acme.fault("slack", "error:missing_scope", match="team.info", times=1)
    page = visitor.get("/parallel/connect", ticket=ticket)
    assert page.status_code == httpx.codes.OK
    assert f"Connect Parallel to {name_of(acme)}?" in words_of(page)
    assert ICON.findall(page.text) == []


@pytest.mark.parametrize("story", first(3, FOREIGN))
def test_a_form_of_another_site_opens_no_session_and_spends_nothing(
    ticket: str, visitor: Browser, story: str
) -> None:
    """Even one that knows the token, which no other site can read."""
    form = fields_of(visitor.get("/parallel/connect", ticket=ticket))
    answer = visitor.client.post("/parallel/start", data=form, headers=FOREIGN[story])
    assert answer.status_code == httpx.codes.FORBIDDEN
    assert "This form has expired" in words_of(answer)
    assert_no_session(visitor)
    assert visitor.start(ticket).status_code == httpx.codes.SEE_OTHER


def test_a_form_works_in_the_browser_and_for_the_link_that_it_was_shown_for(
    acme: World, globex: World, ticket: str, visitor: Browser
) -> None:
    shown = fields_of(visitor.get("/parallel/connect", ticket=ticket))
    other = ticket_of(globex)
    for form in (shown | {"ticket": other}, shown | {"csrf": "f" * 64}, {"ticket": ticket}):
        assert visitor.client.post("/parallel/start", data=form).status_code == 403
    with browser(acme) as elsewhere:
        assert elsewhere.client.post("/parallel/start", data=shown).status_code == 403
        elsewhere.get("/parallel/connect", ticket=ticket)
        assert elsewhere.client.post("/parallel/start", data=shown).status_code == 403
        assert_no_session(elsewhere)
    assert_no_session(visitor)
    assert visitor.start(ticket).status_code == httpx.codes.SEE_OTHER


def test_a_form_sent_twice_opens_one_session_and_sent_after_its_end_none(
    ticket: str, visitor: Browser
) -> None:
    form = fields_of(visitor.get("/parallel/connect", ticket=ticket))
    first = visitor.client.post("/parallel/start", data=form)
    cookie = visitor.client.cookies.get(SESSION)
    # The browser dropped the first answer, as it does when a button is pressed twice.
    visitor.client.cookies.delete(SESSION)
    second = visitor.client.post("/parallel/start", data=form)
    assert (first.status_code, second.status_code) == (303, 303)
    assert cookie == visitor.client.cookies.get(SESSION)
    assert visitor.client.post("/parallel/start", data=form).status_code == 303
    # The way back, and the link again.
    assert visitor.get("/parallel/connect", ticket=ticket).headers["location"] == (
        "/parallel/connect"
    )
    with browser(visitor.world) as other:
        answer = other.get("/parallel/connect", ticket=ticket)
        assert "expired or was already used" in words_of(answer)
    visitor.post("/parallel/end", {}, page="/parallel/connect")
    replayed = visitor.client.post("/parallel/start", data=form)
    assert replayed.status_code in {400, 403}
    assert_no_session(visitor)


def test_a_session_of_another_workspace_is_replaced_only_after_both_were_named(
    acme: World, globex: World, ticket: str, visitor: Browser
) -> None:
    visitor.start(ticket)
    other = ticket_of(globex)
    page = visitor.get("/parallel/connect", ticket=other)
    words = words_of(page)
    assert f"This browser is connecting {name_of(acme)}" in words
    assert f"Switch to {name_of(globex)}" in words
    assert f"Stay with {name_of(acme)}" in words
    assert name_of(acme) in words_of(visitor.get("/parallel/connect"))

    old_form = csrf_of(visitor.get("/parallel/connect"))
    assert visitor.client.post("/parallel/start", data=fields_of(page)).status_code == 303
    assert name_of(globex) in words_of(visitor.get("/parallel/connect"))
    # The first tab still shows Acme: its forms do nothing to Globex.
    for path in ("/parallel/connect", "/parallel/authorize", "/parallel/end"):
        form = old_form | {"api_key": open_account(acme).api_key}
        assert visitor.client.post(path, data=form).status_code == 403
    for world in (acme, globex):
        assert "isn't connected to Parallel" in str(world.command("/help")["answer"])


def test_a_page_opened_before_the_other_session_asks_too(
    acme: World, globex: World, ticket: str, visitor: Browser
) -> None:
    early = fields_of(visitor.get("/parallel/connect", ticket=ticket))
    visitor.start(ticket_of(globex))
    asked = visitor.client.post("/parallel/start", data=early)
    assert f"This browser is connecting {name_of(globex)}" in words_of(asked)
    assert name_of(globex) in words_of(visitor.get("/parallel/connect"))
    assert visitor.client.post("/parallel/start", data=fields_of(asked)).status_code == 303
    assert name_of(acme) in words_of(visitor.get("/parallel/connect"))


@pytest.mark.parametrize("story", first(3, FOREIGN))
def test_nothing_of_a_session_can_be_done_from_another_site(
    acme: World, ticket: str, visitor: Browser, story: str
) -> None:
    visitor.start(ticket)
    key = {"api_key": open_account(acme).api_key, "secret": "whsec_somebodys"}
    form = csrf_of(visitor.get("/parallel/connect")) | key
    for path in ("connect", "authorize", "webhook", "check", "end"):
        answer = visitor.client.post(f"/parallel/{path}", data=form, headers=FOREIGN[story])
        assert answer.status_code == httpx.codes.FORBIDDEN
    assert name_of(acme) in words_of(visitor.get("/parallel/connect"))
    assert "isn't connected to Parallel" in str(acme.command("/help")["answer"])


@pytest.mark.parametrize("path", ["start", "authorize", "end"])
def test_a_get_of_what_a_form_does_leads_back_to_the_page(
    ticket: str, visitor: Browser, path: str
) -> None:
    visitor.start(ticket)
    for method in ("GET", "HEAD"):
        answer = visitor.client.request(method, f"/parallel/{path}")
        assert answer.status_code in {303, 405}
        assert "getKeys" not in answer.headers.get("location", "")
        assert "set-cookie" not in answer.headers
    assert visitor.get("/parallel/connect").status_code == httpx.codes.OK


def test_every_page_names_the_workspace_and_ends_the_session(
    acme: World, ticket: str, visitor: Browser
) -> None:
    account = open_account(acme)
    visitor.start(ticket)
    pages = [visitor.get("/parallel/connect"), visitor.get("/parallel/callback", state="x")]
    pages.append(visitor.post("/parallel/authorize", {}, page="/parallel/connect"))
    visitor.link(account)
    pages.append(visitor.get("/parallel/webhook"))
    visitor.post("/parallel/webhook", {"secret": account.secret})
    pages += [visitor.get("/parallel/check"), visitor.get("/parallel/done")]
    for page in pages:
        assert name_of(acme) in words_of(page)
        assert 'action="/parallel/end"' in page.text
    # Reloaded, the end says the same; and after the session's end it is no error.
    assert "Threadwatch is ready" in words_of(visitor.get("/parallel/done"))
    ended = visitor.post("/parallel/end", {}, page="/parallel/done")
    assert "signed out" in words_of(ended)
    assert_no_session(visitor)
    done = visitor.get("/parallel/done")
    assert (done.status_code, "stays as it is" in words_of(done)) == (200, True)


def test_the_end_of_a_session_is_one_for_whoever_kept_its_cookie(
    ticket: str, visitor: Browser
) -> None:
    visitor.start(ticket)
    kept = f"{SESSION}={visitor.client.cookies[SESSION]}"
    visitor.post("/parallel/end", {}, page="/parallel/connect")
    with browser(visitor.world) as thief:
        answer = thief.client.get("/parallel/connect", headers={"cookie": kept})
        assert answer.status_code == httpx.codes.BAD_REQUEST


def test_a_consent_is_spent_by_the_session_that_began_it_alone(
    acme: World, globex: World, ticket: str, visitor: Browser
) -> None:
    account = open_account(acme)
    visitor.start(ticket)
    back = visitor.consent(account, visitor.to_parallel())
    assert visitor.client.head(back).status_code == httpx.codes.METHOD_NOT_ALLOWED
    with browser(acme) as scanner:
        assert scanner.get(back).status_code == httpx.codes.FORBIDDEN
    with browser(globex) as other:
        other.start(ticket_of(globex))
        assert other.get(back).status_code == httpx.codes.FORBIDDEN
        denied = str(httpx.URL(back).copy_set_param("error", "access_denied"))
        other.get(denied)
    assert visitor.get(back).headers["location"] == "/parallel/webhook"


def test_every_admin_is_told_once_who_connected_which_key(acme: World, ticket: str) -> None:
    deputy = person(acme, "deputy", is_admin=True)
    member = person(acme, "member", is_admin=False)
    account = open_account(acme)
    with browser(acme) as admin:
        admin.start(ticket)
        admin.link(account)
        acme.until(lambda: direct(acme, deputy) and direct(acme, acme.user))
        # The same key again connects nothing new.
        admin.post("/parallel/connect", {"api_key": account.api_key})
        second = open_account(acme)
        admin.post("/parallel/connect", {"api_key": second.api_key})
        acme.until(lambda: len(direct(acme, deputy)) == len(direct(acme, acme.user)) == 2)
    for told in (direct(acme, deputy), direct(acme, acme.user)):
        assert [f"{name_of(acme)}-admin".lower() in text.lower() for text in told] == [True, True]
        assert account.api_key[-4:] in told[0]
        assert second.api_key[-4:] in told[1]
        assert "change or disconnect the account" in told[0]
        assert account.api_key not in told[0]
    assert direct(acme, member) == []


def direct(world: World, user: str) -> list[str]:
    return [str(each["text"]) for each in world.direct_messages(user)]


def person(world: World, name: str, *, is_admin: bool) -> str:
    body: Json = {"team_id": world.team_id, "name": name, "is_admin": is_admin}
    return str(world.post("/control/slack/users", body)["id"])


def test_what_was_added_is_shown_again_in_that_browser_alone(acme: World) -> None:
    with browser(acme) as admin:
        admin.install()
        for _ in range(2):
            page = admin.get("/slack/installed")
            assert (page.status_code, name_of(acme) in words_of(page)) == (200, True)
        admin.start(admin.ticket())
        admin.link(open_account(acme))
        assert "Open a channel in Slack and type" in words_of(admin.get("/slack/installed"))
    for cookie in ("", "threadwatch-installed=x", f"threadwatch-installed={'a' * 43}"):
        with browser(acme) as other:
            page = other.client.get("/slack/installed", headers={"cookie": cookie})
            assert (page.status_code, name_of(acme) in page.text) == (200, False)
            assert "If you have just added Threadwatch" in words_of(page)


def test_two_workspaces_are_added_in_two_tabs_of_a_browser(acme: World, globex: World) -> None:
    with browser(acme) as one:
        first, second = begin(one.client), begin(one.client)
        for world, asked in ((acme, first), (globex, second)):
            back = consent(one.client, world, asked)
            assert one.client.head(back).status_code == httpx.codes.METHOD_NOT_ALLOWED
            assert one.client.get(back).headers["location"] == "/slack/installed"
            assert name_of(world) in words_of(one.get("/slack/installed"))
        assert one.client.head("/slack/install").status_code == httpx.codes.METHOD_NOT_ALLOWED


def test_adding_the_app_opens_no_session_and_keeps_the_one_there_is(
    acme: World, globex: World, ticket: str
) -> None:
    with browser(globex) as admin:
        admin.install()
        assert_no_session(admin)
        admin.start(ticket)
        admin.install()
        assert name_of(acme) in words_of(admin.get("/parallel/connect"))


@pytest.mark.parametrize(("accept", "kind"), [("text/html,*/*;q=0.8", "html"), ("*/*", "json")])
@pytest.mark.parametrize("path", ["/nothing", "/parallel/nothing", "/slack/events"])
def test_an_unknown_address_is_a_page_for_a_browser_and_json_for_others(
    visitor: Browser, path: str, accept: str, kind: str
) -> None:
    answer = visitor.client.get(path, headers={"accept": accept})
    assert answer.status_code in {404, 405}
    assert kind in answer.headers["content-type"]
    if kind == "html":
        assert "nothing at this address" in words_of(answer)
        assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_cookies_belong_to_the_host_and_to_https() -> None:
    assert _cookie(secure=True) == {
        *("__Host-a=b", "Path=/", "Max-Age=60", "HttpOnly", "SameSite=lax", "Secure")
    }
    assert _cookie(secure=False) == {"a=b", "Path=/", "Max-Age=60", "HttpOnly", "SameSite=lax"}


def _cookie(*, secure: bool) -> set[str]:
    answer = Response()
    Cookies(secure=secure).set(answer, "a", "b", seconds=60)
    return set(answer.headers["set-cookie"].split("; "))
