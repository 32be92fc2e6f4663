"""What a job is asked to do. Jobs and intents carry these as JSON text (`monitors.work.queue`)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from monitors.model.account import AccountProblem
from monitors.model.delivery_policy import DeliveryPolicy
from monitors.model.edit import Edit
from monitors.model.monitor import MonitorSpec
from monitors.model.research import RESEARCH_CLAIM, AskedFinding
from monitors.model.rules import Rules
from monitors.model.workspace import ThreadRef, Workspace


@dataclass(frozen=True, slots=True)
class ReplyTo:
    """Where a person waits for an answer; `response_url` is Slack's and works for 30 minutes.

    `replaces`: the answer takes the place of the message that the address belongs to. Only the name
    in a command tells a direct message of several people (`is_group_dm`) from a channel.
    """

    channel: str
    user_id: str
    response_url: str | None = None
    thread_ts: str | None = None
    replaces: bool = False
    is_group_dm: bool = False

    @property
    def is_direct(self) -> bool:
        """Between people: nobody can be invited there."""
        return self.is_group_dm or self.channel.startswith("D")


@dataclass(frozen=True, slots=True)
class Tick:
    """A periodic job, without arguments."""


@dataclass(frozen=True, slots=True)
class StartRequest:
    """`/monitor <query>` or `/hourly <query>`, or the form.

    `typed` is the command, to be used again. `is_control_word`: it was perhaps meant as a command;
    `is_confirmed`: the person was asked and wants it. `is_approved`: an admin lets it exceed the
    budget.
    """

    workspace: Workspace
    spec: MonitorSpec
    reply_to: ReplyTo
    typed: str = ""
    is_control_word: bool = False
    is_confirmed: bool = False
    is_approved: bool = False


@dataclass(frozen=True, slots=True)
class ListRequest:
    """`at` is where the page begins, as in a MonitorPage; `said` is what was just done."""

    workspace: Workspace
    reply_to: ReplyTo
    at: str = ""
    said: str = ""


@dataclass(frozen=True, slots=True)
class ThreadRequest:
    """Something asked of the monitor that lives in a thread: cancel, run now, status.

    `monitor_id` is a hint from a button's value, checked against the thread. `is_reply`: typed in
    a thread, which may not be a monitor's; then there is no answer. `user_team` is the person's own
    workspace or organisation, as far as Slack said. `hours`: how long to snooze. `delivery`: what
    was chosen, in a form that showed `delivery_seen`. `edit`: what to change. `is_listed`: from a
    list, which itself says if someone else was faster; the thread is told of one cancellation.
    """

    workspace: Workspace
    thread: ThreadRef
    reply_to: ReplyTo
    monitor_id: str | None = None
    is_reply: bool = False
    user_team: str | None = None
    hours: int = 0
    delivery: DeliveryPolicy | None = None
    delivery_seen: DeliveryPolicy | None = None
    edit: Edit | None = None
    is_listed: bool = False


@dataclass(frozen=True, slots=True)
class MentionRequest:
    """A person spoke to the app: mentioned it, or wrote to it in a direct message.

    `is_command`: the whole text is a word that a monitor's thread understands.
    """

    workspace: Workspace
    reply_to: ReplyTo
    is_command: bool = False


@dataclass(frozen=True, slots=True)
class ResearchRequest:
    """*Research this*, under a finding; `user_team` as in a `ThreadRequest`."""

    workspace: Workspace
    thread: ThreadRef
    reply_to: ReplyTo
    finding: AskedFinding
    user_team: str | None = None

    @property
    def claim(self) -> str:
        """In the ledger: of the message that says that this finding is being researched."""
        return f"{RESEARCH_CLAIM}{self.finding.event_id}"


@dataclass(frozen=True, slots=True)
class DeliverRequest:
    """A signed webhook said that an execution found something.

    `digest_at`: it was queued for the digest of that moment. `is_last`: the monitor was cancelled,
    and what waited is posted now.
    """

    endpoint_id: str
    monitor_id: str
    group_id: str
    digest_at: datetime | None = None
    is_last: bool = False


@dataclass(frozen=True, slots=True)
class CheckRequest:
    """A signed webhook said that a run ended with nothing or failed: read the monitor again."""

    endpoint_id: str
    monitor_id: str


@dataclass(frozen=True, slots=True)
class MoveRequest:
    """Move a monitor to another channel; `user_team` as in a `ThreadRequest`."""

    workspace: Workspace
    monitor_id: str
    channel: str
    reply_to: ReplyTo
    user_team: str | None = None


@dataclass(frozen=True, slots=True)
class ThreadlessRequest:
    """Give a monitor that no thread shows one in a channel, or cancel it."""

    workspace: Workspace
    monitor_id: str
    user_id: str
    channel: str = ""


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
    """Delete a workspace's data, unless it was installed after `before`.

    `installation` is the one to delete, its own or its organisation's (without a team); None if
    the organisation's still serves others. Only monitors of the app `app_id` are cancelled.
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
class MonitorNotice:
    """Notify a monitor's owner that nothing can be posted for it.

    About a `run`: notify its thread of a streak of failed runs, if there is one.
    """

    endpoint_id: str
    monitor_id: str
    about: Literal["monitor", "run"] = "monitor"


@dataclass(frozen=True, slots=True)
class AccountSuspended:
    """Notify a person that Parallel refuses an account."""

    workspace: Workspace
    endpoint_id: str
    user_id: str
    reason: AccountProblem
    since: datetime
    about: Literal["account"] = "account"

    @property
    def in_ledger(self) -> tuple[str, str]:
        """The ledger's key for it: whose notice it is, and its name."""
        named = f"{self.reason.value}:{self.user_id}:{self.since.isoformat()}"
        return f"account:{self.endpoint_id}", named


@dataclass(frozen=True, slots=True)
class WebhooksRefused:
    """Notify the admin who connected an account that its webhooks match no secret."""

    workspace: Workspace
    endpoint_id: str
    since: datetime
    about: Literal["webhooks"] = "webhooks"


NotifyRequest = MonitorNotice | AccountSuspended | WebhooksRefused


@dataclass(frozen=True, slots=True)
class DisconnectRequest:
    """Disconnect a workspace from an account, cancelling its monitors there.

    `linked_at` distinguishes it from a later connection with the same endpoint. `app_id` and
    `by_name` are stored because the app may be uninstalled before this is done.
    """

    workspace: Workspace
    endpoint_id: str
    linked_at: datetime | None
    app_id: str
    by_user_id: str
    by_name: str


@dataclass(frozen=True, slots=True)
class RulesRequest:
    workspace: Workspace
    rules: Rules
    by_user_id: str


@dataclass(frozen=True, slots=True)
class PersonRequest:
    """An admin wants to be sent who did what; or someone left, who may have started monitors."""

    workspace: Workspace
    user_id: str


@dataclass(frozen=True, slots=True)
class AdminAnswer:
    """An admin answered what admins were asked; `asked` names the question."""

    workspace: Workspace
    reply_to: ReplyTo
    asked: str


@dataclass(frozen=True, slots=True)
class ConnectedRequest:
    """Tell a workspace's admins that a person connected an account, once it serves them."""

    workspace: Workspace
    by_user_id: str
    by_name: str
    last_four: str
