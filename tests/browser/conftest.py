"""One demo for all tests that look at its page; each opens the page anew, in a channel of its own.

(`tests.chromium` has the browser.)
"""

from collections.abc import Generator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.demo_process import running_demo
from tests.chromium import open_page


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
