"""Time as an argument, so that tests don't have to wait."""

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """The current time, with time zone UTC."""
        ...


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)
