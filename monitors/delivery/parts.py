"""What everything in this room works with: one of each, put together by `bot.wiring`."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from monitors.delivery.ledger import Ledger
from monitors.delivery.monitors import Monitors
from monitors.delivery.post_once import PostOnce
from monitors.model.clock import Clock
from monitors.ports import (
    AccountStore,
    Files,
    InstallationStore,
    JobQueue,
    MonitorGateway,
    People,
    ThreadPoster,
)
from monitors.work.intent_store import SqlIntents


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryParts:
    """`retry_closed_after`: a closed thread is tried again then, `notify_after` its owner told.

    `count_dropped` counts webhooks by why they were dropped (`monitors.delivery.address`).
    """

    accounts: AccountStore
    installations: InstallationStore
    gateway: MonitorGateway
    people: People
    poster: ThreadPoster
    files: Files
    queue: JobQueue
    intents: SqlIntents
    monitors: Monitors
    ledger: Ledger
    posting: PostOnce
    clock: Clock
    retry_closed_after: timedelta
    notify_after: timedelta
    count_dropped: Callable[[str], None]
