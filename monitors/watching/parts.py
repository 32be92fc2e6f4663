"""What everything in this room works with: one of each, put together by `bot.wiring`."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass

from monitors.delivery.parts import DeliveryParts
from monitors.delivery.share_file import ShareFile
from monitors.model.operator_links import OperatorLinks
from monitors.model.workspace import ThreadRef, Workspace
from monitors.ports import Limits, Views
from monitors.watching.rules import SqlRules
from monitors.work.audit import SqlAudit
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
class Parts(DeliveryParts):
    """`members_of` returns the workspaces that an organisation's installation serves.

    `most_exported`: entries in a file of a monitor's history; half a year of hourly checks.
    """

    views: Views
    places: Places
    limits: Limits
    rules: SqlRules
    audit: SqlAudit
    sharing: ShareFile
    submit_intent: SubmitIntent
    members_of: Callable[[str], Awaitable[Sequence[Workspace]]]
    links: OperatorLinks
    prefix: str
    per_workspace: int
    per_person: int
    poll_seconds: float
    most_exported: int = 5000
