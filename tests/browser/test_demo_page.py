"""The demo page beyond the main job: troubles to make, a clock, a second workspace."""

import re
from typing import Final

import pytest
import yaml
from playwright.sync_api import Browser, Page, expect

from bot.slack.manifest import template_text
from tests.browser.person import Person
from tests.chromium import open_page

pytestmark = pytest.mark.browser

TEN_SECONDS_MS: Final = 10_000
# A card is redrawn two seconds after a run that found nothing.
REDRAWN_MS: Final = 5_000


def test_one_line_on_top_says_what_the_page_is(page: Page) -> None:
    top = page.get_by_role("banner")
    expect(top).to_contain_text("simulated Slack and a simulated Parallel")
    box = top.bounding_box()
    assert box is not None
    assert box["height"] < 40


def test_the_finding_of_a_lost_webhook_comes_within_ten_seconds_and_says_how(page: Page) -> None:
    person = Person(page, "general", "launches of small satellites")
    person.watch()
    person.make("lost")
    expect(person.card).to_contain_text("1 reply", timeout=TEN_SECONDS_MS)

    expect(page.get_by_test_id("delivery-lost")).to_contain_text(
        "Threadwatch asked Parallel itself and posted it after"
    )


def test_the_menu_is_the_manifests(page: Page) -> None:
    features = yaml.safe_load(template_text())["features"]
    page.get_by_test_id("channel-general").click()
    expect(page.get_by_test_id("composer")).to_be_focused()
    page.keyboard.type("/")
    suggestions = page.get_by_test_id("suggestion")
    for command in features["slash_commands"]:
        entry = suggestions.filter(has_text=command["description"])
        expect(entry).to_contain_text(f"{command['command']} {command.get('usage_hint', '')}")
    named = {each["type"]: each["name"] for each in features["shortcuts"]}

    suggestions.filter(has_text=named["global"]).click()
    expect(page.get_by_test_id("modal")).to_contain_text("New monitor")
    page.get_by_test_id("modal-cancel").click()


def test_open_thread_opens_it_here_and_a_redrawn_card_is_not_called_edited(page: Page) -> None:
    person = Person(page, "research", "open letters on quantum networks")
    person.watch()
    expect(person.card).not_to_contain_text("(edited)")
    box = page.get_by_test_id("composer")
    box.fill("/monitor list")
    box.press("Enter")
    listed = page.get_by_test_id("ephemeral").last
    expect(listed).to_contain_text(person.query)
    # The newest is the first.
    listed.get_by_text("Open thread").first.click()

    expect(page.get_by_test_id("thread-root")).to_contain_text(person.query)
    assert len(page.context.pages) == 1


def test_a_button_is_clicked_even_if_its_card_is_redrawn_while_it_is_pressed(page: Page) -> None:
    person = Person(page, "research", "grants for soil science")
    person.watch()
    button = person.card.get_by_role("button", name="Cancel")
    expect(person.card).to_contain_text("checked")
    button.hover()
    page.mouse.down()
    before = str(button.get_attribute("data-focus"))
    monitor_id = before.rpartition("/")[2]
    run = f"{page.url}control/parallel/monitors/{monitor_id}/run"
    assert page.request.post(run, data={"result": "nothing"}).ok
    page.wait_for_timeout(REDRAWN_MS)
    assert button.get_attribute("data-focus") == before
    page.mouse.up()
    expect(page.get_by_test_id("confirm")).to_be_visible()
    page.get_by_test_id("confirm-no").click()
    expect(button).not_to_have_attribute("data-focus", before)


def test_one_monitor_is_open_at_a_time_and_the_newest_by_itself(page: Page) -> None:
    one, other = (Person(page, "general", f"recalls of {each}") for each in ("prams", "toasters"))
    one.watch()
    other.watch()
    expect(one.monitor.get_by_test_id("make-finding")).to_have_count(0)
    expect(other.monitor.get_by_test_id("make-finding")).to_be_visible()

    one.monitor.get_by_test_id("monitor-toggle").click()
    expect(one.monitor.get_by_test_id("make-finding")).to_be_visible()
    expect(other.monitor.get_by_test_id("make-finding")).to_have_count(0)
    expect(page.get_by_role("heading", name="Webhook deliveries")).to_be_in_viewport()


