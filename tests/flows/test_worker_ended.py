"""A worker whose loop ended takes its process down: log line, `/readyz` 503, exit code not 0."""

import asyncio
import pickle
import time
from pathlib import Path

from monitors.settings import Settings
from monitors.storage.embedded import EmbeddedValkey
from monitors.work.queue import TASK, open_docket
from sandbox.server import Sandbox
from tests.flows.app_process import process_settings, running_process
from tests.flows.fails_once import FailsOnce
from tests.flows.world import DEADLINE_SECONDS


async def add_entry(settings: Settings, args: bytes) -> None:
    with EmbeddedValkey(settings.data_dir) as server:
        async with open_docket(server.start()) as docket, docket.redis() as redis:
            fields = {"key": "k", "function": TASK, "kwargs": pickle.dumps({}), "args": args}
            when = {"when": "2026-01-01T00:00:00+00:00", "attempt": "1", "generation": "1"}
            await redis.xadd(docket.stream_key, {**fields, **when})


def test_an_error_in_the_job_engine_ends_the_process_loudly(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    settings = process_settings(sandbox, tmp_path / "data")
    with running_process(settings, tmp_path) as app:
        # Unreadable for the worker, readable when it looks why: an error that is nobody's fault.
        args = pickle.dumps((FailsOnce(tmp_path / "failed"),))
        asyncio.run(add_entry(settings, args))
        seen: list[int | None] = [200]
        began = time.monotonic()
        while seen[-1] is not None:
            assert time.monotonic() - began < DEADLINE_SECONDS, "the process lives on"
            seen.append(app.readiness())
        assert 503 in seen
        assert app.exit_code() != 0
        (line,) = [each for each in app.log if each["event"] == "worker ended"]
        assert line["part"] == "jobs"
        assert "the first time it can't be read" in str(line["exception"])


def test_an_entry_that_cannot_be_read_is_put_aside(sandbox: Sandbox, tmp_path: Path) -> None:
    settings = process_settings(sandbox, tmp_path / "data")
    with running_process(settings, tmp_path) as app:
        asyncio.run(add_entry(settings, b"torn"))
        while not any(each["event"] == "unreadable job put aside" for each in app.log):
            assert app.readiness() == 200
        assert app.readiness() == 200
