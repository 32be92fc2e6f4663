"""What every suite may use."""

import pytest

pytest_plugins = ("tests.chromium", "tests.servers")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """The app runs on asyncio alone: Bolt and docket ask for it."""
    return "asyncio"
