"""What everything in this room works with: one of each, put together by `bot.wiring`."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from monitors.delivery.parts import DeliveryParts
from monitors.model.operator_links import OperatorLinks
from monitors.model.workspace import Workspace
from monitors.ports import Limits, Views
from monitors.watching.rules import SqlRules
from monitors.work.audit import SqlAudit
from monitors.work.intents import SubmitIntent


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts(DeliveryParts):
    """`members_of` returns the workspaces that an organisation's installation serves.

    `most_exported`: entries in a file of a monitor's history; half a year of hourly checks.
    """

    views: Views
    limits: Limits
    rules: SqlRules
    audit: SqlAudit
    submit_intent: SubmitIntent
    members_of: Callable[[str], Awaitable[Sequence[Workspace]]]
    links: OperatorLinks
    prefix: str
    per_workspace: int
    per_person: int
    poll_seconds: float
    most_exported: int = 5000
