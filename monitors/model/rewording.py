"""Whether two queries ask the same question in other words, or two different ones.

Parallel compares what a monitor finds with what it found before, so it takes small changes of a
query only. Two queries count as the same question if most of their words are the same: twice the
words in common, over the words of both, is at least `ENOUGH_IN_COMMON`. Small words don't count,
nor case, and a word may be spelt a little differently, but a number may not.
"""

import re
import unicodedata
from collections.abc import Iterator
from difflib import get_close_matches
from itertools import filterfalse
from typing import Final

ENOUGH_IN_COMMON: Final = 0.6
_SAME_WORD: Final = 0.8
# Beyond this many words that differ, spelling is not compared: it takes quadratic time.
_MOST_COMPARED: Final = 40
_HAS_DIGIT: Final = re.compile(r"\d")
_WORD: Final = re.compile(r"\w+(?:[-.'\u2019]\w+)*")
_SMALL_WORDS: Final = """
    a about all an and any are as at be by for from in is it its latest new news of on or recent
    that the their these this those to updates was were what when where which who will with
"""
_SMALL: Final = frozenset(_SMALL_WORDS.split())
# Scripts that put no spaces between words: pairs of characters stand for words.
_UNSPACED: Final = re.compile("[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]{2,}")


def is_rewording(old: str, new: str) -> bool:
    """Whether a monitor may go on with `new` in the place of `old`."""
    before, after = _words(old), _words(new)
    if not before or not after:
        return " ".join(old.split()) == " ".join(new.split())
    common = len(before & after)
    gone, come = before - after, after - before
    if len(gone) <= _MOST_COMPARED and len(come) <= _MOST_COMPARED:
        common += _respelt(gone, come)
    return 2 * common / (len(before) + len(after)) >= ENOUGH_IN_COMMON


def _words(query: str) -> set[str]:
    words = set(_split(unicodedata.normalize("NFKC", query).casefold()))
    return words - _SMALL or words


def _split(text: str) -> Iterator[str]:
    for word in _WORD.findall(text):
        rest = word
        for run in _UNSPACED.findall(word):
            yield from (run[at : at + 2] for at in range(len(run) - 1))
            rest = rest.replace(run, "")
        if rest:
            yield rest


def _respelt(gone: set[str], come: set[str]) -> int:
    """How many words are another one's misspelling or plural; each counts once."""
    left = sorted(filterfalse(_HAS_DIGIT.search, come))
    found = 0
    for word in sorted(filterfalse(_HAS_DIGIT.search, gone)):
        for twin in get_close_matches(word, left, n=1, cutoff=_SAME_WORD):
            left.remove(twin)
            found += 1
    return found
