"""What the services need of the world outside.

Small roles, each played by an adapter that only wiring knows. A workspace-bound call takes its
workspace first.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from monitors.model.account import AccountProblem, AccountSuspension, ParallelAccount
from monitors.model.app_home import AccountChange, AppHome
from monitors.model.card import Card
from monitors.model.event import EventGroup, EventList, HistoryEntry, MonitorEvent
from monitors.model.installation import InstallationFacts
from monitors.model.ledger import FindingsMessage
from monitors.model.message import Block, Message
from monitors.model.monitor import Monitor, MonitorHome, MonitorSpec
from monitors.model.person import Person
from monitors.model.requests import Asked, ReplyTo
from monitors.model.workspace import ThreadRef, Workspace


class MonitorGateway(Protocol):
    """Monitors at Parallel. Raises ParallelError."""

    async def create(
        self, account: ParallelAccount, spec: MonitorSpec, *, home: MonitorHome
    ) -> Monitor:
        """Never repeated blindly: raises AnswerLostError when it may have been done."""
        ...

    async def find_by_thread(self, account: ParallelAccount, home: MonitorHome) -> Monitor | None:
        """The monitor, active or cancelled, that carries the same app, team, channel and thread.

        An active one is preferred.
        """
        ...

    async def cancel(self, account: ParallelAccount, monitor_id: str) -> None:
        """Cancelling a cancelled monitor is no error."""
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
        """All findings of one execution, oldest first; empty when it has none (yet)."""
        ...

    async def events_since(
        self, account: ParallelAccount, monitor_id: str, *, is_known: Callable[[MonitorEvent], bool]
    ) -> EventList:
        """What is listed, page by page, until a page holds an event that is known."""
        ...

    async def history(
        self, account: ParallelAccount, monitor_id: str, *, limit: int
    ) -> Sequence[HistoryEntry]:
        """The newest entries, completions and failures among them, newest first."""
        ...

    async def move(self, account: ParallelAccount, monitor: Monitor, home: MonitorHome) -> None:
        """Have the monitor's metadata name another thread; what else it holds stays."""
        ...

    async def trigger(self, account: ParallelAccount, monitor_id: str) -> None: ...


class People(Protocol):
    async def person(self, workspace: Workspace, user_id: str) -> Person:
        """As Slack says now. Raises SlackPostError."""
        ...


class Views(Protocol):
    """The Home tab and modals. Raises SlackPostError."""

    async def publish_home(self, workspace: Workspace, user_id: str, view: Block) -> None: ...

    async def update(self, workspace: Workspace, view_id: str, view: Block) -> None: ...


class ThreadPoster(Protocol):
    """Slack, as far as the services need it. Raises SlackPostError."""

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

        `message_key` is kept in the metadata: by it `find` can tell whether a post that is
        in doubt arrived.
        """
        ...

    async def find(
        self,
        workspace: Workspace,
        channel: str,
        *,
        thread_ts: str | None = None,
        message_key: str,
        since: datetime | None = None,
    ) -> str | None:
        """The ts of the message with that key, or None.

        Looked for in the thread, or in the channel since then.
        """
        ...

    async def update(self, workspace: Workspace, thread: ThreadRef, message: Message) -> None: ...

    async def join(self, workspace: Workspace, channel: str) -> None:
        """Become a member of a public channel, so that thread replies are heard.

        Raises NotInChannelError where a person must invite the bot.
        """
        ...

    async def post_ephemeral(
        self, workspace: Workspace, reply_to: ReplyTo, message: Message
    ) -> None:
        """Tell one person something that only they see. Never raises for a lost answer."""
        ...

    async def open_direct(self, workspace: Workspace, user_id: str) -> str:
        """The channel of the app's direct messages with a person."""
        ...


