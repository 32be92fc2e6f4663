"""A burst and then a rate, for each of many sources."""

from typing import Final

from cachetools import LRUCache

MOST_SOURCES: Final = 10_000


class Pacing:
    """Generic cell rate algorithm, in this process's memory: a restart resets it, without harm."""

    def __init__(self, *, burst: int, per_second: float) -> None:
        self._interval = 1 / per_second
        self._tolerance = (burst - 1) * self._interval
        self._due = LRUCache[str, float](MOST_SOURCES)

    def take(self, source: str, now: float) -> float:
        """0 if a place was free and taken; else seconds until one is free."""
        wait = self._due.get(source, now) - now - self._tolerance
        return wait if wait > 0 else self.reserve(source, now)

    def reserve(self, source: str, now: float) -> float:
        """Take the next place, and return the seconds until it."""
        due = max(self._due.get(source, now), now)
        self._due[source] = due + self._interval
        return max(0.0, due - now - self._tolerance)
