"""The sign-in in a real browser that also has a page of an attacker open.

They have a workspace with the app in it, a ticket and a session of their own, and know what their
own pages say. Nothing that their page does changes the visitor's session, account or workspace.
"""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect

from tests.browser.attacker import (
    LEAVING,
    Attacker,
    every_way,
    form,
    form_in_frame,
    frame,
    framed,
    running_attacker,
)
from tests.flows.connecting import Account, fields_of, open_account
from tests.flows.connecting import browser as visiting
from tests.flows.world import World

pytestmark = pytest.mark.browser

SESSION: Final = "threadwatch-session"
CONSENT: Final = "/parallel/getKeys"
# The app is at 127.0.0.1: the second is another origin of the same site, to which cookies go.
SITES: Final = {"another site": "localhost", "a neighbour": "127.0.0.1"}
FORMS: Final = ["start", "authorize", "connect", "webhook", "check", "end"]


@pytest.fixture(scope="module")
def attacker() -> Generator[Attacker]:
    with running_attacker() as running:
        yield running


@dataclass(frozen=True, slots=True)
class Loot:
    """What the attacker has: a link that nobody used, and a consent that waits for its callback."""

    world: World
    account: Account
    ticket: str
    callback: str
    fields: dict[str, str]


@pytest.fixture(scope="module")
def loot(outside: World) -> Generator[Loot]:
    world = outside.workspace(f"Evil {uuid4().hex[:4]}")
    account = open_account(world)
    with visiting(world) as thief:
        thief.install_and_start()
        callback = thief.consent(account, thief.to_parallel())
        with visiting(world) as other:
            other.install()
            ticket = other.ticket()
            shown = fields_of(other.get("/parallel/connect", ticket=ticket))
        mine = {"api_key": account.api_key, "secret": account.secret, "action": "without"}
        yield Loot(world, account, ticket, callback, shown | mine)
        # Neither was spent.
        assert thief.start(ticket).status_code == httpx.codes.SEE_OTHER


@dataclass(frozen=True, slots=True)
class Visitor:
    """A person with a browser, in the middle of connecting their workspace or not."""

    context: BrowserContext
    page: Page
    world: World
    loot: Loot
    session: str
    since: int
    asked: list[str] = field(default_factory=list[str])

    def visit(self, url: str) -> None:
        self.asked.clear()
        self.page.goto(url)

    def until_done(self) -> None:
        expect(self.page).to_have_title("done")

    def until_in_app(self) -> None:
        self.page.wait_for_url(f"{self.world.app_url}/**")

    def assert_untouched(self, path: str) -> None:
        """The app was asked for `path`, no consent began, and the session is the same one."""
        assert [each for each in self.asked if each.startswith(f"{self.world.app_url}{path}")]
        assert [each for each in self.asked if CONSENT in each] == []
        cookies = self.context.cookies(self.world.app_url)
        found = [each.get("value") for each in cookies if each.get("name") == SESSION]
        assert found == ([self.session] if self.session else [])

    def assert_as_before(self) -> None:
        self.page.goto(f"{self.world.app_url}/parallel/connect")
        title = "Connect Parallel" if self.session else "Open this page from Slack"
        expect(self.page.get_by_role("heading", level=1)).to_have_text(title)
        if self.session:
            expect(self.page.get_by_role("banner")).to_contain_text("Victim")
            expect(self.page.get_by_role("main")).not_to_contain_text("already connected")
        begun = [
            each
            for each in self.world.requests("parallel", since=self.since)
            if str(each["path"]).startswith("/getKeys")
        ]
        assert begun == []
        for world in (self.world, self.loot.world):
            assert "isn't connected to Parallel" in str(world.command("/help")["answer"])


@contextmanager
def visiting_with(
    browser: Browser, outside: World, loot: Loot, *, has_session: bool
) -> Generator[Visitor]:
    world, session = outside.workspace(f"Victim {uuid4().hex[:4]}"), ""
    world.install()
    context = browser.new_context()
    if has_session:
        with visiting(world) as admin:
            admin.install_and_start()
            session = str(admin.client.cookies[SESSION])
        context.add_cookies(
            [
                {
                    "name": SESSION,
                    "value": session,
                    "url": world.app_url,
                    "httpOnly": True,
                    "sameSite": "Lax",
                }
            ]
        )
    since = world.mark("parallel")
    visitor = Visitor(context, context.new_page(), world, loot, session, since)

    def note(request: Request) -> None:
        visitor.asked.append(request.url)

    context.on("request", note)
    yield visitor
    visitor.assert_as_before()
    context.close()


