"""Logs: one line per action, with ids; never the text of messages, never secrets."""

import logging
import sys
from typing import Final, Literal

import structlog
from structlog.typing import Processor

from monitors.model.streaks import Sampled

# Don't even create lines about every call or statement: `_ours_or_grave` would drop them.
_QUIET: Final = (
    *("slack_sdk", "httpx", "httpcore", "docket", "parallel", "alembic"),
    *("asyncio", "uvicorn.error"),
)


def configure_logs(level: str, log_format: Literal["console", "json"] | None) -> None:
    """Write structlog's and every library's lines to standard error, in one format."""
    chosen = log_format or ("console" if sys.stderr.isatty() else "json")
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,  # first, so that a dropped line costs nothing
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.addFilter(_ours_or_grave)
    handler.addFilter(_Malformed())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_endings(chosen),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))


class _Malformed(logging.Filter):
    """One line a minute of what uvicorn says of each request that isn't HTTP."""

    def __init__(self) -> None:
        super().__init__()
        self._sampled = Sampled()

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name != "uvicorn.error" or "Invalid HTTP" not in str(record.msg):
            return True
        return self._sampled.due("malformed", record.created) > 0


def _ours_or_grave(record: logging.LogRecord) -> bool:
    """Keeps our own lines, and libraries' only from warnings on, Bolt's from errors on.

    Below that, libraries print bodies, SQL values and tokens. Bolt warns who writes an app of what
    no listener takes, with parts of the request; its loggers set their own level, so theirs is
    looked at here. Our lines are structlog's, which are dictionaries.
    """
    is_bolts = record.name.partition(".")[0] == "slack_bolt"
    least = logging.ERROR if is_bolts else logging.WARNING
    return isinstance(record.msg, dict) or record.levelno >= least


def _endings(chosen: Literal["console", "json"]) -> list[Processor]:
    if chosen == "console":
        return [
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(),
                # The default prints local variables, including secrets.
                exception_formatter=structlog.dev.plain_traceback,
            )
        ]
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
