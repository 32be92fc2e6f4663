"""What was asked of a stand-in, and what it sent out: the latest of each."""

from collections import deque
from collections.abc import Mapping

from sandbox.clock import Clock

KEPT = 5000


class RequestLog:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._entries: deque[tuple[int, dict[str, object]]] = deque(maxlen=KEPT)
        self._next = 1

    def add(self, entry: Mapping[str, object]) -> None:
        numbered = {"n": self._next, "at": self._clock.now().isoformat(), **entry}
        self._entries.append((self._next, numbered))
        self._next += 1

    def since(self, number: int) -> dict[str, object]:
        """Entries numbered `number` and later, and the number to ask for next."""
        found = [entry for at, entry in self._entries if at >= number]
        return {"requests": found, "next": self._next}

    def clear(self) -> None:
        self._entries.clear()
