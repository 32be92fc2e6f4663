"""A job that takes its worker down each time it is tried, among jobs that do no harm."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from monitors.model.codec import encode
from monitors.model.view_requests import HomeRequest
from monitors.model.workspace import Workspace
from monitors.work.runner import MOST_CRASHES
from tests.monitors.poisoned_worker import Parts, open_parts

ROOT: Final = Path(__file__).parents[2]
GOOD: Final = 30
DEADLINE_SECONDS: Final = 240.0


class Workers:
    """One worker process after the other, as an operator's service manager starts them."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._process: subprocess.Popen[bytes] | None = None
        self.deaths = -1

    def keep_alive(self) -> None:
        if self._process is not None and self._process.poll() is None:
            return
        self.deaths += 1
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", "tests.monitors.poisoned_worker", self._data_dir],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )

    def end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()


@contextmanager
def workers(data_dir: Path) -> Generator[Workers]:
    started = Workers(data_dir)
    try:
        yield started
    finally:
        started.end()


async def until(see: Callable[[], Awaitable[bool]], meanwhile: Callable[[], None]) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not await see():
        assert time.monotonic() < deadline
        meanwhile()
        await asyncio.sleep(0.05)


async def letters(parts: Parts) -> list[str]:
    found = await parts.intents.failed(team_id=None, limit=99)
    return [letter.letter_id for letter in found]


@pytest.mark.thorough
@pytest.mark.anyio
async def test_a_poisonous_job_is_buried_alone_and_keeps_no_other_from_being_done(
    tmp_path: Path,
) -> None:
    async with open_parts(tmp_path) as parts:
        for number in range(GOOD):
            request = HomeRequest(Workspace("T1"), str(number))
            await parts.queue.enqueue("good", encode(request), key=f"good:{number}")
        await parts.queue.enqueue("poison", "{}", key="poison")
        with workers(tmp_path) as running:

            async def is_over() -> bool:
                return await parts.redis.hlen("done") == GOOD and bool(await letters(parts))

            await until(is_over, running.keep_alive)
        (letter,) = await parts.intents.failed(team_id=None, limit=99)
        assert (letter.kind, letter.letter_id, letter.argument) == ("poison", "poison", "{}")
        assert "took its worker down" in letter.reason
        assert letter.trace_id
        assert running.deaths == MOST_CRASHES + 1
