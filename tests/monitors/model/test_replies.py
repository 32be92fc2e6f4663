"""Replies in a thread that are meant for the app."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitors.model.command import REPLIES, parse_reply
from monitors.model.intent import IntentKind

BOT = "U0BOT"


@pytest.mark.parametrize("word", REPLIES)
def test_every_reply_word_is_understood(word: str) -> None:
    assert parse_reply(word, bot_user_id=BOT) is REPLIES[word]


@pytest.mark.parametrize(
    "text",
    [
        "cancelmonitor",
        "CancelMonitor",
        "  cancelmonitor\n",
        "/cancelmonitor",
        "`cancelmonitor`",
        "<@U0BOT> cancelmonitor",
        "<@U0BOT|watch>: cancelmonitor",
        "cancelmonitor <@U0BOT>",
        "<@U0BOT> /CANCELMONITOR",
        "<@B0BOT> cancelmonitor",
        "cancelmonitor <@B0BOT|watch>",
        "<@U0BOT> cancelmonitor <@B0BOT>",
        "@threadwatch cancelmonitor",
        "cancelmonitor @threadwatch",
        "<@U0BOT>\u00a0cancel\u00a0monitor,",
        "cancel-monitor",
        "cancel_monitor",
        "(cancelmonitor)",
        "cancel monitor!",
        "stop!",
        "CANCELMONITOR!!!",
        "cancelmonitor \U0001f64f",
        ":octagonal_sign: cancelmonitor :+1::skin-tone-2:",
        "cancelmonitor \u2764\ufe0f.",
        "cancel\u2011monitor",
        "cancel\u2014monitor",
        "CANCELMON\u0130TOR",
    ],
)
def test_case_space_slash_and_mention_make_no_difference(text: str) -> None:
    assert parse_reply(text, bot_user_id=BOT, bot_id="B0BOT") is IntentKind.CANCEL


@pytest.mark.parametrize("text", ["Run   now", "run\tnow", "run\nnow", "run\u2028now"])
def test_two_words_may_stand_apart(text: str) -> None:
    assert parse_reply(text, bot_user_id=BOT) is IntentKind.RUN_NOW


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/",
        "<@U0BOT>",
        "please cancelmonitor",
        "cancelmonitor please",
        "cancel",
        "//cancelmonitor",
        "<@U0ANN> cancelmonitor",
        "<@B0BOT> cancelmonitor",
        "what is the status?",
        "help!",
        "run now!",
        "cancelmonitor?",
        "stop?",
        "runnow",
        "> cancelmonitor",
        "cancelmonitor" + " " * 5000,
    ],
)
def test_people_talking_are_left_alone(text: str) -> None:
    assert parse_reply(text, bot_user_id=BOT) is None


@pytest.mark.parametrize("text", ["status?", "Status ?", "<@U0BOT> status?"])
def test_a_question_that_changes_nothing_is_answered(text: str) -> None:
    assert parse_reply(text, bot_user_id=BOT) is IntentKind.STATUS


def test_a_mention_counts_only_once_the_bot_is_known() -> None:
    assert parse_reply("<@U0BOT> status", bot_user_id=None) is None
    assert parse_reply("status", bot_user_id=None) is IntentKind.STATUS


@given(st.text(alphabet=st.characters(codec=None)), st.none() | st.text())
def test_no_reply_breaks_the_door(text: str, bot_user_id: str | None) -> None:
    parse_reply(text, bot_user_id=bot_user_id)
