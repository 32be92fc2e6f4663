"""The lines of the jobs that ended in this process, as the app logs them."""

from typing import Final

from structlog.typing import EventDict, WrappedLogger

_ENDED: Final[list[EventDict]] = []


def keep(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    """A processor of structlog's."""
    if "outcome" in line:
        _ENDED.append(dict(line))
    return line


def ended(kind: str, outcome: str, *, about: str) -> int:
    """How many attempts of a kind of job have ended so; one of its line's values says `about`."""
    return sum(
        (line["kind"], line["outcome"]) == (kind, outcome)
        and any(about in str(value) for value in line.values())
        for line in _ENDED
    )
