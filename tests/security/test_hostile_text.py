"""No text from outside can ping, disguise a link, forge what the app says or break a message.

Held against what Slack does with a message: its block rules (the stand-in's), what it notifies
for, what it links, and what is left to be pressed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import product
from typing import Final, cast
from urllib.parse import urlsplit

import pytest
from hypothesis import given

from monitors.blocks.card import CANCEL, EDIT, HISTORY, MORE, RUN_NOW, card_message
from monitors.blocks.decisions import MOVE, suspended_message
from monitors.blocks.finding_buttons import NOT_RELEVANT, RESEARCH
from monitors.blocks.findings import findings_messages
from monitors.blocks.help import help_message
from monitors.blocks.history import EXPORT_HISTORY, HISTORY_PAGES, history_message, history_modal
from monitors.blocks.home import FILTER, HOME_PAGES, NEW_MONITOR, SEARCH, home_view
from monitors.blocks.listing import CANCEL_LISTED, LIST_PAGES, OPEN_THREAD, list_message
from monitors.blocks.notices import note_message
from monitors.blocks.text import as_seen, sendable
from monitors.model.account import AccountHealth
from monitors.model.app_home import AppHome, Spend
from monitors.model.card import Cancelled, Card, CardState, NotMade, OnHold, SettingUp, Watching
from monitors.model.command import BadCommand, parse_monitor_command
from monitors.model.edit import MonitorSettings, settings_of_spec
from monitors.model.event import EventGroup, Execution, HistoryPage, MonitorEvent, Part, Source
from monitors.model.frequency import DAILY
from monitors.model.listing import HistoryAt, HomeLook, Listed, MonitorPage
from monitors.model.message import Message
from monitors.model.monitor import Monitor, MonitorHome, MonitorSpec, MonitorStatus
from monitors.model.operator_links import OperatorLinks
from monitors.model.policy import Hold, Policy
from monitors.model.workspace import ThreadRef
from tests.flows.findings import finding
from tests.flows.world import ADA, World, shown_in
from tests.monitors.blocks.reading import Json, characters, faults, objects, pings
from tests.security.hostile_text import BOMBS, CORPUS, HOSTILE_TEXTS, each_of

pytestmark = pytest.mark.thorough

# A section of a message, which Slack posts below about 13,000 characters; a Home tab takes more.
MOST_CHARACTERS: Final = 13_000
ON_FINDINGS: Final = frozenset({NOT_RELEVANT, RESEARCH})
BANKS: Final = ("bank.example", "192.0.2.1")
HOME: Final = MonitorHome(ThreadRef("C0NEWS", "1790856000.000100"), "T0ACME", "A0APP", "U0ANN")
_READ_ONLY: Final = frozenset({"section", "context", "divider", "rich_text", "header"})
_TURNS: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def check(
    message: Message, *, presses: frozenset[str] = frozenset(), names: Sequence[str] = ()
) -> None:
    """`presses`: all that may be pressed. `names`: the people that the app itself names."""
    check_blocks(message.blocks, presses=presses)
    assert not pings(message, but=names)
    assert characters(message) < MOST_CHARACTERS
    assert message.text.strip()
    message.text.encode()


def check_blocks(
    blocks: Iterable[Mapping[str, object]],
    *,
    presses: frozenset[str] = frozenset(),
    surface: str = "message",
) -> None:
    listed = list(blocks)
    assert listed
    assert not faults(listed, surface="home" if surface == "home" else "message")
    allowed = _READ_ONLY | {"actions", "input"} if presses else _READ_ONLY
    assert {str(block["type"]) for block in listed} <= allowed
    pressed = {str(each["action_id"]) for each in objects(listed) if "action_id" in each}
    assert pressed <= presses
    for found in objects(listed):
        assert found.get("type") != "plain_text" or found.get("emoji") is False
        if found.get("type") in {"image", "markdown", "video", "file", "table", "emoji", "date"}:
            pytest.fail(f"not of ours: {found}")
        if elements := found.get("elements"):
            check_links(cast("list[Json]", elements))


def check_links(elements: list[Json]) -> None:
    """In one line with others; no link reads like the address of somewhere else."""
    for element, after in zip(elements, [*elements[1:], Json()], strict=True):
        assert not _TURNS & set(str(element.get("text", "")))
        if element.get("type") != "link":
            continue
        url, label = str(element["url"]), as_seen(str(element["text"]))
        parts = urlsplit(url)
        assert parts.scheme in {"http", "https"}
        assert url.isascii()
        assert "@" not in parts.netloc
        assert "\\" not in url
        host = (parts.hostname or "").removeprefix("www.")
        told = str(after.get("text", "")).startswith(f" ({host})")
        # An address that stands for itself begins with its host.
        is_itself = as_seen(url).startswith(label.rstrip("…"))
        for bank in BANKS:
            assert bank not in label or host == bank or told or is_itself


def events_of(text: str) -> list[MonitorEvent]:
    return [
        event_of(text, Part(text)),
        event_of(text, Part(text, text), Part(text, "plain"), Part("plain", text)),
        event_of(text, Part(text, text, text), Part(text, text, "")),
        event_of(text, Part("after " * 60, text, "before " * 60)),
        replace(event_of(text, Part(text)), unknown_type=text),
    ]


def event_of(text: str, *parts: Part) -> MonitorEvent:
    sources = (Source(text, text), Source(f"https://evil.example/{text}", text))
    return MonitorEvent("e", "g", parts, date=text, sources=sources, confidence=text)


def findings_of(text: str) -> None:
    for event in events_of(text):
        found = EventGroup("monitor_1", "g", (event, replace(event, sources=())))
        for drawn in findings_messages(found, query=text):
            check(drawn.message, presses=ON_FINDINGS)


def check_card(card: Card) -> None:
    """The query is shown to the letter, in blocks of its own."""
    message = card_message(card)
    assert not faults(list(message.blocks))
    others = tuple(each for each in message.blocks if each["type"] != "rich_text")
    check(
        replace(message, blocks=others),
        presses=frozenset({RUN_NOW, EDIT, HISTORY, CANCEL, MORE}),
        names=[card.user_id],
    )


def cards_of(text: str) -> None:
    states: list[CardState] = [
        SettingUp(text),
        Watching(f"monitor_{text}"),
        OnHold(text, text),
        Cancelled(text),
        NotMade(text),
    ]
    for state in states:
        card = Card(MonitorSettings(text, text, text, (text,) * 12, (text,), text), text, state)
        check_card(card)


def monitor_of(text: str) -> Monitor:
    return Monitor(
        monitor_id=text,
        status=MonitorStatus.ACTIVE,
        kind=text,
        query=text,
        frequency=text,
        processor=text,
        created_at=None,
        last_run_at=None,
        metadata=HOME.to_metadata(),
    )


def lists_of(text: str) -> None:
    at = sendable(text)
    policy = Policy(text, Hold(text, frequency=text))
    lost = MonitorHome(ThreadRef(text, text), text, text, text, policy)
    monitors = [monitor_of(text), replace(monitor_of(text), metadata=lost.to_metadata())]
    entries = tuple(
        Listed(each, is_elsewhere=True, link=text, newest=(event,))
        for each, event in product(monitors, events_of(text)[:4])
    )
    page = MonitorPage(entries, here=1, elsewhere=1, newer=at, older=at, at=at)
    presses = frozenset({*LIST_PAGES, OPEN_THREAD, CANCEL_LISTED})
    check(list_message(page, prefix="", said=text), presses=presses)


def histories_of(text: str) -> None:
    found = events_of(text)
    page = HistoryPage((*found, Execution(None, text)), older=sendable(text))
    check(history_message(monitor_of(text), page))
    at = HistoryAt(HOME.thread, "monitor_1", (sendable(text),) * 9)
    modal = history_modal(monitor_of(text), page, at=at)
    assert len(str(modal["private_metadata"])) <= 3000
    blocks = cast("list[Json]", modal["blocks"])
    check_blocks(blocks, presses=frozenset({*HISTORY_PAGES, EXPORT_HISTORY}))


def direct_messages_of(text: str) -> None:
    message = suspended_message(monitor_of(text), channel="C0NEWS", happened="It is.", to_do="Do.")
    # The channel's name, which Slack shows to those who may see it, is the one token in it.
    assert pings(message) == ["text: #C0NEWS", "mrkdwn: #C0NEWS"]
    check_blocks(message.blocks, presses=frozenset({MOVE}))


def notes_of(text: str) -> None:
    check(note_message(text))
    for typed in (text, f"--every {text} x", f"--from {text} x", f"--in {text} x", f"--{text} x"):
        command = parse_monitor_command(typed, default=DAILY)
        if isinstance(command, BadCommand):
            check(note_message(command.explanation))
        elif isinstance(command, MonitorSpec):
            shown = Card(settings_of_spec(command), "U0ANN", SettingUp())
            check_card(shown)


def help_of(text: str) -> None:
    account = AccountHealth(last_four=text[:4], is_operators=False, has_secret=False)
    check(
        help_message("", account=account, links=OperatorLinks(support_url=text), has_webhooks=True)
    )
    listed = Listed(monitor_of(text), link=text, newest=(event_of(text, Part(text)),))
    home = AppHome(
        account,
        MonitorPage((listed,) * 10, here=60, newer=sendable(text), older=sendable(text)),
        own=60,
        look=HomeLook(sendable(text)),
        said=text,
        spend=Spend(Decimal(1), ((text, Decimal(1)),), ((text, Decimal(1)),)),
        trouble=text,
        disconnecting=(text[:4],),
    )
    view = home_view("", home, OperatorLinks(support_url=text))
    presses = frozenset({NEW_MONITOR, SEARCH, FILTER, *HOME_PAGES, OPEN_THREAD, CANCEL_LISTED})
    check_blocks(cast("list[Json]", view["blocks"]), presses=presses, surface="home")


RENDERERS: Final = [
    findings_of,
    cards_of,
    lists_of,
    histories_of,
    direct_messages_of,
    notes_of,
    help_of,
]


@pytest.mark.parametrize("render", RENDERERS)
def test_nothing_of_the_corpus_pings_deceives_or_breaks(render: object) -> None:
    assert callable(render)
    assert each_of(CORPUS, render) == {}


@pytest.mark.parametrize("name", BOMBS)
def test_a_page_without_end_makes_messages_that_slack_takes(name: str) -> None:
    text = BOMBS[name]
    event = MonitorEvent("e", "g", (Part(text),), sources=(Source(text, text),) * 3)
    for drawn in findings_messages(EventGroup("monitor_1", "g", (event,)), query=text):
        check(drawn.message, presses=ON_FINDINGS)
    cards_of(text)
    notes_of(text)


@given(HOSTILE_TEXTS, HOSTILE_TEXTS)
def test_nothing_woven_of_it_pings_deceives_or_breaks(one: str, other: str) -> None:
    for render in RENDERERS:
        render(f"{one}{other}")


def test_a_host_too_long_to_show_shows_whose_it_is() -> None:
    text = CORPUS["address, long host"]
    (drawn,) = findings_messages(
        EventGroup("m", "g", (MonitorEvent("e", "g", (Part(text),)),)), query="q"
    )
    message = drawn.message
    (link,) = [each for each in objects(message.blocks) if each.get("type") == "link"]
    assert str(link["text"]).endswith(".evil.example")
    assert "bank" not in str(link["text"])


# By real HTTP, from Parallel's answer to what stands in the thread


def test_what_was_cut_in_the_middle_of_a_letter_is_posted(world: World) -> None:
    """JSON can say half a pair of surrogates, and nothing else can."""
    thread, monitor_id = world.watch("news of the port")
    world.fault("parallel", "half_letter", match="GET /v1/monitors/*")
    world.run(monitor_id, events=[finding("the rest is cut: \ufffd")])
    world.until(lambda: any("the rest is cut: \ufffd" in text for text in world.replies(thread)))


def test_hostile_findings_stand_in_their_thread_and_harm_nobody(world: World) -> None:
    thread, monitor_id = world.watch("news of the port")
    texts = [text for text in CORPUS.values() if "\ud800" not in text]
    world.run(monitor_id, events=[hostile_finding(text) for text in texts])
    world.until(lambda: whole(texts, world.reply_messages(thread)))
    for message in world.reply_messages(thread):
        assert message["pings"] == []
        blocks = cast("list[Json]", message["blocks"])
        # Slack named the blocks; nothing in them but ours can be pressed.
        check_blocks(
            [{k: v for k, v in b.items() if k != "block_id"} for b in blocks],
            presses=ON_FINDINGS,
        )
        assert not message["unfurl_links"]
        assert not message["unfurl_media"]


def hostile_finding(text: str) -> Json:
    output: Json = {
        "type": "text",
        "content": text,
        "basis": [
            {
                "field": text,
                "reasoning": text,
                "citations": [{"url": f"https://evil.example/{text}", "title": text}],
                "confidence": "high",
            }
        ],
    }
    return {"event_type": "event_stream", "event_date": text[:40], "output": output}


def whole(texts: list[str], messages: list[Json]) -> bool:
    last = f"Finding {len(texts)} of {len(texts)}"
    return any(last in shown_in(message) for message in messages)


@pytest.mark.parametrize(
    "name",
    [
        "mentions",
        "controls",
        "table bomb",
        "turned round",
        "emoji",
    ],
)
def test_a_hostile_query_is_watched_and_pings_nobody_but_who_asked(world: World, name: str) -> None:
    world.command("/monitor", CORPUS[name].strip(), raw=True)
    thread, _ = world.until_watching()
    (card,) = world.cards()
    assert card["pings"] == [f"<@{ADA}>"]
    assert sorted(world.buttons(thread)) == ["Cancel", "Check now", "Edit", "History"]
    world.command("/monitor", "list")
    world.until(lambda: any("monitor" in text for text in world.whispers()))
    world.say("status", thread=thread)
    world.until(lambda: world.replies(thread))
