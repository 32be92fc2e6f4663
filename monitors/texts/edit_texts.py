"""What is said when people change a monitor: in its form, and in its thread."""

from collections.abc import Iterator, Sequence
from typing import Final

from monitors.model.edit import MonitorSettings
from monitors.model.frequency import in_words
from monitors.model.words import shortened
from monitors.texts.delivery_texts import FLOORS

CANNOT_EDIT_CANCELLED: Final = (
    "This monitor is cancelled, so nothing was changed. To start it again, run the same command."
)
PARALLEL_TOO_SLOW: Final = (
    "Parallel isn't responding right now, so nothing was changed. What you typed is still here: "
    "try again in a minute."
)
NARROW_THE_QUERY: Final = "Say more exactly what you want"
SAY_WHAT_TO_CHANGE: Final = (
    "Choose a website to leave out or a higher confidence, or change the query so that it says "
    "more exactly what you want."
)
DIFFERENT_QUESTION: Final = (
    "That's a different question, so it needs a new monitor. If you continue, this one ends and a "
    "new one starts in the same thread. Findings already posted stay. To keep this monitor, change "
    "the query only a little."
)
SNAPSHOT_ONLY: Final = (
    "This monitor tracks the result of a task, so what it looks for and where can't be changed."
)
CO_OWNER: Final = "Co-owner"
CO_OWNER_HINT: Final = (
    "Can do what the owner can, and becomes the owner if the owner's account is deactivated."
)
OWNER_ALREADY: Final = "They own this monitor already. Choose someone else."
NO_CO_OWNER: Final = (
    "Choose a member of this workspace: not an app, a deactivated account or another company's."
)
CO_OWNER_UNKNOWN: Final = "I couldn't check with Slack who that is. Try again in a minute."
_DEPTHS: Final = {"lite": "normal search", "base": "deep search"}
# Who it is stands on the card: a mention here would notify them.
_CO_OWNERS: Final = {
    (False, True): "a co-owner added",
    (True, True): "another co-owner",
    (True, False): "no co-owner any more",
}
_QUERY_CHARACTERS: Final = 150
_SHOWN_WEBSITES: Final = 5


def too_long_to_edit(characters: int) -> str:
    return (
        f"The query has {characters:,} characters, too many for this form. To change it, start a "
        "new monitor."
    )


def will_change(changes: Sequence[str]) -> str:
    """Before it is done."""
    return f"This will change: {_in_one_line(changes)}."


def outdated(typed: Sequence[str]) -> str:
    """The form shows the current settings; `typed` is what the person wanted instead."""
    return (
        "Someone changed this monitor while your form was open, so nothing was saved. Below is how "
        f"it's set now. You wanted: {_in_one_line(typed)}."
    )


def edited_meanwhile(wanted: Sequence[str]) -> str:
    """The same, once the form is closed."""
    return (
        "Someone changed this monitor at the same time, so your change wasn't made. You wanted: "
        f"{_in_one_line(wanted)}. Press Edit to see how it's set now, and to change it."
    )


def edited(by_name: str, changes: Sequence[str]) -> str:
    return f"Changed by {by_name}: {_in_one_line(changes)}."


def replaced(by_name: str, changes: Sequence[str]) -> str:
    why = (
        "It's a new question, so the old monitor has ended and a new one continues in this thread."
    )
    return f"{edited(by_name, changes)} {why}"


def changes(old: MonitorSettings, new: MonitorSettings) -> list[str]:
    """Each in a few words, as before → after."""
    return list(_changes(old, new))


def _changes(old: MonitorSettings, new: MonitorSettings) -> Iterator[str]:
    if old.query != new.query:
        before, after = (shortened(each.query, _QUERY_CHARACTERS) for each in (old, new))
        yield f"“{before}” → “{after}”"
    if old.frequency != new.frequency:
        yield f"{in_words(old.frequency)} → {in_words(new.frequency)}"
    if old.processor != new.processor:
        yield f"{_depth(old.processor)} → {_depth(new.processor)}"
    if set(old.include_domains) != set(new.include_domains):
        only = _listed(new.include_domains)
        yield f"only {only}" if only else f"any website, not only {_listed(old.include_domains)}"
    if more := [each for each in new.exclude_domains if each not in old.exclude_domains]:
        yield f"{_listed(more)} left out"
    if fewer := [each for each in old.exclude_domains if each not in new.exclude_domains]:
        yield f"{_listed(fewer)} allowed again"
    if old.location != new.location:
        yield f"{_country(old.location)} → {_country(new.location)}"
    if old.floor != new.floor:
        yield f"{FLOORS[old.floor].lower()} → {FLOORS[new.floor].lower()}"
    if old.co_owner != new.co_owner:
        yield _CO_OWNERS[bool(old.co_owner), bool(new.co_owner)]


def _in_one_line(parts: Sequence[str]) -> str:
    return " · ".join(parts)


def _depth(processor: str) -> str:
    return _DEPTHS.get(processor, processor)


def _country(location: str | None) -> str:
    return f"{location.upper()} results" if location else "results for any country"


def _listed(websites: Sequence[str]) -> str:
    more = len(websites) - _SHOWN_WEBSITES
    return ", ".join(websites[:_SHOWN_WEBSITES]) + (f" and {more} more" if more > 0 else "")
