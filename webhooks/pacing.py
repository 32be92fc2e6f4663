"""A burst of one sender's webhooks must not stand in front of everybody else's.

Each sender has an allowance at once and a rate after that; what goes beyond is queued for later,
not refused. Slack takes no more than about one message a second per channel anyway.
"""

from collections import OrderedDict
from typing import Final

BURST: Final = 100
PER_SECOND: Final = 20.0
SENDERS: Final = 10_000


class Pacing:
    """How long each sender's next job is put off.

    In this process's memory: with several web replicas the allowance is theirs together, and a
    restart forgets it, which harms nobody.
    """

    def __init__(self, *, burst: int = BURST, per_second: float = PER_SECOND) -> None:
        self._tolerance = burst / per_second
        self._interval = 1 / per_second
        self._due: OrderedDict[str, float] = OrderedDict()

    def delay_seconds(self, sender: str, now: float) -> float:
        """Take one place of the sender's (a virtual schedule, as in GCRA)."""
        due = max(self._due.get(sender, now), now)
        self._due[sender] = due + self._interval
        self._due.move_to_end(sender)
        while len(self._due) > SENDERS:
            self._due.popitem(last=False)
        return max(0.0, due - now - self._tolerance)
