"""How long the app waits for what. Tests that cause faults use shorter times."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from bot.slack.rotation import LEASE as REFRESH_LEASE
from monitors.delivery.limits import CREATES_PER_MINUTE
from monitors.delivery.post_once import POST_TIMES, PostTimes
from monitors.storage.database import DOOR_SECONDS
from monitors.work.intent_store import HOLD_SECONDS
from monitors.work.intents import STALE_AFTER
from monitors.work.pulse import YOUNG_SECONDS
from monitors.work.queue import REDELIVERY_SECONDS
from monitors.work.runner import BACKOFF, Backoff
from monitors.workspaces.uninstall import SETTLE_AFTER
from webhooks.routes import COALESCE_SECONDS

# One slow vendor answer must not outlast a job's lease (monitors.work.queue.REDELIVERY_SECONDS).
CALL_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class Timings:
    """The defaults allow for the longest possible calls; shorter times are only for tests."""

    backoff: Backoff = BACKOFF
    # For each call to Slack, and for SQL before Slack is answered.
    slack_call_seconds: float = CALL_SECONDS
    sql_door_seconds: float = DOOR_SECONDS
    redelivery_seconds: float = REDELIVERY_SECONDS
    hold_seconds: float = HOLD_SECONDS
    # After a start that nobody else is beside: a killed process's calls are carried out by then
    # (as monitors.delivery.post_once.PostTimes.late).
    take_over_after_seconds: float = 15.0
    posts: PostTimes = POST_TIMES
    stale_after: timedelta = STALE_AFTER
    sweep_seconds: float = 5.0
    # How often the next pass over all accounts is asked for, if none waits.
    beat_seconds: float = 5.0
    # Soon after a start, look for what happened while the app was down.
    first_reconcile_seconds: float = 10.0
    # From a run that found nothing to the redraw of its card, one for all that end meanwhile.
    coalesce_seconds: float = COALESCE_SECONDS
    # Parallel takes so many new monitors of one account.
    creates_per_minute: int = CREATES_PER_MINUTE
    # Between two attempts at a thread that is closed to the app.
    suspended_retry_after: timedelta = timedelta(hours=1)
    # A channel archived or left by mistake is often back within a minute: notify no one until then.
    notify_after: timedelta = timedelta(minutes=1)
    # Between an uninstall and the last check for monitors created in the meantime.
    settle_after: timedelta = SETTLE_AFTER
    # Between two looks at a Task run, which takes minutes.
    poll_seconds: float = 5.0
    # How long a job that was done shows that jobs are done (`/readyz`).
    pulse_seconds: float = YOUNG_SECONDS
    # One process's lease for refreshing a token.
    refresh_lease: timedelta = REFRESH_LEASE
    # Between `/readyz` answering 503 and refusing requests: a load balancer checks about once a
    # second, and must stop sending requests here first.
    red_seconds: float = 1.5
    # Shorter than monitors.work.queue.REDELIVERY_SECONDS: docket doesn't renew leases while it
    # drains.
    drain_seconds: float = 20.0


TIMINGS = Timings()
