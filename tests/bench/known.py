"""The monitors that the app knows, by number: whose, where, and what they found.

Everything follows from the number, so that no process needs to be told.
"""

import re
from typing import Final

from monitors.model.workspace import ThreadRef, Workspace

APP_ID: Final = "A0BENCH001"
# So many that the limits of one (a webhook's pacing, a message a second) never decide a figure.
WORKSPACES: Final = 200
CHANNELS: Final = 4_000
OLD: Final = 0
"""The generation of events that stands in every thread already."""

_FIRST_THREAD: Final = 1_767_225_600
_NUMBER: Final = re.compile(r"monitor_(\d+)")


def team_id(number: int) -> str:
    return f"T0BENCH{number % WORKSPACES:03}"


def workspace(number: int) -> Workspace:
    return Workspace(team_id(number))


def thread(number: int) -> ThreadRef:
    return ThreadRef(f"C0{number % CHANNELS:08}", f"{_FIRST_THREAD + number}.000100")


def number_of_thread(ts: str) -> int:
    return int(ts.partition(".")[0]) - _FIRST_THREAD


def monitor_id(number: int) -> str:
    """Digits turned around, so that neighbours by number are none in an index."""
    return f"monitor_{str(number).zfill(9)[::-1]}"


def number_of_monitor(text: str) -> int:
    """Raises ValueError for a text without such an id."""
    found = _NUMBER.search(text)
    if found is None:
        raise ValueError(f"no monitor in {text}")
    return int(found[1][::-1])


def event_id(generation: int, number: int) -> str:
    return f"mevt_{generation}_{number}"


def group_id(generation: int, number: int) -> str:
    return f"mevtgrp_{generation}_{number}"
