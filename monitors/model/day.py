"""Dates as people write them."""

import re
from calendar import month_name
from datetime import date
from typing import Final

_ISO: Final = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d\d)(?:-(?P<day>\d\d)"
    r"(?:[T ](?P<time>\d\d:\d\d)(?::\d\d(?:\.\d+)?)?(?P<zone>Z|[+-]\d\d:?\d\d)?)?)?",
    flags=re.ASCII,
)


def date_in_words(text: str) -> str:
    """`2026-04-01` as `1 April 2026`, `2026-04` as `April 2026`; anything else as it is."""
    match = _ISO.fullmatch(text.strip())
    if match is None:
        return text
    try:
        day = date(int(match["year"]), int(match["month"]), int(match["day"] or 1))
    except ValueError:
        return text
    words = f"{month_name[day.month]} {day.year}"
    if match["day"]:
        words = f"{day.day} {words}"
    if match["time"]:
        zone = "UTC" if match["zone"] == "Z" else match["zone"] or ""
        words = f"{words}, {match['time']} {zone}".rstrip()
    return words
