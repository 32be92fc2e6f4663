"""A hint for a query that will work less well than its author hopes; never a refusal."""

import re
from datetime import datetime
from typing import Final

from monitors.texts import start_texts

_OPERATOR: Final = re.compile(r"\b(?:AND|OR|NOT)\b|\b(?:site|filetype|intitle|inurl):\S")
_YEAR: Final = re.compile(r"\b(?:19|20)\d\d\b")


def advice_on(query: str, *, now: datetime) -> str:
    """Empty if there is none."""
    if _OPERATOR.search(query):
        return start_texts.PLAIN_WORDS
    years = [int(year) for year in _YEAR.findall(query)]
    if years and max(years) < now.year:
        return start_texts.NOT_THE_PAST
    return ""
