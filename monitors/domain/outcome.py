"""How one attempt of a job ended."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Delivered:
    """Done; also when there was nothing to do."""


@dataclass(frozen=True, slots=True)
class RetryAfter:
    """Try again, not before `seconds`; None leaves the wait to the back-off."""

    reason: str
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Dead:
    """No further attempt can help."""

    reason: str


Outcome = Delivered | RetryAfter | Dead
