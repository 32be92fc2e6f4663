"""A running sandbox, an app's door, and a browser on the page."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from sandbox.server import RunningSandbox, SandboxConfig
from tests.sandbox.page.door import AppDoor

CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture
def sandbox() -> Iterator[RunningSandbox]:
    with RunningSandbox(SandboxConfig(installed=True)) as running:
        yield running


@pytest.fixture
def call_slack(sandbox: RunningSandbox, http: httpx.Client) -> Callable[..., dict[str, Any]]:
    """Call a method of Slack's Web API as the app."""

    def call(method: str, **arguments: object) -> dict[str, Any]:
        headers = {"authorization": f"Bearer {sandbox.workspace.bot_token}"}
        answer = http.post(f"/slack/api/{method}", json=arguments, headers=headers).json()
        assert answer["ok"], answer
        return answer

    return call


@pytest.fixture
def general(sandbox: RunningSandbox, call_slack: Callable[..., dict[str, Any]]) -> str:
    """The channel #general, with the app in it."""
    call_slack("conversations.join", channel=sandbox.workspace.general)
    return sandbox.workspace.general


@pytest.fixture
def http(sandbox: RunningSandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sandbox.url, trust_env=False) as client:
        yield client


@pytest.fixture
def door(http: httpx.Client) -> Iterator[AppDoor]:
    with AppDoor() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        http.post(
            "/control/slack/configure", json={"request_url": f"{server.url}/slack/events"}
        ).raise_for_status()
        yield server
        server.shutdown()
        thread.join()


def _chromium() -> str | None:
    named = os.environ.get("CHROMIUM")
    if named:
        return named if Path(named).exists() else None
    return shutil.which("chromium")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # Not for the whole session: while Playwright runs, this thread can run no other event loop.
    chromium = _chromium()
    if chromium is None:
        pytest.skip("no Chromium here (Debian's package chromium, or its path in CHROMIUM)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, sandbox: RunningSandbox) -> Iterator[Page]:
    """The page, opened; it may load nothing from elsewhere, and complain of nothing."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    page = context.new_page()
    asked: list[str] = []
    complaints: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and "Failed to load resource" not in message.text:
            complaints.append(message.text)

    page.on("request", lambda request: asked.append(request.url))
    page.on("console", hear)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(sandbox.url)
    yield page
    context.close()
    assert complaints == []
    assert [url for url in asked if not url.startswith(f"{sandbox.url}/")] == []
