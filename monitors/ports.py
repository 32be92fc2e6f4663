"""What the services need from outside, as Protocols.

Each is implemented by an adapter that only `bot.wiring` knows. A call about a workspace takes it as
its first argument.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Protocol

from monitors.model.account import AccountHealth, AccountProblem, AccountSuspension, ParallelAccount
from monitors.model.edit import MonitorSettings
from monitors.model.event import EventGroup, EventList, HistoryPage, MonitorEvent
from monitors.model.installation import Installation
from monitors.model.message import Block, File, Message
from monitors.model.monitor import Monitor, MonitorHome, MonitorSpec
from monitors.model.person import Person, WorkspaceName
from monitors.model.requests import ReplyTo
from monitors.model.task import Task, TaskRun
from monitors.model.workspace import ThreadRef, Workspace


class MonitorGateway(Protocol):
    """Monitors and Task runs at Parallel. Raises ParallelError."""

    async def create(
        self, account: ParallelAccount, spec: MonitorSpec, *, home: MonitorHome
    ) -> Monitor:
        """Never retried here: raises AnswerLostError if it may have been done."""
        ...

    async def find_by_thread(
        self, account: ParallelAccount, home: MonitorHome, *, other_than: str = ""
    ) -> Monitor | None:
        """The monitor, active or cancelled, that carries the same app, team, channel and thread.

        An active one is preferred. One whose creation isn't finished counts, too: an update
        finishes it. `other_than` is the id of one that isn't meant.
        """
        ...

    async def cancel(self, account: ParallelAccount, monitor_id: str) -> None:
        """Cancelling a cancelled monitor is not an error."""
        ...

    async def retrieve(self, account: ParallelAccount, monitor_id: str) -> Monitor: ...

    async def list_monitors(
        self, account: ParallelAccount, *, include_cancelled: bool = False
    ) -> Sequence[Monitor]:
        """Every monitor of the account, all pages."""
        ...

    async def event_group(
        self, account: ParallelAccount, monitor_id: str, group_id: str
    ) -> EventGroup:
        """All findings of one execution, oldest first; empty if it has none (yet)."""
        ...

    async def events_since(
        self, account: ParallelAccount, monitor_id: str, *, is_known: Callable[[MonitorEvent], bool]
    ) -> EventList:
        """Lists events page by page, until a page contains a known one."""
        ...

    async def history(
        self, account: ParallelAccount, monitor_id: str, *, limit: int, cursor: str | None = None
    ) -> HistoryPage:
        """A page of at most 100 entries, completions and failures among them, newest first."""
        ...

    async def update(
        self,
        account: ParallelAccount,
        monitor: Monitor,
        home: MonitorHome,
        *,
        frequency: str | None = None,
        settings: MonitorSettings | None = None,
    ) -> None:
        """Change the monitor's metadata, whose other keys stay, and how often it checks.

        Of `settings` (but for their frequency), what differs from the monitor's is changed, too.
        """
        ...

    async def trigger(self, account: ParallelAccount, monitor_id: str) -> None: ...

    async def start_task(self, account: ParallelAccount, task: Task) -> str:
        """The run's id. Never retried here: raises AnswerLostError if it may have been started."""
        ...

    async def task(self, account: ParallelAccount, run_id: str) -> TaskRun: ...


class People(Protocol):
    async def person(self, workspace: Workspace, user_id: str) -> Person:
        """As Slack says now. Raises SlackPostError."""
        ...

    async def teams(self, workspace: Workspace, user_id: str) -> frozenset[str]:
        """The workspaces and the organisation they belong to; none if unknown.

        Raises SlackPostError.
        """
        ...

    async def workspace_name(self, workspace: Workspace) -> WorkspaceName:
        """Raises SlackPostError."""
        ...

    async def admins(self, workspace: Workspace, *, at_most: int) -> Sequence[str]:
        """The ids of its admins and owners. Raises SlackPostError."""
        ...

    async def joined(self, workspace: Workspace, user_id: str) -> frozenset[str]:
        """A person's channels, private ones only where the app is, too. Raises SlackPostError."""
        ...

    async def closed(self, workspace: Workspace, channels: Collection[str]) -> frozenset[str]:
        """Those of the channels into which only their members may look. Raises SlackPostError."""
        ...

    async def bot_name(self, workspace: Workspace) -> str:
        """By which the app can be invited there; its usual name if Slack doesn't tell."""
        ...


class Views(Protocol):
    """The Home tab and modals. Raises SlackPostError."""

    async def publish_home(self, workspace: Workspace, user_id: str, view: Block) -> None: ...

    async def update(
        self, workspace: Workspace, view_id: str, view: Block, *, view_hash: str = ""
    ) -> None:
        """With `view_hash` only while the modal's content is that: else a SlackRefusedError."""
        ...


