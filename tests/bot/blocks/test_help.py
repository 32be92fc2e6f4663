"""Help, usage, notes and the Home tab."""

import pytest
from inline_snapshot import external_file

from bot.blocks.card import card_message
from bot.blocks.findings import findings_messages
from bot.blocks.help import HelpAccount, help_message, usage_message
from bot.blocks.home import home_view
from bot.blocks.renderer import SlackRenderer
from monitors.domain.card import Card, Watching
from monitors.services.ports import Renderer
from tests.bot.blocks.arrange import HOSTILE, event, group
from tests.bot.blocks.reading import as_json, faults, links, pings, texts, visible

CONNECT = "https://watch.example/parallel/connect"
LINKED = HelpAccount(last_four="abcd", connect_url=CONNECT)
RENDERER: Renderer = SlackRenderer(command_prefix="acme-")


def test_help_as_people_see_it() -> None:
    message = help_message("", account=LINKED, support_url="https://watch.example/support")
    assert not faults(message.blocks)
    assert as_json(message) == external_file("snapshots/help.json")


@pytest.mark.parametrize(
    ("account", "words"),
    [
        (HelpAccount(), "Not linked yet, so nothing can be watched. Ask an admin"),
        (HelpAccount(connect_url=CONNECT), "Not linked yet, so nothing can be watched. Link one"),
        (LINKED, "Linked (key …abcd). Link another"),
        (HelpAccount("abcd", is_operators=True), "This app's own account is used (key …abcd)."),
    ],
)
def test_help_tells_whose_account_is_used(account: HelpAccount, words: str) -> None:
    assert words in visible(help_message("", account=account).blocks)


def test_help_and_usage_name_the_commands_with_their_prefix() -> None:
    for message in (help_message("acme-", account=LINKED), usage_message("acme-")):
        assert "/acme-monitor latest AI research papers" in visible(message.blocks)
        assert "/monitor " not in message.text
        assert not faults(message.blocks)
        assert not pings(message)


def test_the_home_tab_is_a_view_that_slack_takes() -> None:
    view = home_view("", account=LINKED)
    assert view["type"] == "home"
    assert not faults(view["blocks"], surface="home")
    assert ("Link another", CONNECT) in links(view["blocks"])


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
    assert "/acme-monitor" in RENDERER.monitor_list([]).text
