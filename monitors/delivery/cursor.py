"""Which of a monitor's listed events are new.

A cursor contains the ids of the most recently settled events. An event is new if it isn't among
them but is listed above the oldest of them that is still listed. That covers events that are
withdrawn, runs that gain events, and older runs that are listed late, below one already posted.
"""

from collections.abc import Sequence
from typing import Final

from monitors.model.event import EventGroup, EventList, MonitorEvent

# The end of the list is known too: every event that isn't in the cursor is new.
START: Final = "start"
# The most ids; beyond that the oldest are dropped, and START before them.
MOST: Final = 32
FROM_START: Final = (START,)


# The part of a `legacy_id` that stands for all of them.
WHOLE: Final = -1


def legacy_id(group_id: str) -> str:
    """The id for all events of a group that was settled before single events were recorded."""
    return f"group:{group_id}"


def knows(cursor: Sequence[str], event: MonitorEvent) -> bool:
    return event.event_id in cursor or legacy_id(event.group_id) in cursor


def new_groups(
    cursor: Sequence[str], monitor_id: str, listed: EventList
) -> tuple[EventGroup, ...] | None:
    """The new events by run, oldest first; None if no settled event is listed any more.

    An event in two runs belongs to the older one.
    """
    known = [at for at, event in enumerate(listed.events) if knows(cursor, event)]
    if START in cursor and listed.is_whole:
        newer = listed.events
    elif known:
        newer = listed.events[: known[-1]]
    else:
        return None
    first = {event.event_id: event for event in newer}
    found: dict[str, list[MonitorEvent]] = {}
    for event in newer:
        if first.get(event.event_id) is event and not knows(cursor, event):
            found.setdefault(event.group_id, []).insert(0, event)
    return tuple(
        EventGroup(monitor_id, group_id, tuple(events))
        for group_id, events in reversed(found.items())
    )


def moved(cursor: Sequence[str], settled: Sequence[MonitorEvent]) -> tuple[str, ...]:
    """The cursor after settling these events, given oldest first."""
    newest = [event.event_id for event in reversed(settled)]
    return tuple(dict.fromkeys([*newest, *cursor]))[:MOST]


def from_now(listed: EventList, *, but: str) -> tuple[str, ...]:
    """The cursor of an unknown monitor: everything listed now is old, except one run."""
    ids = dict.fromkeys(event.event_id for event in listed.events if event.group_id != but)
    return (*ids, START)[:MOST] if listed.is_whole else tuple(ids)[:MOST]
