"""One demo for all tests that look at its page; each opens the page again, in a channel of its own.

The linking pages have an app without a demo. (`tests.chromium` has the browser.)
"""

import asyncio
from collections.abc import Generator
from dataclasses import replace
from typing import Final

import httpx
import pytest
from playwright.sync_api import Browser, Page

from bot.cli.demo import demo_settings
from sandbox.demo import connect_app
from sandbox.plain_http import NO_TLS
from sandbox.server import SandboxConfig, running_sandbox
from tests.browser.demo_process import running_demo
from tests.chromium import open_page
from tests.flows.app import IMPATIENT, RunningApp
from tests.flows.world import World
from tests.servers import free_port

# Beside a browser, an answer of Slack's may take long on a busy machine.
UNHURRIED: Final = replace(IMPATIENT, slack_call_seconds=60.0)


@pytest.fixture(scope="module")
def demo_url(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    """Where a running demo's page is; no demo is started where there is no browser."""
    assert browser.is_connected()
    with running_demo(tmp_path_factory.mktemp("demo")) as demo:
        yield demo.address(within_seconds=60)
        assert demo.interrupt() == 0
    assert "Traceback" not in demo.words


@pytest.fixture
def page(browser: Browser, demo_url: str) -> Generator[Page]:
    """The demo's page, opened."""
    with open_page(browser, demo_url) as page:
        yield page


@pytest.fixture(scope="module")
def outside(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Generator[World]:
    """The app without an account of the operator's; nothing is started without a browser."""
    assert browser.is_connected()
    with running_sandbox(SandboxConfig()) as sandbox:
        settings = demo_settings(
            sandbox,
            SandboxConfig().slack,
            port=free_port(),
            data_dir=tmp_path_factory.mktemp("app") / "data",
        )
        none = {"parallel_api_key": None, "parallel_webhook_secret": None}
        with (
            RunningApp(settings.model_copy(update=none), timings=UNHURRIED) as app,
            httpx.Client(
                base_url=sandbox.url, timeout=120, trust_env=False, verify=NO_TLS
            ) as client,
        ):
            _connect(sandbox.url, app.url)
            yield World(client=client, app_url=app.url)


def _connect(sandbox_url: str, app_url: str) -> None:
    """In a thread of its own: Playwright keeps an event loop in this one."""
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415

    with ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: asyncio.run(connect_app(sandbox_url, app_url))).result()
