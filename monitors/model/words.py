"""Words: a text shortened, a number with its noun, a text as a search compares it."""

import unicodedata
from typing import Final

# What Slack's clients make of straight ones as they are typed.
_CURLY: Final = str.maketrans("\u2018\u2019\u201c\u201d", "''\"\"")


def shortened(text: str, longest: int) -> str:
    """In one line of at most so many characters; a cut is shown by an ellipsis."""
    line = " ".join(text.split())
    return line if len(line) <= longest else f"{line[: longest - 1].rstrip()}…"


def counted(count: int, noun: str) -> str:
    """`1 source`, `2 sources`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def for_search(text: str) -> str:
    """Without what two people, or keyboards, write differently and mean the same.

    That is case, width, accents, invisible characters, and how letters are composed: macOS takes
    them apart in the names of files.
    """
    apart = unicodedata.normalize("NFKD", text.casefold()).translate(_CURLY)
    return "".join(each for each in apart if unicodedata.category(each) not in ("Mn", "Cf"))
