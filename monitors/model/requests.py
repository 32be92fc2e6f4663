"""What a job is asked to do. Jobs and intents carry these as JSON text (`monitors.work.queue`)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from monitors.model.account import AccountProblem
from monitors.model.monitor import MonitorSpec
from monitors.model.workspace import ThreadRef, Workspace


@dataclass(frozen=True, slots=True)
class ReplyTo:
    """Where a person waits for an answer; `response_url` is Slack's, good for 30 minutes."""

    channel: str
    user_id: str
    response_url: str | None = None
    thread_ts: str | None = None


@dataclass(frozen=True, slots=True)
class Tick:
    """It is time: what is done again and again needs nothing said."""


@dataclass(frozen=True, slots=True)
class StartRequest:
    """`/monitor <query>` or `/hourly <query>`."""

    workspace: Workspace
    spec: MonitorSpec
    reply_to: ReplyTo


@dataclass(frozen=True, slots=True)
class ListRequest:
    workspace: Workspace
    reply_to: ReplyTo


@dataclass(frozen=True, slots=True)
class ThreadRequest:
    """Something asked of the monitor that lives in a thread: cancel, run now, status.

    `monitor_id` is a hint from a button's value, checked against the thread. `is_reply` is true
    for words typed in the thread, which may not be a monitor's thread at all: then silence.
    `user_team` is the workspace of who asks, where Slack says that it may be another.
    """

    workspace: Workspace
    thread: ThreadRef
    reply_to: ReplyTo
    monitor_id: str | None = None
    is_reply: bool = False
    user_team: str | None = None


@dataclass(frozen=True, slots=True)
class DeliverRequest:
    """A signed webhook said that an execution found something."""

    endpoint_id: str
    monitor_id: str
    group_id: str


@dataclass(frozen=True, slots=True)
class CheckRequest:
    """A signed webhook said that a run ended with nothing or failed: read the monitor again."""

    endpoint_id: str
    monitor_id: str


@dataclass(frozen=True, slots=True)
class MoveRequest:
    """A monitor's thread is to go on in another channel."""

    workspace: Workspace
    monitor_id: str
    channel: str
    reply_to: ReplyTo


@dataclass(frozen=True, slots=True)
class ChannelUnblocked:
    """The app may post in a channel again: it was invited back, or the channel unarchived."""

    workspace: Workspace
    channel: str


@dataclass(frozen=True, slots=True)
class Installed:
    """The app was installed, perhaps again."""

    workspace: Workspace


@dataclass(frozen=True, slots=True)
class UninstallRequest:
    """A workspace is to be deleted, unless it was installed after `before`.

    `installation` is what ends with it, its own or its organisation's (that has no team); None
    where the organisation's goes on for others. Only monitors of the app `app_id` are touched.
    """

    workspace: Workspace
    before: datetime
    app_id: str | None
    installation: Workspace | None


@dataclass(frozen=True, slots=True)
class ChannelChanged:
    """Slack gave a channel another id."""

    workspace: Workspace
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class MonitorSuspended:
    """The monitor's owner is to be notified that nothing can be posted for it."""

    endpoint_id: str
    monitor_id: str
    about: Literal["monitor"] = "monitor"


@dataclass(frozen=True, slots=True)
class AccountSuspended:
    """A person is to be notified that Parallel refuses an account."""

    workspace: Workspace
    endpoint_id: str
    user_id: str
    reason: AccountProblem
    since: datetime
    about: Literal["account"] = "account"

    @property
    def in_ledger(self) -> tuple[str, str]:
        """What the ledger records it under: whose notice, and its name."""
        named = f"{self.reason.value}:{self.user_id}:{self.since.isoformat()}"
        return f"account:{self.endpoint_id}", named


@dataclass(frozen=True, slots=True)
class RunFailed:
    """The thread is to be notified of a streak of failed runs, if there is one."""

    endpoint_id: str
    monitor_id: str
    about: Literal["run"] = "run"


NotifyRequest = MonitorSuspended | AccountSuspended | RunFailed


@dataclass(frozen=True, slots=True)
class HomeRequest:
    """A person's App Home is to be drawn."""

    workspace: Workspace
    user_id: str


class Asked(StrEnum):
    """What an admin pressed a button for, in the App Home."""

    CONNECT = "connect"
    CHANGE = "change"
    DISCONNECT = "unlink"


@dataclass(frozen=True, slots=True)
class ModalRequest:
    """A modal that was opened at once is to be filled with what takes longer to find out."""

    workspace: Workspace
    user_id: str
    view_id: str
    asked: Asked


ShowRequest = HomeRequest | ModalRequest


@dataclass(frozen=True, slots=True)
class DisconnectRequest:
    """The workspace no longer uses an account: its monitors there are to be cancelled.

    `linked_at` tells the link from a later one with the same endpoint. `app_id` and `by_name` are
    kept from when they were known: the app may be uninstalled before it is done.
    """

    workspace: Workspace
    endpoint_id: str
    linked_at: datetime | None
    app_id: str
    by_user_id: str
    by_name: str
