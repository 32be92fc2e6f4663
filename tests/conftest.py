"""What every suite may use."""

import gc
import re
from pathlib import Path

import pytest
import structlog
from _pytest.mark.expression import Expression
from hypothesis import HealthCheck, settings

from tests import job_log

pytest_plugins = ("tests.chromium", "tests.migrated", "tests.servers")

# Each worker imports the app and collects thousands of tests, of which all stays: to look for
# garbage among it takes a fifth of that time.
gc.disable()

# A failed test shows the app's lines: plain ones, for colours take a fiftieth of the flows' time.
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        job_log.keep,
        structlog.processors.format_exc_info,
        structlog.processors.KeyValueRenderer(key_order=["level", "event"]),
    ]
)

_THOROUGH = re.compile(r"^pytestmark = .*\bthorough\b", re.MULTILINE)

# No example is too slow: a busy machine is no reason to fail.
settings.register_profile(
    "quick", max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("thorough", settings.get_profile("quick"), max_examples=100)
settings.load_profile("quick")


def _is_thorough(name: str, /, **_: str | int | bool | None) -> bool:
    return name == "thorough"


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """A file of nothing but thorough tests is not imported where those are not asked for.

    Some make their requests up while they are collected, for seconds.
    """
    asked = str(config.getoption("-m") or "")
    if not asked or collection_path.suffix != ".py":
        return None
    if Expression.compile(asked).evaluate(_is_thorough):
        return None
    return bool(_THOROUGH.search(collection_path.read_text())) or None


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """The app runs on asyncio alone: Bolt and docket ask for it."""
    return "asyncio"
