"""Why Parallel did not do what was asked: one class per cause.

ParallelError
├── BadKeyError          401  the key doesn't work: connect again
├── NoCreditError        402  the account must be topped up
├── ForbiddenError       403
├── UnknownMonitorError  404
├── RefusedError         422 and other 4xx: `detail` says what was wrong
├── RateLimitedError     429  `retry_after_seconds` when given; 409: Parallel's SDK retries it, too
├── UnavailableError     408, 5xx, or never reached: nothing was done
└── AnswerLostError      sent, but no answer came: it may have been done
"""

from typing import ClassVar


class ParallelError(Exception):
    """`reason` is ours, for logs; `detail` is Parallel's, to quote to a person, or empty."""

    statuses: ClassVar[frozenset[int]] = frozenset()

    def __init__(
        self, reason: str = "", *, detail: str = "", retry_after_seconds: float | None = None
    ) -> None:
        super().__init__(detail or reason or type(self).__name__)
        self.detail = detail
        self.retry_after_seconds = retry_after_seconds


class BadKeyError(ParallelError):
    statuses = frozenset({401})


class NoCreditError(ParallelError):
    statuses = frozenset({402})


class ForbiddenError(ParallelError):
    statuses = frozenset({403})


class UnknownMonitorError(ParallelError):
    statuses = frozenset({404})


class RefusedError(ParallelError):
    statuses = frozenset({400, 422})


class RateLimitedError(ParallelError):
    statuses = frozenset({409, 429})


class UnavailableError(ParallelError):
    statuses = frozenset({408})


class AnswerLostError(ParallelError):
    pass


def error_for_status(status: int) -> type[ParallelError]:
    """The error for an HTTP status. After a 5xx, the request may have been carried out."""
    for cause in ParallelError.__subclasses__():
        if status in cause.statuses:
            return cause
    return AnswerLostError if status >= 500 else RefusedError  # noqa: PLR2004 - the 5xx range
