"""A failed job, kept so that an operator can look at it and retry it."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from monitors.model.intent import IntentKind


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """`letter_id` is the intent's id, or for other jobs their key in the queue.

    `team_id` is empty if the job failed before its workspace was known.
    """

    letter_id: str
    team_id: str
    enterprise_id: str
    kind: str
    argument: str
    reason: str
    attempts: int
    trace_id: str
    since: datetime
    failed_at: datetime

    @property
    def is_intent(self) -> bool:
        """True if a person asked for it; `kind` is then the intent's."""
        return self.kind in set(IntentKind)

    @property
    def short_id(self) -> str:
        """The id that operators type and that the log shows."""
        return short_id_of(self.letter_id)


def short_id_of(letter_id: str) -> str:
    return hashlib.sha256(letter_id.encode()).hexdigest()[:12]
