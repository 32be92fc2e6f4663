"""How one attempt of a job ended."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt of a job, counted from 1. After the last one the job has failed."""

    number: int
    is_last: bool = False


@dataclass(frozen=True, slots=True)
class Done:
    """Done; also when there was nothing to do."""


@dataclass(frozen=True, slots=True)
class RetryAfter:
    """Try again in `seconds`; None leaves the delay to the back-off.

    `by_any`: any job of the monitor may do it, so keeping one of them is enough.
    """

    reason: str
    seconds: float | None = None
    by_any: bool = False


@dataclass(frozen=True, slots=True)
class Failed:
    """No further attempt can help.

    `alone`: it concerns one message only, so that later ones can still be posted. `redo`: the key
    and argument of the job to retry instead of the whole job.
    """

    reason: str
    alone: bool = False
    redo: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Suspended:
    """It can't be done now, and nothing is lost: the reconciler will retry it."""

    reason: str


Outcome = Done | RetryAfter | Suspended | Failed
