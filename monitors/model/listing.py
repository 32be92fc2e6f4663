"""Lists of monitors, a page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from monitors.model.event import MonitorEvent
from monitors.model.monitor import Monitor
from monitors.model.workspace import ThreadRef

OLDER: Final = "older"
NEWER: Final = "newer"


@dataclass(frozen=True, slots=True)
class Listed:
    """A monitor in a list.

    `link` is its thread's exact address, None if Slack didn't give it; `newest` its last finding,
    if it has one, None if Parallel didn't say.
    """

    monitor: Monitor
    is_elsewhere: bool = False
    link: str | None = None
    newest: tuple[MonitorEvent, ...] | None = None
    cannot_post: bool = False


@dataclass(frozen=True, slots=True)
class ListedMonitor:
    """What a button in a list says of its monitor, and of the page where it was pressed."""

    thread: ThreadRef
    monitor_id: str
    at: str = ""


@dataclass(frozen=True, slots=True)
class MonitorPage:
    """Some of a list, and how long it is: `here` in a channel, `elsewhere` the person's own.

    `first` is the place in the list of the first entry, from 1. `newer` and `older` say where the
    pages beside it begin, `at` where it begins itself. `is_partial`: Slack didn't say which
    channels the person may look into.
    """

    entries: tuple[Listed, ...] = ()
    here: int = 0
    elsewhere: int = 0
    first: int = 1
    newer: str = ""
    older: str = ""
    at: str = ""
    is_partial: bool = False

    @property
    def total(self) -> int:
        return self.here + self.elsewhere


@dataclass(frozen=True, slots=True)
class HomeLook:
    """What a person looks for in their Home tab: words, only those in a state, a page."""

    search: str = ""
    only: str = ""
    at: str = ""


NO_LOOK: Final = HomeLook()
WATCHING: Final = "watching"
ON_HOLD: Final = "on_hold"
CANNOT_POST: Final = "cannot_post"


def place_of(monitor: Monitor, *, is_elsewhere: bool = False) -> str:
    """Sorts backwards: this channel's before the others, each newest first."""
    made = f"{monitor.created_at:%Y%m%d%H%M%S%f}" if monitor.created_at else ""
    return f"{'elsewhere' if is_elsewhere else 'here'}/{made}/{monitor.monitor_id}"


def page_of(places: Sequence[str], at: str, size: int) -> tuple[int, int]:
    """Where the page begins and ends; `places` are in order, `at` as in a MonitorPage.

    A page follows a place, not a number, so that nothing is missed or doubled when monitors are
    started or cancelled in between.
    """
    way, _, place = at.partition(":")
    begin = 0
    if way == OLDER:
        begin = sum(each >= place for each in places)
    elif way == NEWER:
        begin = max(0, sum(each > place for each in places) - size)
    if begin >= len(places):
        # All that followed are gone.
        begin = max(0, len(places) - size)
    return begin, min(begin + size, len(places))


def beside(places: Sequence[str], begin: int, end: int) -> tuple[str, str]:
    """The newer and the older page; empty if there is none."""
    newer = f"{NEWER}:{places[begin]}" if begin > 0 else ""
    return newer, f"{OLDER}:{places[end - 1]}" if 0 < end < len(places) else ""


@dataclass(frozen=True, slots=True)
class HistoryAt:
    """Which page of a monitor's history a modal shows: the cursors that led there."""

    thread: ThreadRef
    monitor_id: str | None = None
    trail: tuple[str, ...] = ()
    older: str | None = None
