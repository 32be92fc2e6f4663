"""A running sandbox, an app's door, and a browser on the page."""

from collections.abc import Callable, Iterator
from threading import Thread
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page

from sandbox.plain_http import NO_TLS
from sandbox.server import Sandbox, SandboxConfig, running_sandbox
from tests.chromium import open_page
from tests.sandbox.page.door import AppDoor


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox(SandboxConfig(installed=True)) as running:
        yield running


@pytest.fixture
def call_slack(sandbox: Sandbox, http: httpx.Client) -> Callable[..., dict[str, Any]]:
    """Call a method of Slack's Web API as the app."""

    def call(method: str, **arguments: object) -> dict[str, Any]:
        headers = {"authorization": f"Bearer {sandbox.workspace.bot_token}"}
        answer = http.post(f"/slack/api/{method}", json=arguments, headers=headers).json()
        assert answer["ok"], answer
        return answer

    return call


@pytest.fixture
def general(sandbox: Sandbox, call_slack: Callable[..., dict[str, Any]]) -> str:
    """The channel #general, with the app in it."""
    call_slack("conversations.join", channel=sandbox.workspace.general)
    return sandbox.workspace.general


@pytest.fixture
def http(sandbox: Sandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sandbox.url, trust_env=False, verify=NO_TLS, timeout=60) as client:
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


@pytest.fixture
def page(browser: Browser, sandbox: Sandbox) -> Iterator[Page]:
    """The page, opened."""
    with open_page(browser, sandbox.url) as page:
        yield page