class ThreadPoster(Protocol):
    """Posts to Slack. Raises SlackPostError."""

    async def post(
        self,
        workspace: Workspace,
        channel: str,
        message: Message,
        *,
        thread_ts: str | None = None,
        message_key: str,
    ) -> str:
        """Post and return the message's ts.

        `message_key` is stored in the metadata, so that `find` can tell whether a post whose
        answer was lost has arrived.
        """
        ...

    async def find(  # noqa: PLR0913 - one search, and where a stray would be
        self,
        workspace: Workspace,
        channel: str,
        *,
        thread_ts: str | None = None,
        message_key: str,
        since: datetime | None = None,
        sent_to: str | None = None,
    ) -> str | None:
        """The ts of the message with that key, or None.

        A shared file's key is its id. Searches the thread, or the channel, since the call that
        posted it was made. What Slack
        put outside its thread, in the channel that it was sent to, is deleted.
        """
        ...

    async def update(self, workspace: Workspace, thread: ThreadRef, message: Message) -> None: ...

    async def permalink(self, workspace: Workspace, thread: ThreadRef) -> str | None:
        """The exact address of a thread's first message; None if Slack doesn't say."""
        ...

    async def join(self, workspace: Workspace, channel: str) -> None:
        """Join a public channel, so that thread replies are received.

        Raises NotInChannelError if a person has to invite the bot.
        """
        ...

    async def rejoin(self, workspace: Workspace, channel: str) -> None:
        """Join a public channel that the bot was removed from, which no event announces.

        Raises DeadDestinationError (CANNOT_JOIN) if it may not; what Slack doesn't say now is left
        to the next time.
        """
        ...

    async def post_ephemeral(
        self, workspace: Workspace, reply_to: ReplyTo, message: Message
    ) -> None:
        """Post a message that only one person sees. Never raises for a lost answer."""
        ...

    async def dismiss(self, reply_to: ReplyTo) -> None:
        """Take away the ephemeral message that a person answered. Never raises."""
        ...

    async def open_direct(self, workspace: Workspace, user_id: str) -> str:
        """The id of the app's direct-message channel with a person."""
        ...


class Files(Protocol):
    """Raises SlackPostError."""

    async def upload(self, workspace: Workspace, file: File) -> str:
        """The file's id. Nobody sees it; Slack deletes it if it is never shared."""
        ...

    async def share(
        self, workspace: Workspace, file_id: str, *, channel: str, thread_ts: str | None, text: str
    ) -> None:
        """Post it. Slack does that once: then it refuses the id (FILE_GONE), and never doubles it.

        Only where the bot is a member.
        """
        ...


class AccountStore(Protocol):
    """Which Parallel account serves a workspace, and which are suspended."""

    async def for_workspace(self, workspace: Workspace) -> ParallelAccount | None:
        """The workspace's own account, else the operator's, else None."""

    async def own(self, workspace: Workspace) -> ParallelAccount | None:
        """The workspace's own account, if that is the one that serves it."""

    async def health(self, workspace: Workspace) -> AccountHealth | None:
        """The state of `for_workspace`'s account; None if there is none."""

    async def by_endpoint(self, endpoint_id: str) -> ParallelAccount | None: ...

    async def accounts(self) -> Sequence[ParallelAccount]:
        """Every account that serves a workspace."""
        ...

    async def suspend(self, endpoint_id: str, reason: AccountProblem) -> AccountSuspension | None:
        """Returns the suspension; if it has the same reason as before, `since` stays."""

    async def suspension(self, endpoint_id: str) -> AccountSuspension | None: ...

    async def resume(self, endpoint_id: str) -> None: ...


class InstallationStore(Protocol):
    """What the services need to know about Slack installations."""

    async def app_id(self, workspace: Workspace) -> str | None:
        """The Slack app's id in this workspace; None when it is not installed."""

    async def installed(self, workspace: Workspace) -> Workspace | None:
        """The installed workspace with that id, its organisation filled in.

        None when it is not installed.
        """

    async def installer(self, workspace: Workspace) -> str | None:
        """Who installed the app there; None if unknown."""

    async def stored(self, workspace: Workspace) -> Installation | None:
        """The installation that serves the workspace; the organisation's if no team is given."""

    async def forget(self, place: Workspace, before: datetime) -> None:
        """Delete that installation, unless it was made after `before`."""

    def drop(self, workspace: Workspace) -> None:
        """Drop it from the cache."""


class Limits(Protocol):
    """Slack's and Parallel's rate limits, shared by all workers. No limits without Redis."""

    async def wait_seconds(self, workspace: Workspace, channel: str) -> float:
        """0 if a place was taken; else seconds until one is free."""
        ...

    async def told_to_wait(self, workspace: Workspace, seconds: float) -> None:
        """Slack told this workspace's posts to wait."""

    async def create_wait_seconds(self, endpoint_id: str, workspace: Workspace) -> float:
        """0 takes one of the account's creates; else seconds until the workspace's next turn."""
        ...


class JobQueue(Protocol):
    """Durable jobs. Raises QueueDownError if a job could not be written."""

    async def enqueue(
        self,
        kind: str,
        argument: str,
        *,
        key: str,
        delay_seconds: float = 0,
        since: datetime | None = None,
    ) -> bool:
        """Does nothing if a job with that key is waiting or running; False if it has begun.

        It is retried for 48 hours from `since` (default: now).
        """
        ...


class QueueDownError(Exception):
    """The queue can't be written to; nothing was enqueued."""


class StoreDownError(Exception):
    """SQL can't be read or written; nothing was saved."""


class StoreInDoubtError(StoreDownError):
    """The same, but what was being committed may have been saved."""
