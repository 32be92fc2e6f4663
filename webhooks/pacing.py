"""Keeps one sender's burst of webhooks from delaying everyone else's.

Each sender has a burst allowance and then a rate; whatever exceeds it is queued for later, not
refused. Slack accepts only about one message a second per channel anyway.
"""

from collections import OrderedDict
from typing import Final

BURST: Final = 100
PER_SECOND: Final = 20.0
SENDERS: Final = 10_000


class Pacing:
    """How long each sender's next job is delayed.

    Kept in this process's memory: each web replica has its own allowance, and a restart resets it,
    which does no harm.
    """

    def __init__(self, *, burst: int = BURST, per_second: float = PER_SECOND) -> None:
        self._tolerance = burst / per_second
        self._interval = 1 / per_second
        self._due: OrderedDict[str, float] = OrderedDict()

    def delay_seconds(self, sender: str, now: float) -> float:
        """Reserve the sender's next slot (GCRA); returns the seconds until it."""
        due = max(self._due.get(sender, now), now)
        self._due[sender] = due + self._interval
        self._due.move_to_end(sender)
        while len(self._due) > SENDERS:
            self._due.popitem(last=False)
        return max(0.0, due - now - self._tolerance)