class AccountStore(Protocol):
    """Whose Parallel account serves a workspace, and which are suspended."""

    async def for_workspace(self, workspace: Workspace) -> ParallelAccount | None:
        """The workspace's own account, else the operator's, else None."""
        ...

    async def by_endpoint(self, endpoint_id: str) -> ParallelAccount | None: ...

    async def accounts(self) -> Sequence[ParallelAccount]:
        """Every account that serves somebody."""
        ...

    async def suspend(self, endpoint_id: str, reason: AccountProblem) -> AccountSuspension | None:
        """How it stands then; one suspended for the same reason keeps since when."""
        ...

    async def suspension(self, endpoint_id: str) -> AccountSuspension | None: ...

    async def resume(self, endpoint_id: str) -> None: ...


class InstallationStore(Protocol):
    """What the services must know of Slack installations."""

    async def app_id(self, workspace: Workspace) -> str | None:
        """The Slack app's id in this workspace; None when it is not installed."""
        ...

    async def installed(self, workspace: Workspace) -> Workspace | None:
        """The installed workspace with that id, its organisation filled in.

        None when it is not installed.
        """
        ...

    async def installer(self, workspace: Workspace) -> str | None:
        """Who installed the app there; None where that is not known."""
        ...

    async def facts(self, workspace: Workspace) -> InstallationFacts | None:
        """What serves the workspace now, or the organisation where no team is named."""
        ...

    async def forget(self, place: Workspace, before: datetime) -> None:
        """Delete exactly that installation, unless it was made after `before`."""
        ...

    def drop(self, workspace: Workspace) -> None:
        """Ask the store again what serves it."""
        ...


class SignatureNotices(Protocol):
    """Hears of the signatures at Parallel's door. Nobody waits for what it makes of them."""

    def verified(
        self, endpoint_id: str, *, encoding: str, is_newest: bool, is_test: bool
    ) -> None: ...

    def refused(self, endpoint_id: str, *, why: str) -> None: ...


class Limits(Protocol):
    """Slack's and Parallel's limits, shared by all workers. Fails open: without Redis, they say."""

    async def wait_seconds(self, workspace: Workspace, channel: str) -> float:
        """0 takes a place now; else how long until one is free."""
        ...

    async def told_to_wait(self, workspace: Workspace, seconds: float) -> None:
        """Slack asked this workspace's posts to wait."""
        ...

    async def create_wait_seconds(self, endpoint_id: str) -> float:
        """0 takes one of the account's creates of this minute; else how long until one is free."""
        ...


class JobQueue(Protocol):
    """Durable jobs. Raises QueueDownError when nothing could be written."""

    async def enqueue(
        self,
        kind: str,
        argument: str,
        *,
        key: str,
        delay_seconds: float = 0,
        since: datetime | None = None,
    ) -> None:
        """Adding a key that already waits or runs changes nothing.

        It is tried for 48 hours from `since`, which is now where it is not given.
        """
        ...


class Renderer(Protocol):
    """Turns domain values into Slack messages."""

    def card(self, card: Card) -> Message: ...

    def findings(self, group: EventGroup, *, query: str) -> Sequence[FindingsMessage]:
        """In as many messages as Slack's limits ask for, the same ones for the same group."""
        ...

    def note(self, text: str) -> Message:
        """A short plain message in our own words; anything foreign in it is escaped."""
        ...

    def monitor_list(self, monitors: Sequence[Monitor]) -> Message: ...

    def home(self, home: AppHome) -> Block: ...

    def connect_modal(self, url: str | None, change: AccountChange | None) -> Block: ...

    def disconnect_modal(self, asked: Asked, change: AccountChange) -> Block: ...

    def notice_modal(self, text: str) -> Block:
        """Nothing to do but to read."""
        ...

    def suspended(self, monitor: Monitor, *, channel: str, happened: str, to_do: str) -> Message:
        """For the owner, with a way to choose another channel."""
        ...


class QueueDownError(Exception):
    """The queue cannot be written to now; nothing was enqueued."""


class StoreDownError(Exception):
    """SQL cannot be written to or read now; nothing was kept."""
