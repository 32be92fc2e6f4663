"""What was asked of this Slack and what it sent out: the latest of each."""

from collections import deque

from sandbox.clock import Clock
from sandbox.slack.wire import JsonObject

KEPT = 5000


class RequestLog:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._entries: deque[JsonObject] = deque(maxlen=KEPT)
        self._next = 1

    def add(self, entry: JsonObject) -> None:
        self._entries.append({"n": self._next, "at": self._clock.now().isoformat()} | entry)
        self._next += 1

    def since(self, number: int) -> JsonObject:
        """Entries numbered `number` and later, and the number to ask for next."""
        found = [entry for entry in self._entries if entry["n"] >= number]
        return {"requests": found, "next": self._next}
