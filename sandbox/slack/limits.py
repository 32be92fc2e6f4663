"""Slack's pace: about a message a second in each channel, with bursts tolerated."""

import math

from sandbox.clock import Clock
from sandbox.slack.errors import RateLimitedError
from sandbox.slack.settings import SlackSettings


class RateLimits:
    def __init__(self, *, clock: Clock, settings: SlackSettings) -> None:
        # Real seconds: it is real seconds that an app waits out.
        self._now = clock.wall
        self._settings = settings
        self._buckets: dict[str, tuple[float, float]] = {}
        self._history_read_at: dict[tuple[str, str], float] = {}

    def clear(self) -> None:
        self._buckets.clear()
        self._history_read_at.clear()

    def take_message(self, channel_id: str) -> None:
        rate, burst = self._settings.messages_per_second, float(self._settings.message_burst)
        if rate <= 0:
            return
        now = self._now()
        tokens, at = self._buckets.get(channel_id, (burst, now))
        tokens = min(burst, tokens + (now - at) * rate)
        if tokens < 1:
            raise RateLimitedError(max(1, math.ceil((1 - tokens) / rate)))
        self._buckets[channel_id] = (tokens - 1, now)

    def take_history(self, token: str, method: str) -> None:
        """One read a minute with each method for apps under the rule of 2025-05-29."""
        if not self._settings.history_limited:
            return
        now = self._now()
        left = self._history_read_at.get((token, method), -math.inf) + 60 - now
        if left > 0:
            raise RateLimitedError(math.ceil(left))
        self._history_read_at[token, method] = now
