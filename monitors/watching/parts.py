"""What everything in this room works with: one of each, put together by `bot.wiring`."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

from monitors.delivery.address import AddressMonitor
from monitors.delivery.monitors import Monitors
from monitors.delivery.post_findings import PostFindings
from monitors.delivery.post_once import PostOnce
from monitors.delivery.refresh import RefreshCard
from monitors.delivery.share_file import ShareFile
from monitors.delivery.suspend import SuspendMonitors
from monitors.model.clock import Clock
from monitors.model.operator_links import OperatorLinks
from monitors.model.workspace import ThreadRef, Workspace
from monitors.ports import (
    AccountStore,
    InstallationStore,
    JobQueue,
    Limits,
    MonitorGateway,
    People,
    ThreadPoster,
    Views,
)
from monitors.watching.rules import SqlRules
from monitors.work.audit import SqlAudit
from monitors.work.intent_store import SqlIntents
from monitors.work.intents import SubmitIntent


@dataclass(frozen=True, slots=True)
class Places:
    """What Slack says of threads and channels.

    `joined` are a person's channels; `closed` those into which only their members may look, and
    both raise SlackPostError. `permalink` is a thread's exact address, None if Slack doesn't say.
    """

    joined: Callable[[Workspace, str], Awaitable[frozenset[str]]]
    closed: Callable[[Workspace, Collection[str]], Awaitable[frozenset[str]]]
    permalink: Callable[[Workspace, ThreadRef], Awaitable[str | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """`members_of` returns the workspaces that an organisation's installation serves.

    `most_exported`: entries in a file of a monitor's history; half a year of hourly checks.
    """

    accounts: AccountStore
    installations: InstallationStore
    gateway: MonitorGateway
    people: People
    poster: ThreadPoster
    views: Views
    places: Places
    queue: JobQueue
    limits: Limits
    intents: SqlIntents
    monitors: Monitors
    rules: SqlRules
    audit: SqlAudit
    posting: PostOnce
    findings: PostFindings
    sharing: ShareFile
    addresses: AddressMonitor
    refresh: RefreshCard
    suspend_monitors: SuspendMonitors
    submit_intent: SubmitIntent
    clock: Clock
    members_of: Callable[[str], Awaitable[Sequence[Workspace]]]
    links: OperatorLinks
    prefix: str
    per_workspace: int
    per_person: int
    poll_seconds: float
    retry_closed_after: timedelta
    most_exported: int = 5000
