"""What the app knows of a monitor beside Parallel: one row."""

from dataclasses import dataclass
from datetime import datetime

from monitors.model.workspace import ThreadRef, Workspace


@dataclass(frozen=True, slots=True)
class Suspension:
    """Why nothing is posted for a monitor for now.

    `reason` is Slack's code. `findings_wait` tells a finding that could not be posted from a card
    that could not be redrawn. Before `next_try_at` nothing is tried; `notified_at` is when its
    owner heard.
    """

    reason: str
    since: datetime
    next_try_at: datetime
    findings_wait: bool
    notified_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class MonitorRow:
    """`cursor` is monitors.delivery.cursor's; None until the monitor was looked at.

    `last_run_seen` is the run whose findings are all settled, `last_run_shown` the one that the
    card was drawn for; both are empty when there is none.
    """

    workspace: Workspace
    monitor_id: str
    endpoint_id: str
    thread: ThreadRef
    cursor: tuple[str, ...] | None = None
    last_run_seen: str = ""
    last_run_shown: str = ""
    suspension: Suspension | None = None


@dataclass(frozen=True, slots=True)
class MonitorChange:
    """What a look at a monitor moves on; None leaves it."""

    cursor: tuple[str, ...] | None = None
    last_run_seen: str | None = None
