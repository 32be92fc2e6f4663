"""Help, usage, notes and the Home tab."""

from datetime import UTC, datetime

import pytest
from inline_snapshot import external_file

from monitors.blocks.help import help_message, usage_message
from monitors.blocks.listing import list_message
from monitors.blocks.notices import note_message
from monitors.model.account import AccountHealth
from monitors.model.listing import MonitorPage
from monitors.model.operator_links import NO_LINKS
from tests.monitors.blocks.arrange import HOSTILE
from tests.monitors.blocks.reading import as_json, faults, pings, texts, visible

THEN = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
LINKED = AccountHealth(
    last_four="abcd",
    is_operators=False,
    has_secret=True,
    linked_by="U1",
    linked_at=THEN,
    last_good_call_at=THEN,
)
OPERATORS = AccountHealth(last_four="abcd", is_operators=True, has_secret=False)


def test_help_as_people_see_it() -> None:
    message = help_message("", account=LINKED, links=NO_LINKS, has_webhooks=True)
    assert not faults(message.blocks)
    assert as_json(message) == external_file("snapshots/help.json")


@pytest.mark.parametrize(
    ("account", "words"),
    [
        (
            None,
            "This workspace isn't connected to Parallel yet. An admin can connect it in my Home",
        ),
        (
            LINKED,
            (
                "Uses this workspace's own Parallel account (key …abcd), connected since "
                "2026-11-21 09:30 UTC.\n"
                "Last successful request: 2026-11-21 09:30 UTC. Last verified webhook: none yet."
            ),
        ),
        (
            OPERATORS,
            (
                "Uses this app's shared Parallel account (key …abcd).\n"
                "Last successful request: none yet. Webhooks can't be verified: no secret yet."
            ),
        ),
    ],
)
def test_help_tells_whose_account_is_used(account: AccountHealth | None, words: str) -> None:
    assert words in visible(
        help_message("", account=account, links=NO_LINKS, has_webhooks=True).blocks
    )


def test_help_does_not_ask_for_a_webhook_secret_where_nothing_is_sent() -> None:
    message = help_message("", account=OPERATORS, links=NO_LINKS, has_webhooks=False)
    assert "Webhooks: off. I check Parallel for findings instead." in visible(message.blocks)
    assert "secret" not in visible(message.blocks)


def test_help_and_usage_name_the_commands_with_their_prefix() -> None:
    for message in (
        help_message("acme-", account=LINKED, links=NO_LINKS, has_webhooks=True),
        usage_message("acme-"),
    ):
        assert "/acme-monitor latest AI research papers" in visible(message.blocks)
        assert "/monitor " not in message.text
        assert not faults(message.blocks)
        assert not pings(message)


def test_a_note_is_shown_to_the_letter() -> None:
    message = note_message(" Cancelled “<!here> & co”. ")
    assert texts(message.blocks, "plain_text") == ["Cancelled “<!here> & co”."]
    assert message.text == "Cancelled “&lt;!here&gt; &amp; co”."


@pytest.mark.parametrize("text", [*HOSTILE, "x" * 50_000, ""])
def test_no_note_can_ping_or_break_a_message(text: str) -> None:
    message = note_message(text)
    assert not faults(message.blocks)
    assert message.blocks
    assert not pings(message)


def test_an_empty_list_names_the_command() -> None:
    assert "/acme-monitor" in list_message(MonitorPage(), prefix="acme-").text
