"""How far Slack's clock, which dates messages, may be behind the app's."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Final

# Until a message's date was seen; a clock that is further off has Slack's signatures refused.
UNKNOWN: Final = timedelta(minutes=5)
# The fraction of a date may count messages, not parts of its second.
_COARSE: Final = timedelta(seconds=1)


class SlackClock:
    """Learns from each message that was posted, so that one page of history is enough.

    A message is dated before its answer arrives: the clocks are at most that far apart.
    """

    def __init__(self, *, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._behind = UNKNOWN

    def posted(self, ts: str) -> None:
        """Called when the answer arrives that names the message's date."""
        behind = timedelta(seconds=self._now() - float(ts))
        self._behind = min(max(behind, timedelta()), UNKNOWN)

    @property
    def margin(self) -> timedelta:
        """How long before the app called a message of that call may be dated."""
        return self._behind + _COARSE