def test_a_second_workspace_connects_an_account_of_its_own_and_stays_apart(page: Page) -> None:
    neighbour = Person(page, "general", "tenders for wind parks")
    neighbour.watch()
    page.get_by_test_id("team-switch").select_option(label="Globex")
    # Slack knows the app before the app has kept its token.
    with page.expect_response(lambda answer: answer.url.endswith("/control/slack/install")):
        page.get_by_test_id("install").click()
    expect(page.locator("#hint")).to_contain_text("Type")
    box = page.get_by_test_id("composer")
    box.fill("/monitor prices of tin")
    box.press("Enter")
    expect(page.get_by_test_id("ephemeral")).to_contain_text("isn't connected to Parallel")

    page.get_by_test_id("home-tab").click()
    page.locator("#home").get_by_role("button", name="Connect account").click()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Continue in the browser").click()
    _sign_in(opened.value)
    page.get_by_test_id("modal-cancel").click()

    globex = Person(page, "suppliers", "prices of tin")
    globex.watch()
    expect(globex.monitor).to_contain_text("account globex")
    globex.make("finding")
    expect(globex.card).to_contain_text("1 reply")
    box.fill("/monitor list")
    box.press("Enter")
    expect(page.get_by_test_id("ephemeral").last).to_contain_text(globex.query)
    expect(page.get_by_test_id("ephemeral").last).not_to_contain_text(neighbour.query)


def _sign_in(tab: Page) -> None:
    """From the link in Slack to the last step, which may be skipped."""
    tab.get_by_role("button", name="Continue").click()
    tab.get_by_role("button", name="Connect with Parallel").click()
    tab.get_by_label("Account").select_option("globex")
    tab.get_by_role("button", name="Allow").click()
    expect(tab.get_by_role("heading", level=1)).to_have_text("Add the webhook secret")
    tab.close()


@pytest.mark.parametrize(("switch", "words"), [("revoked-demo", "key"), ("spent-demo", "credit")])
def test_a_key_is_revoked_and_credit_spent_at_the_press_of_a_button(
    page: Page, switch: str, words: str
) -> None:
    button = page.get_by_test_id(switch)
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    query = f"approvals of drugs, {words}"
    box = page.get_by_test_id("composer")
    box.fill(f"/monitor {query}")
    box.press("Enter")
    said = page.get_by_test_id("message").or_(page.get_by_test_id("ephemeral"))
    expect(said.filter(has_text=query)).to_contain_text(re.compile(words, re.IGNORECASE))
    button.click()
    expect(button).to_have_attribute("aria-pressed", "false")


def test_at_a_faster_clock_monitors_find_things_and_the_dates_follow(
    browser: Browser, demo_url: str
) -> None:
    """Last: the clock never goes back."""
    with open_page(browser, demo_url, width=1440) as page:
        person = Person(page, "leadership", "permits for heat pumps")
        page.get_by_test_id("channel-leadership").click()
        box = page.get_by_test_id("composer")
        box.fill("/invite @threadwatch")
        box.press("Enter")
        expect(page.get_by_test_id("ephemeral")).to_contain_text("was added")
        box.fill(f"/hourly {person.query}")
        box.press("Enter")
        expect(person.card).to_contain_text("Watching")
        page.get_by_test_id("speed-3600").click()
        expect(person.card).to_contain_text(re.compile(r"\d repl(y|ies)"))
        expect(page.locator("#messages .day").first).to_have_text("Yesterday")
        page.get_by_test_id("speed-1").click()
        expect(page.get_by_test_id("speed-1")).to_have_attribute("aria-pressed", "true")
