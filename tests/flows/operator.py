"""What an operator types: `threadwatch …`, in this process, for a new one imports for seconds."""

import logging
import sys
from collections.abc import Mapping
from dataclasses import dataclass

import structlog
from typer.testing import CliRunner

from bot.cli.main import app
from monitors.settings import Settings
from tests.flows.app_process import environment_of


@dataclass(frozen=True, slots=True)
class Ended:
    code: int
    out: str
    err: str


def operate(settings: Settings, *arguments: str) -> Ended:
    """The command, with these settings in its environment, run to its end."""
    return typed(environment_of(settings) | {"COLUMNS": "400"}, *arguments)


def typed(environment: Mapping[str, str | None], *arguments: str) -> Ended:
    """The same in an environment with these variables; None is one that isn't set."""
    root = logging.getLogger()
    handlers, level, lines = root.handlers, root.level, structlog.get_config()
    _log_aside()
    try:
        done = CliRunner().invoke(app, arguments, env=environment)
    finally:
        # The command has set how this process logs, and where: what it printed into is closed now.
        structlog.configure(**lines)
        root.handlers = handlers
        root.setLevel(level)
    return Ended(done.exit_code, done.stdout, done.stderr)


def _log_aside() -> None:
    """An app that runs in this process must not write into what the command prints."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
