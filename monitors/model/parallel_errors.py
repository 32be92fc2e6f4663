"""Why Parallel did not do what was asked: one class per cause.

ParallelError
├── AccountRefusedError      its owner has to fix the `account_problem`
│   ├── BadKeyError          401  the key doesn't work: connect again
│   ├── NoCreditError        402  the account must be topped up
│   └── ForbiddenError       403
├── UnknownMonitorError      404, if it can be Parallel's own
├── RefusedError             422 and other 4xx: `detail` says what was wrong
└── TryLaterError
    ├── RateLimitedError     429  `retry_after_seconds` when given; 409: the SDK retries it, too
    ├── UnavailableError     408, 5xx, a proxy's 404, or never reached: nothing was done
    │   └── UnfinishedError  a monitor whose creation isn't finished: it isn't signed for its id
    └── AnswerLostError      sent, but no answer came: it may have been done
"""

from typing import ClassVar

from monitors.model.account import AccountProblem


class ParallelError(Exception):
    """`reason` is ours, for logs; `detail` is Parallel's, to quote to a person, or empty."""

    statuses: ClassVar[frozenset[int]] = frozenset()
    account_problem: ClassVar[AccountProblem | None] = None

    def __init__(
        self, reason: str = "", *, detail: str = "", retry_after_seconds: float | None = None
    ) -> None:
        super().__init__(detail or reason or type(self).__name__)
        self.detail = detail
        self.retry_after_seconds = retry_after_seconds


class AccountRefusedError(ParallelError):
    pass


class TryLaterError(ParallelError):
    pass


class BadKeyError(AccountRefusedError):
    statuses = frozenset({401})
    account_problem = AccountProblem.BAD_KEY


class NoCreditError(AccountRefusedError):
    statuses = frozenset({402})
    account_problem = AccountProblem.NO_CREDIT


class ForbiddenError(AccountRefusedError):
    statuses = frozenset({403})
    account_problem = AccountProblem.FORBIDDEN


class UnknownMonitorError(ParallelError):
    statuses = frozenset({404})


class RefusedError(ParallelError):
    statuses = frozenset({400, 422})


class RateLimitedError(TryLaterError):
    statuses = frozenset({409, 429})


class UnavailableError(TryLaterError):
    statuses = frozenset({408})


class UnfinishedError(UnavailableError):
    pass


class AnswerLostError(TryLaterError):
    pass


def error_for_status(status: int) -> type[ParallelError]:
    """The error for an HTTP status. After a 5xx, the request may have been carried out."""
    for kind in (ParallelError, AccountRefusedError, TryLaterError):
        for cause in kind.__subclasses__():
            if status in cause.statuses:
                return cause
    return AnswerLostError if status >= 500 else RefusedError  # noqa: PLR2004 - the 5xx range
