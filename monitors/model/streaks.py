"""What comes again and again is told once: refused signatures, and lines about bad requests."""

from math import inf
from typing import Final

from cachetools import LRUCache

# So many refused in a row, with none accepted between, are no accident and no lone stranger's.
TELLING: Final = 5
SAMPLE_SECONDS: Final = 60.0
# Accepted ones between them begin a new streak: anyone can have that told without end.
_TOLD_SECONDS: Final = 3600.0
_MOST: Final = 1000


class Streaks:
    """Refusals in a row, by who is asked for, and when each of their causes was last told."""

    def __init__(self) -> None:
        self._counts = LRUCache[str, int](_MOST)
        self._told = LRUCache[tuple[str, str], float](_MOST)

    def refused(self, name: str, *, cause: str, now: float) -> bool:
        """Whether now is the time to tell: once for each streak, and of each cause once an hour."""
        count = self._counts.get(name, 0) + 1
        if count > TELLING:
            return False
        # The clock may have been set back.
        is_news = abs(now - self._told.get((name, cause), -inf)) >= _TOLD_SECONDS
        tells = count == TELLING and is_news
        self._counts[name] = count if tells else min(count, TELLING - 1)
        if tells:
            self._told[name, cause] = now
        return tells

    def accepted(self, name: str) -> None:
        self._counts.pop(name, None)


class Sampled:
    """At most one line a minute about each kind of event."""

    def __init__(self) -> None:
        self._since: dict[str, tuple[float, int]] = {}

    def due(self, event: str, now: float) -> int:
        """How many there were since the last line, this one included; 0 to say nothing yet."""
        since, count = self._since.get(event, (now - SAMPLE_SECONDS, 0))
        if now - since < SAMPLE_SECONDS:
            self._since[event] = (since, count + 1)
            return 0
        self._since[event] = (now, 0)
        return count + 1


def clock_is_off(seconds: float) -> str:
    """The likely cause where signatures are right, but their time isn't."""
    direction = "behind" if seconds > 0 else "ahead"
    return f"this machine's clock is {abs(round(seconds / 60))} minutes {direction}: synchronise it"
