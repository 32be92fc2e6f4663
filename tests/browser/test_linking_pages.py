"""Linking in a real browser: by keyboard, on a phone and a desktop, in light and dark.

`KEEP_SCREENSHOTS=folder` keeps a picture of every page.
"""

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from tests.browser.axe import violations
from tests.browser.keyboard import tab_to
from tests.flows.connecting import open_account
from tests.flows.world import World

pytestmark = pytest.mark.browser

Scheme = Literal["light", "dark"]

# What a screen reader and a thumb need, as far as it can be counted.
FAULTS: Final = """() => {
  const found = [];
  const visible = (e) => e.type !== "hidden" && e.getClientRects().length > 0;
  if (!document.documentElement.lang) found.push("no lang");
  if (!document.title) found.push("no title");
  for (const [name, count] of [["h1", 1], ["main", 1], ["header", 1]]) {
    if (document.querySelectorAll(name).length !== count) found.push(`not one ${name}`);
  }
  for (const field of document.querySelectorAll("input")) {
    if (visible(field) && field.labels.length === 0) found.push(`no label: ${field.name}`);
  }
  for (const named of document.querySelectorAll("[aria-describedby], [aria-labelledby]")) {
    for (const attribute of ["aria-describedby", "aria-labelledby"]) {
      for (const id of (named.getAttribute(attribute) || "").split(" ").filter(Boolean)) {
        if (!document.getElementById(id)) found.push(`names nothing: ${id}`);
      }
    }
  }
  for (const one of document.querySelectorAll(".button, button, input")) {
    const isSmall = visible(one) && one.getBoundingClientRect().height < 40;
    if (isSmall) found.push(`small: ${one.outerHTML}`);
  }
  if (document.documentElement.scrollWidth > innerWidth) found.push("scrolls sideways");
  const light = (c) => {
    const [r, g, b] = c.match(/[\\d.]+/g).slice(0, 3).map((v) => {
      const s = v / 255;
      return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (e) => {
    for (let at = e; at; at = at.parentElement) {
      const c = getComputedStyle(at).backgroundColor;
      if (c !== "rgba(0, 0, 0, 0)") return c;
    }
    return "rgb(255, 255, 255)";
  };
  for (const e of document.querySelectorAll("body *")) {
    const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!own || !visible(e) || ["STYLE", "SCRIPT"].includes(e.tagName)) continue;
    const [a, b] = [light(getComputedStyle(e).color), light(ground(e))].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) found.push(`faint: ${e.textContent.trim().slice(0, 40)}`);
  }
  return found;
}"""


@contextmanager
def opened(browser: Browser, world: World, *, width: int, scheme: Scheme) -> Generator[Page]:
    """A page that complains of nothing, and asks nobody but the app and the stand-ins."""
    context = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme, reduced_motion="reduce"
    )
    page = context.new_page()
    asked: list[str] = []
    complaints: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and "Failed to load resource" not in message.text:
            complaints.append(message.text)

    page.on("request", lambda request: asked.append(request.url))
    page.on("console", hear)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    homes = (world.app_url, str(world.client.base_url).rstrip("/"))
    assert complaints == []
    assert [each for each in asked if not each.startswith(homes)] == []


@pytest.mark.parametrize(
    ("width", "scheme"), [(360, "light"), (360, "dark"), (1440, "light"), (1440, "dark")]
)
def test_from_the_first_page_to_open_slack_by_keyboard_alone(  # noqa: PLR0915 - one long way
    browser: Browser, outside: World, width: int, scheme: Scheme
) -> None:
    world, account = outside.workspace(f"Acme {uuid4().hex[:4]}"), open_account(outside)
    with opened(browser, world, width=width, scheme=scheme) as page:

        def look(name: str) -> None:
            assert page.evaluate(FAULTS) == [], name
            assert violations(page) == [], name
            folder = os.environ.get("KEEP_SCREENSHOTS")
            if folder:
                place = Path(folder) / f"link-{name}-{width}-{scheme}.png"
                page.screenshot(path=place, full_page=True)

        page.goto(world.app_url)
        look("1-landing")
        tab_to(page, "Add to Slack")
        page.keyboard.press("Enter")
        page.get_by_label("Workspace").select_option(world.team_id)
        page.get_by_label("You are").select_option(world.user)
        page.get_by_role("button", name="Allow").click()

        expect(page.get_by_role("heading", level=1)).to_contain_text("Threadwatch is in")
        look("2-installed")
        tab_to(page, "Connect Parallel")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_contain_text("Connect Parallel to Acme")
        look("2-start")
        tab_to(page, "Continue")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Connect Parallel")
        look("3-connect")

        tab_to(page, "Or paste an API key")
        page.keyboard.type("a wrong key")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("doesn't accept this key")
        look("4-wrong-key")

        tab_to(page, "Connect with Parallel")
        page.keyboard.press("Enter")
        page.get_by_label("Account").select_option(account.name)
        page.get_by_role("button", name="Allow").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Add the webhook secret")
        look("5-secret")

        # A monitor that Parallel can send a test webhook for.
        world.watch("new papers on fusion")
        tab_to(page, "Webhook secret")
        page.keyboard.type("whsec_not_the_one")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("The secret doesn't match")
        look("6-wrong-secret")
        tab_to(page, "Enter it again")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Add the webhook secret")
        tab_to(page, "Webhook secret")
        page.keyboard.type(account.secret)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Secret verified")
        look("7-verified")
        tab_to(page, "Continue")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Threadwatch is ready")
        look("8-done")
        slack = page.get_by_role("link", name="Open Slack")
        expect(slack).to_have_attribute("href", f"https://app.slack.com/client/{world.team_id}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "path", ["/parallel/connect", "/parallel/connect?ticket=x", "/parallel/callback?state=x"]
)
def test_a_page_that_says_no_is_as_readable(
    browser: Browser, outside: World, path: str, scheme: Scheme
) -> None:
    with opened(browser, outside, width=360, scheme=scheme) as page:
        page.goto(f"{outside.app_url}{path}")
        assert page.evaluate(FAULTS) == []
        assert violations(page) == []
        folder = os.environ.get("KEEP_SCREENSHOTS")
        if folder:
            page.screenshot(path=Path(folder) / f"link-no-{len(path)}-{scheme}.png", full_page=True)
