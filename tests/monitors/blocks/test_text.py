"""Escaping, clipping, splitting."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitors.blocks.text import (
    clip,
    escape,
    from_the_web,
    sendable,
    split,
    spoken,
    weight,
)
from monitors.model.slack_text import unwrap_slack_text
from monitors.model.words import counted

anything = st.text(alphabet=st.characters())


@given(anything)
def test_what_is_escaped_comes_back_as_it_was(text: str) -> None:
    assert unwrap_slack_text(escape(text)) == text


@given(anything)
def test_escaped_text_holds_no_token(text: str) -> None:
    assert not {"<", ">"} & set(escape(text))


@pytest.mark.parametrize("word", ["here", "channel", "everyone", "group", "HERE"])
def test_a_broadcast_typed_as_a_word_is_broken_up(word: str) -> None:
    assert spoken(f"to @{word}!") == f"to @\u200b{word}!"


def test_an_address_of_mail_is_left_alone() -> None:
    assert spoken("ann@heretic.example") == "ann@heretic.example"


@given(anything, st.integers(min_value=5, max_value=60))
def test_parts_join_to_the_same_text_and_each_fits(text: str, longest: int) -> None:
    parts = split(text, longest)
    assert "".join(parts) == text
    assert all(part and weight(part) <= longest for part in parts)


def test_a_text_is_cut_between_sentences_before_words() -> None:
    assert split("One two three. Four five", 20) == ["One two three. ", "Four five"]


@given(anything, st.integers(min_value=1, max_value=60))
def test_a_clipped_text_fits(text: str, longest: int) -> None:
    clipped = clip(text, longest)
    assert weight(clipped) <= longest
    assert clipped == text or clipped.endswith("…")


def test_weight_is_slacks_least_favourable_count() -> None:
    assert weight("a&<>😀") == 1 + 5 + 4 + 4 + 2


@given(st.text(alphabet=st.characters(codec=None)))
def test_whatever_comes_can_be_sent(text: str) -> None:
    sendable(text).encode()
    from_the_web(text).encode()


def test_what_people_type_is_sent_as_it_is() -> None:
    typed = "a\tb\n\nc é 👩‍👩‍👧 \u202bעברית\u202c"  # noqa: RUF001 - Hebrew is what is meant
    assert sendable(typed) == typed


def test_the_web_cannot_turn_the_direction_of_text() -> None:
    assert from_the_web("\u202eevil\u202c \u2066x\u2069") == "evil x"


def test_one_is_counted_as_one() -> None:
    assert (counted(1, "source"), counted(1200, "source")) == ("1 source", "1,200 sources")
