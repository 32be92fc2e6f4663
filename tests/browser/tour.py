"""Takes the pictures of `docs/tour.md` and the README, and writes that page: `make tour`.

To add a screen, append a `Screen` to `SCREENS`: they are shown in this order, by one person in one
demo, each going on where the one before it left the page.
"""

import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Final

from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.demo_process import running_demo
from tests.browser.person import Person
from tests.chromium import NoChromiumError, open_page, running_chromium

DOCS: Final = Path(__file__).parents[2] / "docs"
PICTURES: Final = DOCS / "images"
MOST_BYTES: Final = 150_000
WIDTH: Final = 1280
HEIGHT: Final = 720
_INTRODUCTION: Final = """\
# Tour

Each screen as the demo shows it: the real app, with a simulated Slack and Parallel. `make demo`
runs it; `make tour` takes these pictures and writes this page.
"""


@dataclass(frozen=True, slots=True)
class Screen:
    name: str
    title: str
    text: str
    go: Callable[[Person], None]


def command(person: Person, text: str) -> None:
    box = person.page.get_by_test_id("composer")
    box.fill(text)
    box.press("Enter")


def demo(person: Person) -> None:
    """The README's picture."""
    person.watch()
    person.make("finding")
    expect(person.card).to_contain_text("1 reply")
    person.open_thread()
    person.make("finding")
    expect(person.replies).to_have_count(2)
    # The run that finds nothing makes the card say when it was last checked.
    person.make("nothing")
    expect(person.card).to_contain_text("checked")


def menu(person: Person) -> None:
    person.page.get_by_test_id("thread-close").click()
    person.page.get_by_test_id("composer").press_sequentially("/")
    expect(person.page.get_by_test_id("suggestion").first).to_be_visible()


def form(person: Person) -> None:
    command(person, "/monitor")
    expect(person.page.get_by_test_id("modal-submit")).to_be_visible()


def lost(person: Person) -> None:
    person.page.get_by_test_id("modal-cancel").click()
    person.open_thread()
    person.make("lost")
    expect(person.page.get_by_test_id("delivery-lost")).to_contain_text("posted it after")


def fields(person: Person) -> None:
    person.make("snapshot")
    expect(person.replies.last).to_contain_text("→")


def card_menu(person: Person) -> None:
    person.card.get_by_role("button", name="More actions").first.click()
    expect(person.page.get_by_role("menu")).to_be_visible()


def delivery(person: Person) -> None:
    person.page.get_by_role("menuitem", name="Delivery").click()
    expect(person.page.get_by_test_id("modal-submit")).to_be_visible()


def edit(person: Person) -> None:
    person.page.get_by_test_id("modal-cancel").click()
    person.card.get_by_role("button", name="Edit").click()
    expect(person.page.get_by_test_id("modal-submit")).to_be_visible()


def history(person: Person) -> None:
    person.page.get_by_test_id("modal-cancel").click()
    person.card.get_by_role("button", name="History").click()
    expect(person.page.get_by_role("dialog")).to_contain_text("latest AI research papers")


def not_relevant(person: Person) -> None:
    person.page.get_by_test_id("modal-cancel").click()
    person.page.get_by_role("button", name="Not relevant").first.click()
    expect(person.page.get_by_test_id("modal-submit")).to_be_visible()


def cancel(person: Person) -> None:
    person.page.get_by_test_id("modal-cancel").click()
    person.card.get_by_role("button", name="Cancel").click()
    expect(person.page.get_by_test_id("confirm")).to_be_visible()


def listing(person: Person) -> None:
    person.page.get_by_test_id("confirm-no").click()
    person.page.get_by_test_id("thread-close").click()
    command(person, "/monitor list")
    expect(person.page.get_by_test_id("ephemeral").last).to_contain_text("Open thread")


def home(person: Person) -> None:
    person.page.get_by_test_id("home-tab").click()
    expect(person.page.locator("#home")).to_contain_text(person.query)


def rules(person: Person) -> None:
    person.page.locator("#home").get_by_role("button", name="Change rules").click()
    expect(person.page.get_by_test_id("modal-submit")).to_be_visible()


def cancelled(person: Person) -> None:
    person.page.get_by_test_id("modal-cancel").click()
    person.page.get_by_test_id(f"channel-{person.channel}").click()
    person.open_thread()
    person.reply("cancelmonitor")
    expect(person.replies.last).to_contain_text("Cancelled")
    expect(person.card).to_contain_text("Cancelled by")


