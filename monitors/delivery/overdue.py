"""Checks that don't come: a monitor that hasn't run for two of its periods."""

from datetime import datetime, timedelta
from typing import Final

from monitors.model.frequency import BadFrequencyError, Frequency
from monitors.model.monitor import Monitor, MonitorStatus

_PERIODS: Final = 2


def frequency_of(monitor: Monitor) -> str:
    """As the reconciler remembers it: one on hold checks as rarely as it can."""
    return "on hold" if monitor.hold else monitor.frequency


def is_overdue(monitor: Monitor, frequency_since: datetime | None, *, now: datetime) -> bool:
    """Counted from its last check, or from when it began to check that often.

    Never of one that is paused or cancelled, or that the reconciler hasn't seen yet.
    """
    if monitor.hold or monitor.status is not MonitorStatus.ACTIVE or frequency_since is None:
        return False
    try:
        period = timedelta(hours=Frequency.parse(monitor.frequency).hours)
    except BadFrequencyError:
        return False
    since = max(monitor.last_run_at or frequency_since, frequency_since)
    return now - since > _PERIODS * period
