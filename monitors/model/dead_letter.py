"""A job that was given up, kept for an operator to look at and send again."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from monitors.model.intent import IntentKind


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """`letter_id` is the intent's id, or else the key of the job in the queue.

    `team_id` is empty where the job was given up before its workspace was known.
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
        """Whether a person asked for it; its kind is then the intent's."""
        return self.kind in set(IntentKind)

    @property
    def short_id(self) -> str:
        """What an operator types, and what the log calls it."""
        return short_id_of(self.letter_id)


def short_id_of(letter_id: str) -> str:
    return hashlib.sha256(letter_id.encode()).hexdigest()[:12]
