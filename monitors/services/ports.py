"""What the services need of the world outside: small roles, each played by an adapter that only
wiring knows. A workspace-bound call takes its workspace first."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from monitors.domain.account import ParallelAccount
from monitors.domain.card import Card
from monitors.domain.event import EventGroup, HistoryEntry
from monitors.domain.intent import Intent
from monitors.domain.ledger import Baseline, LedgerKey, LedgerRow
from monitors.domain.message import Message
from monitors.domain.monitor import Monitor, MonitorHome, MonitorSpec
from monitors.domain.requests import ReplyTo
from monitors.domain.workspace import ThreadRef, Workspace


class MonitorMaker(Protocol):
    """Makes monitors at Parallel. Raises ParallelError."""

    async def create(
        self, account: ParallelAccount, spec: MonitorSpec, *, home: MonitorHome
    ) -> Monitor:
        """Never repeated blindly: raises AnswerLostError when it may have been done."""
        ...

    async def find_by_thread(self, account: ParallelAccount, home: MonitorHome) -> Monitor | None:
        """The monitor, active or cancelled, that carries the same app, team, channel and thread;
        an active one is preferred."""
        ...

    async def cancel(self, account: ParallelAccount, monitor_id: str) -> None:
        """Cancelling a cancelled monitor is no error."""
        ...


class MonitorReader(Protocol):
    """Reads monitors at Parallel. Raises ParallelError."""

    async def retrieve(self, account: ParallelAccount, monitor_id: str) -> Monitor: ...

    async def list_monitors(
        self, account: ParallelAccount, *, include_cancelled: bool = False
    ) -> Sequence[Monitor]:
        """Every monitor of the account, all pages."""
        ...

    async def event_group(
        self, account: ParallelAccount, monitor_id: str, group_id: str
    ) -> EventGroup:
        """All findings of one execution, oldest first; empty when it has none (yet)."""
        ...

    async def history(
        self, account: ParallelAccount, monitor_id: str, *, limit: int
    ) -> Sequence[HistoryEntry]:
        """The newest entries, completions and failures among them, newest first."""
        ...


class ThreadPoster(Protocol):
    """Slack, as far as the services need it. Raises SlackPostError."""

    async def post(
        self,
        workspace: Workspace,
        channel: str,
        message: Message,
        *,
        thread_ts: str | None = None,
        mark: str,
    ) -> str:
        """Post and return the message's ts. `mark` is kept in the message's metadata, so that
        `find` can tell whether an uncertain post arrived."""
        ...

    async def find(
        self, workspace: Workspace, channel: str, *, thread_ts: str | None = None, mark: str
    ) -> str | None:
        """The ts of the message with that mark in the thread (or among the channel's latest),
        or None."""
        ...

    async def update(self, workspace: Workspace, thread: ThreadRef, message: Message) -> None: ...

    async def join(self, workspace: Workspace, channel: str) -> None:
        """Become a member of a public channel, so that thread replies are heard. Raises
        NotInChannelError where a person must invite the bot."""
        ...


class Whisperer(Protocol):
    """Tells one person something that only they see. Never raises for a lost answer."""

    async def whisper(self, workspace: Workspace, reply_to: ReplyTo, message: Message) -> None: ...


class AccountStore(Protocol):
    """Whose Parallel account serves a workspace."""

    async def for_workspace(self, workspace: Workspace) -> ParallelAccount | None:
        """The workspace's own account, else the operator's, else None."""
        ...

    async def by_endpoint(self, endpoint_id: str) -> ParallelAccount | None: ...


class InstallationIndex(Protocol):
    """What the services must know of a Slack installation."""

    async def app_id(self, workspace: Workspace) -> str | None:
        """The Slack app's id in this workspace; None when it is not installed."""
        ...

    async def workspace(self, team_id: str) -> Workspace | None:
        """The installed workspace with that id, its organisation filled in; None when it is not
        installed."""
        ...


class IntentStore(Protocol):
    """Intents, kept in SQL until they are done."""

    async def add(self, intent: Intent) -> bool:
        """Write it down; False when it already was."""
        ...

    async def get(self, intent_id: str) -> Intent | None:
        """An intent that is still open, else None."""
        ...

    async def save_progress(self, intent_id: str, progress: str) -> None: ...

    async def finish(self, intent_id: str) -> None: ...


class StaleIntents(Protocol):
    async def stale(self, *, older_than: datetime, limit: int) -> Sequence[Intent]:
        """Open intents not touched since then, oldest first."""
        ...


class ThreadIndex(Protocol):
    """A cache both ways between threads and monitors; anything may be missing from it."""

    async def remember(self, workspace: Workspace, monitor_id: str, thread: ThreadRef) -> None: ...

    async def monitor_in(self, workspace: Workspace, thread: ThreadRef) -> str | None: ...

    async def forget(self, workspace: Workspace, monitor_id: str, thread: ThreadRef) -> None: ...


class Ledger(Protocol):
    """The record of what stands in which thread: one row per monitor, event group and part."""

    async def rows(
        self, workspace: Workspace, monitor_id: str, group_id: str
    ) -> Sequence[LedgerRow]:
        """By part."""
        ...

    async def posting(self, workspace: Workspace, key: LedgerKey, *, channel: str) -> LedgerRow:
        """Write that a part is about to be posted. Returns the row as it stood before: an
        existing `posting` row means that an earlier try may have posted it."""
        ...

    async def posted(self, workspace: Workspace, key: LedgerKey, *, ts: str) -> None: ...

    async def refused(self, workspace: Workspace, key: LedgerKey) -> None:
        """Slack said clearly that it was not posted: forget the `posting` row."""
        ...


class Baselines(Protocol):
    async def set_baseline(self, workspace: Workspace, baseline: Baseline) -> None:
        """Kept once per monitor; a second call changes nothing."""
        ...

    async def baseline(self, workspace: Workspace, monitor_id: str) -> Baseline | None: ...


class JobQueue(Protocol):
    """Durable jobs. Raises QueueDownError when nothing could be written."""

    async def enqueue(
        self, kind: str, argument: str, *, key: str, delay_seconds: float = 0
    ) -> None:
        """Adding a key that already waits or runs changes nothing."""
        ...


class Renderer(Protocol):
    """Turns domain values into Slack messages."""

    def card(self, card: Card) -> Message: ...

    def findings(self, group: EventGroup, *, query: str) -> Sequence[Message]:
        """In as many messages as Slack's limits ask for, the same ones for the same group."""
        ...

    def note(self, text: str) -> Message:
        """A short plain message in our own words; anything foreign in it is escaped."""
        ...

    def monitor_list(self, monitors: Sequence[Monitor]) -> Message: ...


class QueueDownError(Exception):
    """The queue cannot be written to now; nothing was enqueued."""


class StoreDownError(Exception):
    """SQL cannot be written to or read now; nothing was kept."""
