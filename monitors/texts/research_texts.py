"""*Research this*: what is said while a finding is researched, and when it can't be."""

from typing import Final

from monitors.model.parallel_errors import ParallelError, RefusedError, UnknownMonitorError
from monitors.texts.problem_texts import explain_parallel, parallel_said

_AGAIN: Final = "To try once more, press “Research this” again; it's paid for again."

BEING_RESEARCHED: Final = (
    "This finding is being researched already. I'll post the answer in this thread."
)
RESEARCHED_ALREADY: Final = (
    "This finding was researched already: the answer is further down in this thread."
)
NOTHING_TO_RESEARCH: Final = (
    "Parallel doesn't know this finding's monitor any more, so it can't be researched."
)
RESEARCH_UNCERTAIN: Final = (
    "Parallel's answer didn't arrive, so I can't tell whether the research has started. I don't "
    f"start it twice by myself, because each costs money. {_AGAIN}"
)
RESEARCH_UNKNOWN: Final = (
    "Parallel doesn't know this research any more. Perhaps another Parallel account was connected "
    f"in the meantime. {_AGAIN}"
)
RESEARCH_GAVE_UP: Final = f"After two days there is still no answer, so I gave up. {_AGAIN}"
ANSWER_REFUSED: Final = f"Slack didn't accept the answer. {_AGAIN}"
_NOT_FOLLOWED_UP: Final = (
    "Parallel can't research this finding. It may be too old, or from another Parallel account."
)


def by_the_rules(refusal: str) -> str:
    """`refusal` is what is said of a start."""
    return f"Only people who can start monitors here can have findings researched. {refusal}"


def researching(about: str, by: str) -> str:
    return (
        f"Researching {_quoted(about)}…{_started(by)} I'll post the answer here, usually within "
        "5 minutes."
    )


def researched(about: str, by: str) -> str:
    return f"Researched {_quoted(about)}.{_started(by)} The answer is below."


def not_researched(about: str, by: str, reason: str) -> str:
    return f"Couldn't research {_quoted(about)}.{_started(by)} {reason}"


def research_title(about: str) -> str:
    return f"Research on {_quoted(about)}"


def research_refused(error: ParallelError, *, prefix: str) -> str:
    if isinstance(error, RefusedError | UnknownMonitorError):
        return " ".join(filter(None, (_NOT_FOLLOWED_UP, parallel_said(error.detail))))
    return explain_parallel(error, prefix=prefix)


def research_failed(error: str) -> str:
    """`error` is Parallel's own."""
    failed = "Parallel couldn't finish the research."
    return " ".join(filter(None, (failed, parallel_said(error), _AGAIN)))


def answer_not_posted(reason: str) -> str:
    return (
        f"Your research is done, but I can't post the answer in its thread. {reason} I'll try "
        "again every hour, for two days."
    )


def _quoted(about: str) -> str:
    return f"“{about}”" if about else "this finding"


def _started(by: str) -> str:
    return f" Started by {by}." if by else ""
