"""`python -m bot serve` with shorter waits, for tests that kill it.

What a crash left behind is taken up again after seconds, where an operator's app waits for the
longest call that might still be under way.
"""

import asyncio
import gc
import os
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final

import uvloop

from bot.web.logs import configure_logs
from bot.web.serving import run_app
from monitors.delivery.post_once import PostTimes
from monitors.settings_problems import read_settings
from tests.flows.app import HASTY

# Of the stand-ins' calls none lasts longer than a second here.
_TIMINGS: Final = replace(
    HASTY,
    redelivery_seconds=1.0,
    hold_seconds=2.0,
    posts=PostTimes(call=timedelta(seconds=1), late=timedelta(seconds=1)),
    take_over_after_seconds=2.0,
    stale_after=timedelta(seconds=2),
    # Long enough to be seen on a busy machine.
    red_seconds=1.5,
    drain_seconds=2.0,
)


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def serve(environment: Mapping[str, str], log: Path, arguments: Sequence[str]) -> None:
    """As a process of its own, in a session of its own, until it is told to stop."""
    # What is imported stays: nothing of it is looked for among the garbage.
    gc.freeze()
    # Coverage would make it three times slower, and hear of nothing: it ends by `os._exit`.
    sys.settrace(None)
    threading.settrace(None)  # pyright: ignore[reportArgumentType]
    os.setsid()
    os.environ.clear()
    os.environ.update(environment)
    with log.open("ab") as written:
        for each in (sys.stdout, sys.stderr):
            os.dup2(written.fileno(), each.fileno())
    timings = _TIMINGS
    if "--endless-leases" in arguments:
        timings = replace(timings, redelivery_seconds=3600.0, hold_seconds=3600.0)
    settings = read_settings(env_file=None)
    configure_logs(settings.log_level, "json")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run_app(settings, web=True, worker=True, say=_say, timings=timings))
