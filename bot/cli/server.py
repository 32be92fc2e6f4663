"""`serve` and `worker` as process managers start them, without the command line's libraries."""

import sys
from collections.abc import Mapping
from typing import Final

from bot.cli import running
from bot.web.serving import run_app

# What runs, by the arguments; `bot.cli.main` reads any others (`serve --help`).
PLAIN: Final[Mapping[tuple[str, ...], Mapping[str, bool]]] = {
    ("serve",): {"web": True, "worker": True},
    ("serve", "--no-worker"): {"web": True, "worker": False},
    ("worker",): {"web": False, "worker": True},
}


def main() -> None:
    run_server(**PLAIN[tuple(sys.argv[1:])])


def run_server(*, web: bool, worker: bool) -> None:
    settings = running.usable_settings()
    running.run(run_app(settings, web=web, worker=worker, say=running.err.print))