def second_workspace(person: Person) -> None:
    page = person.page
    page.get_by_test_id("team-switch").select_option(label="Globex")
    page.get_by_test_id("install").click()
    expect(page.locator("#hint")).to_contain_text("Type")
    page.get_by_test_id("home-tab").click()
    page.locator("#home").get_by_role("button", name="Connect account").click()
    expect(page.get_by_role("link", name="Continue in the browser")).to_be_visible()


SCREENS: Final = (
    Screen(
        "demo",
        "A monitor and its thread",
        "`/monitor latest AI research papers` posts the query as a card. Each finding is a reply "
        "in the card's thread: the news, its sources, its date and how sure Parallel is. On the "
        "right, the demo's panel plays the web.",
        demo,
    ),
    Screen("menu", "The commands", "Type `/` to see them.", menu),
    Screen(
        "form",
        "A form instead of options",
        "`/monitor` alone, *New monitor* in the Home tab, or the shortcut of that name.",
        form,
    ),
    Screen(
        "lost",
        "A webhook that never came",
        "The app also asks Parallel itself, so the finding arrives all the same. The panel on the "
        "right says how.",
        lost,
    ),
    Screen(
        "fields",
        "What changed",
        "A snapshot monitor shows each field before and after.",
        fields,
    ),
    Screen(
        "card-menu",
        "The card's menu",
        "Pause keeps what is found in the meantime; nothing is dropped.",
        card_menu,
    ),
    Screen(
        "delivery",
        "When findings are posted",
        "*Delivery* in the card's menu: as they come or once a day or week, quiet hours, and how "
        "sure Parallel has to be.",
        delivery,
    ),
    Screen(
        "edit",
        "Edit",
        "A rewording changes the monitor where it is; a different question asks first, and starts "
        "a new one in the same thread.",
        edit,
    ),
    Screen(
        "history",
        "History",
        "What was found and when it was checked, page by page. *Export as CSV* sends you all of "
        "it.",
        history,
    ),
    Screen(
        "not-relevant",
        "Not relevant",
        "A finding that doesn't help changes the monitor: its websites to leave out, or the query. "
        "The change is shown before it is made.",
        not_relevant,
    ),
    Screen("cancel", "Cancel", "The button asks first. Replying `cancelmonitor` does not.", cancel),
    Screen("list", "Monitors in this channel", "`/monitor list`, for you alone.", listing),
    Screen("home", "The Home tab", "Your monitors, and for admins the Parallel account.", home),
    Screen(
        "rules",
        "The workspace's rules",
        "Admins say who may start and cancel monitors, where, and for how much a month.",
        rules,
    ),
    Screen(
        "cancelled",
        "Cancelled",
        "The thread stays as it is; the card says who ended it.",
        cancelled,
    ),
    Screen(
        "connect",
        "Another workspace connects its own account",
        "An admin signs in with Parallel or pastes an API key; "
        "[Connecting an account](connecting.md) has the rest.",
        second_workspace,
    ),
)


def main() -> int:
    """0, or 1 where there is no Chromium."""
    try:
        take()
    except NoChromiumError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def take() -> None:
    """All pictures, and the page. Raises NoChromiumError."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        running_chromium() as browser,
        running_demo(Path(folder)) as running,
        open_page(browser, running.address(within_seconds=60), width=WIDTH, height=HEIGHT) as page,
    ):
        person = Person(page, "research", "latest AI research papers")
        for screen in SCREENS:
            screen.go(person)
            picture(page, screen.name)
    shown = "".join(
        f"\n## {each.title}\n\n{each.text}\n\n![{each.title}](images/{each.name}.png)\n"
        for each in SCREENS
    )
    (DOCS / "tour.md").write_text(f"{_INTRODUCTION}{shown}")


def picture(page: Page, name: str) -> None:
    # Nothing is pointed at, and the confirmation of a press is gone.
    page.mouse.move(0, 0)
    path = PICTURES / f"{name}.png"
    shot = Image.open(BytesIO(page.screenshot(animations="disabled"))).convert("RGB")
    # A palette makes it a third as large, and nobody sees the difference.
    shot.quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)
    size = path.stat().st_size
    sys.stdout.write(f"{path.relative_to(DOCS.parent)} ({size // 1000} kB)\n")
    if size > MOST_BYTES:
        raise AssertionError(f"{path} is larger than {MOST_BYTES} bytes")


if __name__ == "__main__":
    sys.exit(main())
