"""A job that was given up, kept for an operator to look at and send again."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """`team_id` is empty where the job was given up before its workspace was known."""

    letter_id: str
    team_id: str
    kind: str
    key: str
    argument: str
    reason: str
    attempts: int
    trace_id: str
    since: datetime
    buried_at: datetime
