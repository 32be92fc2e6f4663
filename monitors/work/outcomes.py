"""What becomes of a job that Slack, Parallel or a store stopped: errors to outcomes."""

from typing import Final

from monitors.model.outcome import Failed, Outcome, RetryAfter, Suspended
from monitors.model.parallel_errors import ParallelError, TryLaterError
from monitors.model.slack_errors import BadMessageError, ClosedError, SlackPostError
from monitors.ports import QueueDownError, StoreDownError

# A call that timed out may still be carried out: look for what it did after a while, not at once.
TIMED_OUT_SECONDS: Final = 15.0

# What a handler may raise and the runner knows the outcome of; anything else is a crash.
KNOWN_ERRORS: Final = (SlackPostError, ParallelError, StoreDownError, QueueDownError)


class Finished(Exception):  # noqa: N818 - not an error: a step ended the attempt
    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome


def outcome_of(error: Exception) -> Outcome:
    """How an attempt ended that one of `KNOWN_ERRORS` stopped."""
    match error:
        case ClosedError() | BadMessageError():
            return Failed(f"slack: {error.code}")
        case SlackPostError():
            return retry_of(error)
        case TryLaterError():
            return RetryAfter(f"parallel: {error}", error.retry_after_seconds)
        case ParallelError():
            if problem := error.account_problem:
                return Suspended(f"parallel: {problem.value}")
            return Failed(f"parallel: {type(error).__name__}: {error}")
        case _:
            return RetryAfter(str(error))


def retry_of(error: SlackPostError) -> RetryAfter:
    """When to try again what Slack may take then."""
    seconds = TIMED_OUT_SECONDS if error.code == "timeout" else error.retry_after_seconds
    return RetryAfter(f"slack: {error.code}", seconds)
