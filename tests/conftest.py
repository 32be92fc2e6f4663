"""What every suite may use."""

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ("tests.chromium", "tests.servers")

# No example is too slow: a busy machine is no reason to fail.
settings.register_profile(
    "quick", max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("thorough", settings.get_profile("quick"), max_examples=100)
settings.load_profile("quick")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """The app runs on asyncio alone: Bolt and docket ask for it."""
    return "asyncio"
