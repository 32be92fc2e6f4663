"""The direct message about a monitor whose thread is closed."""

from dataclasses import replace

import pytest
from inline_snapshot import external_file

from monitors.blocks.decisions import suspended_message
from monitors.model.message import Message
from monitors.model.monitor import Monitor
from monitors.texts.problem_texts import suspended
from tests.monitors.blocks.arrange import HOSTILE
from tests.monitors.blocks.reading import as_json, faults, pings, visible
from tests.monitors.blocks.test_listing import MONITOR


def message(code: str, *, monitor: Monitor = MONITOR, channel: str = "C0NEWS") -> Message:
    happened, to_do = suspended(code, bot_name="threadwatch")
    return suspended_message(monitor, channel=channel, happened=happened, to_do=to_do)


def test_an_archived_channel_as_its_owner_hears_of_it() -> None:
    made = message("is_archived")
    assert not faults(made.blocks)
    assert as_json(made) == external_file("snapshots/suspended.json")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("is_archived", "Unarchive it, or pick"),
        ("channel_not_found", "Type /invite @threadwatch in the channel, or pick"),
        ("not_in_channel", "Type /invite @threadwatch in the channel, or pick"),
        ("restricted_action", "Ask a workspace admin to let @threadwatch post there, or pick"),
        ("replies_refused", "Ask a workspace admin"),
        ("something_new", "Ask a workspace admin"),
    ],
)
def test_each_cause_says_what_to_do(code: str, said: str) -> None:
    made = message(code)
    for words in (visible(made.blocks), made.text):
        assert said in words
        assert "Nothing is lost" in words


def test_nobody_is_asked_to_invite_it_into_a_direct_message() -> None:
    for text in suspended("channel_not_found", bot_name="threadwatch", is_direct=True):
        assert "invite" not in text


@pytest.mark.parametrize("text", HOSTILE)
def test_no_monitor_can_ping_or_break_it(text: str) -> None:
    made = message("is_archived", monitor=replace(MONITOR, query=text), channel=text)
    assert not faults(made.blocks)
    assert not pings(made)
