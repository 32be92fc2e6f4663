"""What was found, as messages."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inline_snapshot import external_file

from monitors.blocks.findings import findings_messages as drawn_findings
from monitors.model.event import EventGroup, MonitorEvent, Part, Source
from monitors.model.message import Message
from tests.monitors.blocks.arrange import HOSTILE, event, group
from tests.monitors.blocks.reading import as_json, characters, faults, links, pings, texts, visible

QUERY = "latest AI research papers"
NOTHING_SAID = "Parallel sent no text with this."
SEC = Source("https://www.sec.gov/news/1", "Press release")
anything = st.text(alphabet=st.characters(), max_size=400) | st.sampled_from(HOSTILE)
sources = st.builds(Source, url=anything, title=st.none() | anything)
parts = st.builds(Part, anything, st.just("") | anything, st.none() | st.just("") | anything)
events = st.builds(
    MonitorEvent,
    event_id=st.just("mevt_1"),
    group_id=st.just("mevtgrp_1"),
    parts=st.lists(parts, max_size=4).map(tuple),
    date=st.none() | anything,
    sources=st.lists(sources, max_size=14).map(tuple),
    confidence=st.none() | anything,
    unknown_type=st.just("") | anything,
)


def findings_messages(found: EventGroup, *, query: str) -> list[Message]:
    return [drawn.message for drawn in drawn_findings(found, query=query)]


def check(messages: list[Message]) -> None:
    """Slack takes them, nobody is pinged, and none is too long to post."""
    for message in messages:
        assert not faults(message.blocks)
        assert not pings(message)
        assert characters(message) < 13_000
        message.text.encode()


def shown(*found: MonitorEvent) -> str:
    messages = findings_messages(group(*found), query=QUERY)
    check(messages)
    return "\n".join(visible(message.blocks) for message in messages)


def test_a_text_finding_as_people_see_it() -> None:
    text = (
        "## Results\n**Acme** reported [record sales](https://acme.example/q3), up *12%*.\n\n"
        "- revenue: `1.2bn`\n- margin: ~~8%~~ 9%\n\n> Source: https://acme.example/ir."
    )
    found = MonitorEvent(
        "mevt_1", "mevtgrp_1", (Part(text),), date="2026-04", sources=(SEC,), confidence="high"
    )
    messages = findings_messages(group(found), query=QUERY)
    check(messages)
    assert [as_json(message) for message in messages] == external_file(
        "snapshots/finding_text.json"
    )


def test_structured_findings_and_changes_as_people_see_them() -> None:
    fields = (Part("Acme", "company"), Part("https://sec.gov/8-k", "filing"))
    changes = (Part("Bob", "ceo", "Ann"), Part("1999", "founded", ""))
    unknown = event('{"shape": "cube"}', unknown_type="hologram")
    messages = findings_messages(group(event(fields, SEC), event(changes), unknown), query=QUERY)
    check(messages)
    assert [as_json(message) for message in messages] == external_file(
        "snapshots/findings_of_every_kind.json"
    )


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (event("\u200b\u2060\ufeff"), NOTHING_SAID),
        (event("\u3164\n\n\u2800"), NOTHING_SAID),
        (event("", unknown_type="5"), "Parallel sent a new kind of update (5)."),
    ],
)
def test_a_finding_that_shows_nothing_says_so(found: MonitorEvent, said: str) -> None:
    (message,) = findings_messages(group(found), query=QUERY)
    assert message.text.startswith(f"{said}\n")
    assert said in visible(message.blocks)


@pytest.mark.parametrize(
    ("old", "new", "seen"),
    [
        ("*a", "b*", "price: *a → b*"),
        ("[a", "b](https://x.example/)", "price: [a → b](https://x.example/)"),
        ("1999", "**2000**", "price: 1999 → 2000"),
        ("- a", "- b", "price\nBefore: \n• a\n→ Now: \n• b"),
    ],
)
def test_old_and_new_are_read_apart(old: str, new: str, seen: str) -> None:
    (message,) = findings_messages(group(event((Part(new, "price", old),))), query=QUERY)
    assert message.text.startswith(f"{seen}\n")


def test_a_digest_says_since_when_and_its_first_message_whom_it_is_for() -> None:
    long = event("word " * 4000)
    drawn = [
        each.message
        for each in drawn_findings(
            group(long, event("b")), query=QUERY, since="since yesterday", mention="U1ADA"
        )
    ]
    assert len(drawn) > 1
    for message in drawn:
        assert not faults(message.blocks)
        assert f"2 findings since yesterday for “{QUERY}”" in visible(message.blocks)
    assert ["<@U1ADA>" in message.text for message in drawn] == [True] + [False] * (len(drawn) - 1)
    assert [bool(pings(message)) for message in drawn] == [True] + [False] * (len(drawn) - 1)
    # The push notification begins with the news all the same.
    assert drawn[0].text.startswith("word word")


def test_who_is_no_person_is_not_mentioned() -> None:
    (drawn,) = drawn_findings(group(event("b")), query=QUERY, mention="!channel")
    assert not pings(drawn.message)


def test_an_execution_without_findings_posts_nothing() -> None:
    assert findings_messages(group(), query=QUERY) == []


def test_a_finding_without_text_still_shows_its_sources() -> None:
    assert "Press release (sec.gov)" in shown(event(" \n ", SEC))


def test_a_long_text_loses_no_word() -> None:
    words = " ".join(f"word{number}" for number in range(5000))
    assert len(words) > 40_000
    messages = findings_messages(group(event(words)), query=QUERY)
    check(messages)
    read = "".join("".join(texts(message.blocks, "text")) for message in messages)
    assert read.split() == words.split()


def test_the_parts_of_a_long_finding_are_counted() -> None:
    messages = findings_messages(group(event("long story " * 1200, SEC)), query=QUERY)
    marks = [texts(message.blocks, "plain_text")[0][-5:] for message in messages]
    assert marks == ["(1/3)", "(2/3)", "(3/3)"]
    assert all("/3)" in message.text for message in messages)


def test_a_short_finding_is_not_torn_apart() -> None:
    body = "some news " * 200
    found = [event(f"{body} end{number}", SEC, event_id=f"mevt_{number}") for number in range(8)]
    messages = findings_messages(group(*found), query=QUERY)
    check(messages)
    for message in messages:
        read = visible(message.blocks)
        assert read.count("Finding ") == read.count(" end") == read.count("Press release")


def test_every_one_of_many_findings_is_there_in_order() -> None:
    found = [event(f"item number {number}.") for number in range(250)]
    read = shown(*found)
    places = [read.index(f"item number {number}.") for number in range(250)]
    assert places == sorted(places)


def test_the_same_group_makes_the_same_messages() -> None:
    found = group(event("a story. " * 3000, SEC))
    assert findings_messages(found, query=QUERY) == findings_messages(found, query=QUERY)


def test_a_hundred_fields_are_all_there() -> None:
    fields = tuple(Part(f"value {n}." * 30, f"name{n}") for n in range(100))
    read = shown(event(fields))
    assert all(f"name{number}: " in read for number in range(100))


def test_more_sources_than_fit_are_counted() -> None:
    many = tuple(Source(f"https://s{number}.example/", f"Page {number}") for number in range(300))
    read = shown(event("News.", *many))
    assert "Page 2 (s2.example)" in read
    assert "Page 3 " not in read
    assert "+ 297 more" in read


def test_a_source_named_twice_is_listed_once_with_its_first_title() -> None:
    twice = Source(SEC.url, "Same page")
    assert shown(event("News.", SEC, twice)).count("sec.gov") == 1
    assert "Same page" not in shown(event("News.", SEC, twice))


def test_a_source_shows_the_host_that_it_leads_to() -> None:
    fake = Source("https://evil.example/x", "https://bank.example/login")
    assert "https://bank.example/login (evil.example)" in shown(event("News.", fake))


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "ftp://a.example/x", "data:text/html,x", "", "not an address"]
)
def test_a_source_that_is_no_web_page_is_shown_but_not_linked(url: str) -> None:
    (message,) = findings_messages(group(event("News.", Source(url, "Title"))), query=QUERY)
    assert links(message.blocks) == []
    assert f"Title{': ' if url else ''}{url}" in visible(message.blocks)


def test_a_source_without_title_shows_its_address() -> None:
    (message,) = findings_messages(group(event("N.", Source("https://a.example/p"))), query=QUERY)
    assert links(message.blocks) == [("https://a.example/p", "https://a.example/p")]


def test_an_address_is_encoded_so_that_no_client_misreads_it() -> None:
    source = Source("https://a.example/x|y> <z?q=a b#f", "T")
    (message,) = findings_messages(group(event("N.", source)), query=QUERY)
    assert links(message.blocks)[0][1] == "https://a.example/x%7Cy%3E%20%3Cz?q=a%20b#f"


def test_a_changed_field_shows_old_and_new() -> None:
    assert "price: 10 → 12" in shown(event((Part("12", "price", "10"),)))


def test_a_long_change_shows_old_and_new_one_after_the_other() -> None:
    change = Part("after " * 100, "summary", "before " * 100)
    read = shown(event((change,)))
    assert read.index("Before: ") < read.index("before ") < read.index("→ Now: ")


@pytest.mark.parametrize("text", HOSTILE)
def test_the_name_of_a_long_change_is_as_harmless_as_the_rest(text: str) -> None:
    change = Part("after " * 100, text, "before " * 100)
    check(findings_messages(group(event((change,))), query=QUERY))


def test_the_text_for_screen_readers_says_all_that_the_blocks_say() -> None:
    (message,) = findings_messages(group(event("Big **news** today.", SEC)), query=QUERY)
    expected = ("Big news today.", QUERY, "Press release (https://www.sec.gov/news/1)")
    assert all(words in message.text for words in expected)


@given(st.lists(events, min_size=1, max_size=4), anything)
def test_no_finding_can_ping_or_break_a_message(found: list[MonitorEvent], query: str) -> None:
    messages = findings_messages(group(*found), query=query)
    assert messages
    check(messages)


@pytest.mark.parametrize("text", HOSTILE)
def test_no_hostile_page_can_ping_or_disguise_a_link(text: str) -> None:
    messages = findings_messages(group(event(text, Source(text, text))), query=text)
    check(messages)
    for label, url in [link for message in messages for link in links(message.blocks)]:
        assert url.startswith(("http://", "https://"))
        assert url.isascii()
        host = url.split("/")[2].removeprefix("www.")
        deceives = "bank.example" in label and host != "bank.example"
        assert not deceives or f"({host})" in json.dumps(messages[0].blocks)


@pytest.mark.parametrize(
    "unit",
    ["**a ", "[a", "[a](b(", "`a", "_a", "https://a.b/(", "<https://", "\\", "&", "- \n", ")"],
)
def test_no_text_takes_long_to_read(unit: str) -> None:
    text = unit * (40_000 // len(unit))
    check(findings_messages(group(event(text)), query=QUERY))


def test_each_message_says_which_parts_of_which_findings_it_shows() -> None:
    short, long = event("short"), event("long story " * 1200, event_id="e2")
    shown = [drawn.shows for drawn in drawn_findings(group(short, long), query=QUERY)]
    parts = [part for each in shown for part in each]
    assert len(parts) == len(set(parts))
    assert {part.event_id for part in parts} == {short.event_id, long.event_id}
    assert len(shown) > 1
