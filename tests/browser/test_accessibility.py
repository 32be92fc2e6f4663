"""The demo's page for a screen reader and for a keyboard alone: wide and narrow, light and dark.

The app's own pages are in `test_linking_pages.py`.
"""

from collections.abc import Callable
from typing import Final, Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import violations
from tests.browser.keyboard import tab_to
from tests.browser.person import Person
from tests.chromium import open_page

pytestmark = pytest.mark.browser

Scheme = Literal["light", "dark"]
SIZES: Final = ((1440, 900), (360, 740))


def look(page: Page) -> None:
    """What axe finds on the screen, wide and narrow, and whether it scrolls sideways."""
    found: list[str] = []
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        found += [f"{width} px: {each}" for each in violations(page)]
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append(f"{width} px: scrolls sideways")
    page.set_viewport_size({"width": 1440, "height": 900})
    assert found == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_screen(browser: Browser, demo_url: str, scheme: Scheme) -> None:
    with open_page(browser, demo_url, width=1440) as page:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        person = Person(page, "market-news", f"chip exports, {scheme}")
        page.get_by_test_id(f"channel-{person.channel}").click()
        box = page.get_by_test_id("composer")
        look(page)
        box.press_sequentially("/")
        look(page)
        box.fill("")
        person.watch()
        for result in ("finding", "json", "failed"):
            person.make(result)
        expect(person.card).to_contain_text("3 replies")
        for press in SCREENS:
            press(person)
            look(page)
        _close(person)


def _thread(person: Person) -> None:
    person.open_thread()


def _panel(person: Person) -> None:
    person.page.set_viewport_size({"width": 360, "height": 740})
    person.page.get_by_role("button", name="Parallel", exact=True).click()
    expect(person.monitor).to_be_visible()


def _sidebar(person: Person) -> None:
    person.page.set_viewport_size({"width": 360, "height": 740})
    person.page.get_by_role("button", name="Slack", exact=True).click()
    person.page.get_by_test_id("thread-close").click()
    person.page.get_by_role("button", name="Show channels").click()


def _menu(person: Person) -> None:
    person.card.get_by_role("button", name="More actions").first.click()


def _question(person: Person) -> None:
    person.page.keyboard.press("Escape")
    person.card.get_by_role("button", name="Cancel").click()
    expect(person.page.get_by_test_id("confirm")).to_be_visible()


def _form(person: Person) -> None:
    person.page.get_by_test_id("confirm-no").click()
    _type(person.page, "/monitor")
    expect(person.page.get_by_test_id("modal")).to_be_visible()


def _edit(person: Person) -> None:
    _close(person)
    person.card.get_by_role("button", name="Edit").click()
    expect(person.page.get_by_test_id("modal-submit")).to_be_visible()


def _history(person: Person) -> None:
    _close(person)
    person.card.get_by_role("button", name="History").click()
    expect(person.page.get_by_test_id("modal")).to_contain_text("A check failed")


def _delivery(person: Person) -> None:
    _close(person)
    _choose(person, "Delivery")


def _snooze(person: Person) -> None:
    _close(person)
    _choose(person, "Snooze")


def _list(person: Person) -> None:
    _close(person)
    _type(person.page, "/help")
    _type(person.page, "/monitor list")
    expect(person.page.get_by_test_id("ephemeral").last).to_contain_text("Open thread")


def _home(person: Person) -> None:
    person.page.get_by_test_id("home-tab").click()
    expect(person.page.locator("#home")).to_contain_text("cancelmonitor")


def _rules(person: Person) -> None:
    person.page.locator("#home").get_by_role("button", name="Change rules").click()
    channels = person.page.get_by_role("option", name="research")
    expect(channels.or_(person.page.get_by_role("option", name="Threadwatch"))).to_have_count(1)


def _close(person: Person) -> None:
    person.page.get_by_test_id("modal-cancel").click()
    expect(person.page.get_by_test_id("modal")).to_have_count(0)


def _choose(person: Person, label: str) -> None:
    person.card.get_by_role("button", name="More actions").first.click()
    person.page.get_by_role("menuitem", name=label).click()
    expect(person.page.get_by_test_id("modal-submit")).to_be_visible()


SCREENS: Final[tuple[Callable[[Person], None], ...]] = (
    _thread,
    _panel,
    _sidebar,
    _menu,
    _question,
    _form,
    _edit,
    _history,
    _delivery,
    _snooze,
    _list,
    _home,
    _rules,
)


def _type(page: Page, command: str) -> None:
    box = page.get_by_test_id("composer")
    box.fill(command)
    box.press("Enter")


@pytest.mark.parametrize("width", [1440, 360])
def test_the_whole_round_works_by_keyboard_alone(
    browser: Browser, demo_url: str, width: int
) -> None:
    with open_page(browser, demo_url, width=width) as page:
        person = Person(page, "general", f"new batteries, {width}")
        expect(page.get_by_test_id("composer")).to_be_visible()
        tab_to(page, "Skip to the message box")
        page.keyboard.press("Enter")
        page.keyboard.type(f"/monitor {person.query}")
        page.keyboard.press("Enter")
        expect(person.card).to_contain_text("Watching")

        if width < 760:
            tab_to(page, "Parallel")
            page.keyboard.press("Enter")
        expect(person.monitor).to_be_visible()
        tab_to(page, "make-finding")
        page.keyboard.press("Enter")
        if width < 760:
            tab_to(page, "Slack")
            page.keyboard.press("Enter")
        expect(person.card).to_contain_text("1 reply")

        person.card.get_by_role("button", name="Check now").focus()
        tab_to(page, "thread-open")
        page.keyboard.press("Enter")
        expect(page.get_by_test_id("thread-composer")).to_be_focused()
        page.keyboard.type("cancelmonitor")
        page.keyboard.press("Enter")
        expect(person.replies.last).to_contain_text("Cancelled")
        page.keyboard.press("Escape")
        expect(page.get_by_test_id("thread-list")).to_be_hidden()
