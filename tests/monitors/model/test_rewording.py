"""Which changes of a query are another question."""

import time

import pytest

from monitors.model.rewording import is_rewording


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("latest AI research papers", "new AI research papers"),
        ("AI reserch papers", "AI research papers"),
        ("funding rounds of robotics startups", "funding rounds of robotics startups in Europe"),
        ("Recalls of child seats", "recall of children's child seats"),
        ("price of gold", "PRICE OF  GOLD, please"),
        (
            "\u65e5\u672c\u9280\u884c\u306e\u91d1\u5229",
            "\u65e5\u672c\u9280\u884c\u306e\u653f\u7b56\u91d1\u5229",
        ),
        ("a", "the a"),
        ("!!!", "!!!"),
    ],
)
def test_the_same_question_in_other_words(old: str, new: str) -> None:
    assert is_rewording(old, new)
    assert is_rewording(new, old)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("price of gold", "price of silver"),
        ("inflation 2025", "inflation 2026"),
        ("AI", "AI chips export controls to China and Nvidia earnings"),
        ("latest news about it", "all the updates on this"),
        (
            "\u65e5\u672c\u9280\u884c\u306e\u91d1\u5229",
            "\u6771\u4eac\u306e\u5929\u6c17\u4e88\u5831",
        ),
        ("!!!", "???"),
        ("results in the US", "results in the UK"),
    ],
)
def test_a_different_question(old: str, new: str) -> None:
    assert not is_rewording(old, new)
    assert not is_rewording(new, old)


def test_long_queries_are_compared_quickly() -> None:
    old, new = (" ".join(f"{each}word{at}x" for at in range(2000)) for each in ("one", "two"))
    begun = time.monotonic()
    assert not is_rewording(old, new)
    assert time.monotonic() - begun < 1
