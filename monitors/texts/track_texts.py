"""*Track these fields*: what is said while their first values are looked up."""

from collections.abc import Sequence
from typing import Final

from monitors.texts.problem_texts import parallel_said

TRACK_OR_BACKFILL: Final = (
    "Tracked fields start with today's values, so there are no recent events. Untick this."
)
FIELDS_MISSING: Final = "Name the fields above, or untick this."
BASELINE_UNCERTAIN: Final = (
    "Parallel's answer didn't arrive, so I can't tell whether it looked up the first values. I "
    "don't ask twice by myself, because each lookup costs money. Fill in the form again to retry."
)


def looking_up(fields: Sequence[str], *, is_queued: bool) -> str:
    how = "Parallel will begin in a moment." if is_queued else "Parallel is reading its sources."
    return f"Looking up {listed(fields)}. {how} It usually takes a minute or two."


def first_values(query: str) -> str:
    return f"The values today, for “{query}”. I'll post here when one changes"


def baseline_failed(error: str) -> str:
    """`error` is Parallel's own."""
    failed = "Parallel couldn't look up the first values."
    again = "Name the subject more exactly, or other fields, and fill in the form again."
    return " ".join(filter(None, (failed, parallel_said(error), again)))


def listed(fields: Sequence[str]) -> str:
    """For example `price, release date and CEO`."""
    *first, last = fields
    return f"{', '.join(first)} and {last}" if first else last
