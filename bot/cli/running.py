"""Runs a command of the operator: its settings, its words, its exit code."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from itertools import count
from typing import Final, NoReturn, TypeVar

import uvloop
from rich.console import Console

from bot.web.logs import configure_logs
from bot.web.working import WorkerEndedError
from bot.wiring.resources import open_sealer
from monitors.model.outcome import Done, Failed, Outcome, RetryAfter, Suspended
from monitors.model.slack_errors import SlackPostError
from monitors.settings import Settings
from monitors.settings_problems import SetupError, read_settings
from monitors.storage.engine import parse_url
from monitors.storage.redis_client import parse_redis_url
from monitors.texts.problem_texts import explain_slack

USAGE_EXIT: Final = 2
# How long to wait if Parallel doesn't say.
_AGAIN_SECONDS: Final = 2.0

T = TypeVar("T")
out = Console(highlight=False, soft_wrap=True, markup=False, emoji=False)
err = Console(stderr=True, highlight=False, soft_wrap=True, markup=False, emoji=False)


def usable_settings() -> Settings:
    try:
        settings = read_settings(more=store_problems)
    except SetupError as error:
        refuse(error.problems)
    configure_logs(settings.log_level, settings.log_format)
    return settings


def store_problems(settings: Settings) -> Iterator[str]:
    """Addresses of stores that can't be used, found without connecting."""
    parsers = (settings.redis_url, parse_redis_url), (settings.database_url, parse_url)
    for address, parse in parsers:
        try:
            if address is not None:
                parse(address)
        except SetupError as error:
            yield from error.problems
    try:
        if settings.encryption_keys is not None:
            open_sealer(settings)
    except SetupError as error:
        yield from error.problems


def refuse(problems: Sequence[str]) -> NoReturn:
    err.print("Threadwatch can't start:", style="bold")
    for problem in problems:
        err.print(f"  - {problem}")
    sys.exit(USAGE_EXIT)


def run_to_end(work: Coroutine[object, object, bool]) -> None:
    """Run `work`, which returns False for exit code 1."""
    if not run(work):
        sys.exit(1)


def run(work: Coroutine[object, object, T], *told: type[Exception]) -> T:
    """Run `work`; an error meant for the operator is printed as one line, with exit code 1 or 2."""
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(work)
    except SetupError as error:
        refuse(error.problems)
    except told as error:
        refuse([str(error)])
    except WorkerEndedError as error:
        err.print(str(error))
        sys.exit(1)
    except SlackPostError as error:
        err.print(explain_slack(error))
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


async def finish(attempt: Callable[[int], Awaitable[Outcome]]) -> str | None:
    """Attempt it until it has ended; returns why it failed, None if it is done."""
    for number in count(1):
        match await attempt(number):
            case Done():
                return None
            case RetryAfter(reason, seconds):
                out.print(f"waiting: {reason}")
                await asyncio.sleep(_AGAIN_SECONDS if seconds is None else seconds)
            case Failed(reason) | Suspended(reason):
                return reason
    return None
