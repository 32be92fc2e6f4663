"""How long the app waits for what. Tests that cause faults wait less than an operator's app."""

from dataclasses import dataclass
from datetime import timedelta

from bot.slack.rotation import LEASE as REFRESH_LEASE
from monitors.delivery.post_once import POST_TIMES, PostTimes
from monitors.work.intent_store import HOLD_SECONDS
from monitors.work.intents import STALE_AFTER
from monitors.work.queue import REDELIVERY_SECONDS
from monitors.work.runner import BACKOFF, Backoff
from monitors.workspaces.uninstall import SETTLE_AFTER


@dataclass(frozen=True, slots=True)
class Timings:
    """The defaults hold for every call's longest time; shorter ones suit stand-ins only."""

    backoff: Backoff = BACKOFF
    redelivery_seconds: float = REDELIVERY_SECONDS
    hold_seconds: float = HOLD_SECONDS
    # After a start that nobody else is beside: a killed process's calls are carried out by then.
    take_over_after_seconds: float = 5.0
    posts: PostTimes = POST_TIMES
    stale_after: timedelta = STALE_AFTER
    sweep_seconds: float = 5.0
    # Shorter than a leader's lease (bot.wiring.LEADER_SECONDS), so that it is renewed in time.
    leader_beat_seconds: float = 5.0
    # What happened while the app was away is looked for soon after it starts.
    first_reconcile_seconds: float = 10.0
    # Between two tries of a thread that is closed to us.
    suspended_retry_after: timedelta = timedelta(hours=1)
    # A channel archived or left by mistake is often back in a minute: then nobody need be told.
    notify_after: timedelta = timedelta(minutes=1)
    # Between an uninstall and the last look for what was being made meanwhile.
    settle_after: timedelta = SETTLE_AFTER
    # Of one process for asking Slack for another token.
    refresh_lease: timedelta = REFRESH_LEASE
    # Between `/readyz` turning red and the doors closing: whoever sends requests here looks about
    # once a second, and is to send them elsewhere before they are refused.
    red_seconds: float = 1.5
    # Shorter than monitors.work.queue.REDELIVERY_SECONDS: docket renews no lease while it drains.
    drain_seconds: float = 20.0


TIMINGS = Timings()
