"""Debian's Chromium, and pages in it."""

import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-lcd-text",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
NOT_HERE: Final = "no Chromium here (Debian's package chromium, or its path in CHROMIUM)"
# A busy machine is no reason to fail.
PATIENCE_MS: Final = 90_000


class NoChromiumError(Exception):
    """There is none on this machine."""


@contextmanager
def running_chromium() -> Generator[Browser]:
    """Raises NoChromiumError."""
    path = _chromium()
    if path is None:
        raise NoChromiumError(NOT_HERE)
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def open_page(
    browser: Browser, url: str, *, width: int = 1280, height: int = 800
) -> Generator[Page]:
    """The page at `url`; it may load nothing from elsewhere, and complain of nothing."""
    context = browser.new_context(
        viewport={"width": width, "height": height}, reduced_motion="reduce"
    )
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    asked: list[str] = []
    complaints: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and "Failed to load resource" not in message.text:
            complaints.append(message.text)

    page.on("request", lambda request: asked.append(request.url))
    page.on("console", hear)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(url)
    yield page
    context.close()
    assert complaints == []
    assert [each for each in asked if not each.startswith(f"{url.rstrip('/')}/")] == []


@pytest.fixture(scope="module")
def browser() -> Generator[Browser]:
    """Not for the whole session: while Playwright runs, this thread can run no other event loop."""
    try:
        with running_chromium() as running:
            yield running
    except NoChromiumError as error:
        pytest.skip(str(error))


def _chromium() -> str | None:
    named = os.environ.get("CHROMIUM")
    if named:
        return named if Path(named).exists() else None
    return shutil.which("chromium")
