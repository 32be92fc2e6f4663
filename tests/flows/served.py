"""`python -m bot serve` with shorter waits, for tests that kill it: `python -m tests.flows.served`.

What a crash left behind is taken up again after seconds, where an operator's app waits for the
longest call that might still be under way.
"""

import asyncio
import sys
from dataclasses import replace
from datetime import timedelta
from typing import Final

import uvloop

from bot.web.logs import configure_logs
from bot.web.serving import run_app
from monitors.delivery.post_once import PostTimes
from monitors.settings import read_settings
from tests.flows.app import HASTY

# Of the stand-ins' calls none lasts longer than a second here.
_TIMINGS: Final = replace(
    HASTY,
    redelivery_seconds=1.0,
    hold_seconds=2.0,
    posts=PostTimes(call=timedelta(seconds=1), late=timedelta(seconds=1)),
    stale_after=timedelta(seconds=2),
    red_seconds=0.7,
    drain_seconds=2.0,
)


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def main() -> None:
    timings = _TIMINGS
    if "--endless-leases" in sys.argv:
        timings = replace(timings, redelivery_seconds=3600.0, hold_seconds=3600.0)
    settings = read_settings(env_file=None)
    configure_logs(settings.log_level, "json")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run_app(settings, web=True, worker=True, say=_say, timings=timings))


if __name__ == "__main__":
    main()
