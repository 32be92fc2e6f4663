"""How one attempt of a job ended."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try of a job, counted from 1. After the last one the job is given up."""

    number: int
    is_last: bool = False


@dataclass(frozen=True, slots=True)
class Done:
    """Done; also when there was nothing to do."""


@dataclass(frozen=True, slots=True)
class RetryAfter:
    """Try again, not before `seconds`; None leaves the wait to the back-off.

    `by_any`: whichever job of the monitor comes next may do it, so one of them is enough.
    """

    reason: str
    seconds: float | None = None
    by_any: bool = False


@dataclass(frozen=True, slots=True)
class Failed:
    """No further attempt can help.

    `alone` tells that this concerns one message only, so that what comes after it may go on.
    `redo`, where it is given, is what to do again in place of the whole job: its key and argument.
    """

    reason: str
    alone: bool = False
    redo: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Suspended:
    """Nothing helps for now, and nothing is lost: the reconciler comes back to it."""

    reason: str


Outcome = Done | RetryAfter | Suspended | Failed
