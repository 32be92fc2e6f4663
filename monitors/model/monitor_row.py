"""What the app stores about a monitor: one row."""

from dataclasses import dataclass
from datetime import datetime

from monitors.model.workspace import ThreadRef, Workspace


@dataclass(frozen=True, slots=True)
class Suspension:
    """Why nothing is posted for a monitor at the moment.

    `reason` is Slack's error code. `findings_wait`: a finding could not be posted; else only the
    card could not be updated. Nothing is tried before `next_try_at`. `notified_at` is when the
    owner was notified.
    """

    reason: str
    since: datetime
    next_try_at: datetime
    findings_wait: bool
    notified_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class MonitorRow:
    """`cursor` is `monitors.delivery.cursor`'s; None until the monitor was first checked.

    `last_run_seen` is the run whose findings are all settled, `last_run_shown` the one that the
    card was drawn for; both are empty when there is none. `run_asked_at`: when a person last asked
    for a run; the last one was `run_before` then, and the one they asked for was `run_ended`.
    `is_signed`: without its signature, the monitor isn't believed any more. `frequency_since`:
    since when it has been seen to check as often as it does. `failing_since` names the streak of
    failures that its thread was told of; empty once that is over.
    """

    workspace: Workspace
    monitor_id: str
    endpoint_id: str
    thread: ThreadRef
    cursor: tuple[str, ...] | None = None
    last_run_seen: str = ""
    last_run_shown: str = ""
    suspension: Suspension | None = None
    is_signed: bool = False
    run_asked_at: datetime | None = None
    frequency_since: datetime | None = None
    failing_since: str = ""
    run_before: str = ""
    run_ended: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the reconciler compares a monitor with: its row, in part."""

    last_run_seen: str
    last_run_shown: str
    frequency_seen: str
    frequency_since: datetime | None
    run_asked_at: datetime | None
