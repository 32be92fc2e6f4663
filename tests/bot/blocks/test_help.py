"""Help, usage, notes and the Home tab."""

from datetime import UTC, datetime

import pytest
from inline_snapshot import external_file

from bot.blocks.card import card_message
from bot.blocks.findings import findings_messages
from bot.blocks.help import help_message, usage_message
from bot.blocks.renderer import SlackRenderer
from monitors.model.account import AccountHealth
from monitors.model.card import Card, Watching
from monitors.model.listing import MonitorPage
from monitors.renderer import Renderer
from tests.bot.blocks.arrange import HOSTILE, event, group
from tests.bot.blocks.reading import as_json, faults, pings, texts, visible

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
RENDERER: Renderer = SlackRenderer(command_prefix="acme-")


def test_help_as_people_see_it() -> None:
    message = help_message("", account=LINKED, support_url="https://watch.example/support")
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
    assert words in visible(help_message("", account=account).blocks)


def test_help_and_usage_name_the_commands_with_their_prefix() -> None:
    for message in (help_message("acme-", account=LINKED), usage_message("acme-")):
        assert "/acme-monitor latest AI research papers" in visible(message.blocks)
        assert "/monitor " not in message.text
        assert not faults(message.blocks)
        assert not pings(message)


def test_a_note_is_shown_to_the_letter() -> None:
    message = RENDERER.note(" Cancelled “<!here> & co”. ")
    assert texts(message.blocks, "plain_text") == ["Cancelled “<!here> & co”."]
    assert message.text == "Cancelled “&lt;!here&gt; &amp; co”."


@pytest.mark.parametrize("text", [*HOSTILE, "x" * 50_000, ""])
def test_no_note_can_ping_or_break_a_message(text: str) -> None:
    message = RENDERER.note(text)
    assert not faults(message.blocks)
    assert message.blocks
    assert not pings(message)


def test_the_renderer_draws_cards_and_findings() -> None:
    card = Card("news", "1d", "U0ANN", Watching("monitor_1"))
    assert RENDERER.card(card) == card_message(card)
    found = group(event("News."))
    assert RENDERER.findings(found, query="q") == findings_messages(found, query="q")


def test_the_renderer_names_its_own_command() -> None:
    assert "/acme-monitor" in RENDERER.monitor_list(MonitorPage()).text