@pytest.fixture(params=[False, True], ids=["without a session", "with a session"])
def visitor(
    request: pytest.FixtureRequest, browser: Browser, outside: World, loot: Loot
) -> Generator[Visitor]:
    with visiting_with(browser, outside, loot, has_session=bool(request.param)) as visitor:
        yield visitor


@pytest.fixture(params=list(SITES.values()), ids=list(SITES))
def lure(request: pytest.FixtureRequest, attacker: Attacker) -> str:
    """The address of the attacker's page."""
    return f"http://{request.param}:{attacker.port}/"


@pytest.mark.parametrize("path", FORMS)
def test_a_form_that_sends_itself_does_nothing(
    visitor: Visitor, attacker: Attacker, loot: Loot, lure: str, path: str
) -> None:
    path = f"/parallel/{path}"
    url = f"{visitor.world.app_url}{path}"
    for page in (form(url, loot.fields), framed(form(url, loot.fields, target="_top"))):
        attacker.publish(page)
        visitor.visit(lure)
        visitor.until_in_app()
        visitor.assert_untouched(path)
    attacker.publish(form_in_frame(url, loot.fields))
    visitor.visit(lure)
    visitor.until_done()
    visitor.assert_untouched(path)


@pytest.mark.parametrize("target", ["ticket", "start", "authorize", "callback", "end"])
def test_an_address_that_is_fetched_or_opened_does_nothing(
    visitor: Visitor, attacker: Attacker, loot: Loot, lure: str, target: str
) -> None:
    """The callback is the attacker's own consent, replayed in the visitor's session."""
    urls = {
        "ticket": f"/parallel/connect?ticket={loot.ticket}",
        "callback": loot.callback.removeprefix(visitor.world.app_url),
    }
    path = urls.get(target, f"/parallel/{target}")
    url = f"{visitor.world.app_url}{path}"
    attacker.publish(every_way(url))
    visitor.visit(lure)
    visitor.until_done()
    visitor.assert_untouched(path)
    for leaving in LEAVING.values():
        attacker.publish(leaving(url))
        visitor.visit(lure)
        visitor.until_in_app()
        visitor.assert_untouched(path)
    attacker.redirect(url)
    visitor.visit(lure)
    visitor.until_in_app()
    visitor.assert_untouched(path)


def test_a_form_does_nothing_after_the_page_was_opened_in_the_same_browser(
    visitor: Visitor, attacker: Attacker, loot: Loot, lure: str
) -> None:
    """So that the browser has the cookie which a form of the page needs."""
    visitor.visit(f"{visitor.world.app_url}/parallel/connect?ticket={loot.ticket}")
    expect(visitor.page.get_by_role("heading", level=1)).to_contain_text("Connect Parallel to Evil")
    own = {
        name: visitor.page.locator(f"main input[name={name}]").input_value()
        for name in ("csrf", "ticket")
    }
    # No page elsewhere can read what these fields hold; it isn't enough to know it.
    for fields in (loot.fields, own):
        attacker.publish(form(f"{visitor.world.app_url}/parallel/start", fields))
        visitor.visit(lure)
        visitor.until_in_app()
        expect(visitor.page.get_by_role("heading", level=1)).to_have_text("This form has expired")
        visitor.assert_untouched("/parallel/start")


def frames_of(page: Page) -> Sequence[str]:
    return [each.url for each in page.frames if each is not page.main_frame]


def test_no_page_of_the_app_stands_in_a_frame(
    visitor: Visitor, attacker: Attacker, loot: Loot, lure: str
) -> None:
    ticket = f"/parallel/connect?ticket={loot.ticket}"
    paths = [ticket, *(f"/parallel/{each}" for each in ("connect", "webhook", "check", "done"))]
    for path in [*paths, "/", "/slack/installed", "/nothing-here"]:
        attacker.publish(frame(f"{visitor.world.app_url}{path}"))
        visitor.visit(lure)
        visitor.until_done()
        assert frames_of(visitor.page) == ["chrome-error://chromewebdata/"]


def test_a_window_that_another_page_opened_is_out_of_its_reach(
    visitor: Visitor, attacker: Attacker, loot: Loot, lure: str
) -> None:
    """It can neither lead it on to the next step nor read where it is."""
    url = f"{visitor.world.app_url}/parallel/connect?ticket={loot.ticket}"
    attacker.publish(f"<script>window.opened = window.open('{url}')</script>")
    with visitor.context.expect_page() as popup:
        visitor.visit(lure)
    heading = popup.value.get_by_role("heading", level=1)
    expect(heading).to_contain_text("Connect Parallel to Evil")
    visitor.page.wait_for_function("window.opened.closed")
    assert popup.value.evaluate("window.opener") is None
    popup.value.close()
    visitor.assert_untouched("/parallel/connect?ticket=")
