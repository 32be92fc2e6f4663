"""The main job as a newcomer does it: on the demo's page, in a real browser, against the real app.

`KEEP_SCREENSHOTS=folder` keeps a picture of the end of each test.
"""

import os
import re
from collections.abc import Generator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.person import Person

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def picture(page: Page, request: pytest.FixtureRequest) -> Generator[None]:
    """Taken where somebody wants to look."""
    yield
    folder = os.environ.get("KEEP_SCREENSHOTS")
    if folder:
        page.screenshot(path=Path(folder) / f"{request.node.name}.png")


def test_a_query_typed_in_slack_is_watched_and_what_it_finds_arrives_in_its_thread(
    page: Page,
) -> None:
    person = Person(page, "general", "latest AI research papers")
    person.watch()
    person.make("finding")
    expect(person.card).to_contain_text("1 reply")
    person.open_thread()
    expect(person.replies).to_have_count(1)
    expect(person.replies).to_contain_text("New finding for “latest AI research papers”")
    expect(person.replies.get_by_text(re.compile("^Sources?$"))).to_be_visible()
    links = person.replies.get_by_role("link")
    assert all(str(link.get_attribute("href")).startswith("https://") for link in links.all())
    assert links.count() >= 1

    person.make("findings")
    expect(person.replies).to_have_count(2)
    expect(person.replies.last).to_contain_text("Finding 3 of 3")
    person.make("json")
    expect(person.replies).to_have_count(3)
    expect(person.replies.last).to_contain_text("headline:")
    person.make("snapshot")
    expect(person.replies).to_have_count(4)
    expect(person.replies.last).to_contain_text("→")
    person.make("doubled")
    expect(person.replies).to_have_count(5)

    person.reply("cancelmonitor")
    expect(person.replies.last).to_contain_text("Cancelled")
    expect(person.monitor).to_have_attribute("data-status", "cancelled")
    expect(person.card).to_contain_text("Cancelled by")
    expect(person.card.get_by_role("button", name="Cancel")).to_have_count(0)
    expect(person.replies).to_have_count(7)


def test_the_cancel_button_asks_first_and_ends_the_monitor_only_on_yes(page: Page) -> None:
    person = Person(page, "research", "new exoplanets")
    person.watch()
    person.card.get_by_role("button", name="Cancel").click()
    expect(page.get_by_test_id("confirm")).to_be_visible()
    page.get_by_test_id("confirm-no").click()
    expect(page.get_by_test_id("confirm")).to_have_count(0)
    expect(person.monitor).to_have_attribute("data-status", "active")
    expect(person.card).to_contain_text("Watching")

    person.card.get_by_role("button", name="Cancel").click()
    page.get_by_test_id("confirm-yes").click()
    expect(person.monitor).to_have_attribute("data-status", "cancelled")
    expect(person.card).to_contain_text("Cancelled by")
    expect(person.card.get_by_role("button", name="Cancel")).to_have_count(0)
    expect(person.card.get_by_role("button", name="Check now")).to_have_count(0)


def test_a_forged_webhook_is_refused_and_leaves_nothing_in_the_thread(page: Page) -> None:
    person = Person(page, "market-news", "Acme Corp 8-K filings")
    person.watch()
    person.make("forged")
    refused = page.get_by_test_id("deliveries").get_by_role("listitem").filter(has_text="401")
    expect(refused.first).to_be_visible()

    person.make("finding")
    expect(person.card).to_contain_text("1 reply")
    person.open_thread()
    expect(person.replies).to_have_count(1)


def test_the_card_and_the_home_tab_say_how_to_go_on(page: Page) -> None:
    page.get_by_test_id("home-tab").click()
    expect(page.locator("#home")).to_contain_text("/monitor latest AI research papers")
    expect(page.locator("#home")).to_contain_text("cancelmonitor")
