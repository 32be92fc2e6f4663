"""Takes the README's picture of the demo: `make screenshot`."""

import sys
import tempfile
from pathlib import Path
from typing import Final

from playwright.sync_api import expect

from tests.browser.demo_process import running_demo
from tests.browser.person import Person
from tests.chromium import NoChromiumError, open_page, running_chromium

PICTURE: Final = Path(__file__).parents[2] / "docs" / "images" / "demo.png"
MOST_BYTES: Final = 300_000


def main() -> int:
    """0, or 1 where there is no Chromium."""
    try:
        take()
    except NoChromiumError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{PICTURE} ({PICTURE.stat().st_size // 1000} kB)\n")
    return 0


def take() -> None:
    """A monitor, its thread open, two findings in it. Raises NoChromiumError."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running_chromium() as browser,
        running_demo(Path(folder)) as demo,
        open_page(browser, demo.address(within_seconds=30), height=760) as page,
    ):
        person = Person(page, "research", "latest AI research papers")
        person.watch()
        person.make("finding")
        expect(person.card).to_contain_text("1 reply")
        person.open_thread()
        person.make("snapshot")
        expect(person.replies).to_have_count(2)
        # The run that finds nothing makes the card say when it was last checked.
        person.make("nothing")
        expect(person.card).to_contain_text("checked")
        page.mouse.move(640, 600)
        PICTURE.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=PICTURE)
        if PICTURE.stat().st_size > MOST_BYTES:
            raise AssertionError(f"the picture is larger than {MOST_BYTES} bytes")


if __name__ == "__main__":
    sys.exit(main())
