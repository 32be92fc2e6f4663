"""The first message of a thread."""

import re
from dataclasses import replace
from datetime import UTC, datetime, time

import pytest
from inline_snapshot import external_file

from monitors.blocks.card import card_message
from monitors.model.card import Cancelled, Card, CardState, NotMade, OnHold, SettingUp, Watching
from monitors.model.delivery_policy import DeliveryPolicy, Floor, Mode, QuietHours
from monitors.model.edit import MonitorSettings
from tests.monitors.blocks.arrange import HOSTILE
from tests.monitors.blocks.reading import as_json, buttons, faults, pings, texts, visible

NAMED = ("U0ANN", "U0BOB")
CHECKED = datetime(2026, 10, 1, 12, 30, tzinfo=UTC)
SETTINGS = MonitorSettings("latest AI research papers", "1d", "lite")
CARD = Card(SETTINGS, "U0ANN", Watching("monitor_1", last_checked_at=CHECKED))
STATES: tuple[CardState, ...] = (
    SettingUp(),
    SettingUp(trouble="Parallel is busy; trying again in a minute."),
    Watching("monitor_1"),
    Watching("monitor_1", last_checked_at=CHECKED),
    OnHold("monitor_1", "U0BOB"),
    OnHold("monitor_1", "", until=CHECKED),
    Cancelled(),
    Cancelled(by_user_id="U0BOB"),
    NotMade("The Parallel account has no credit left. Top it up, then try again."),
)


def test_a_watching_card_as_people_see_it() -> None:
    settings = replace(
        SETTINGS,
        frequency="6h",
        processor="base",
        include_domains=("sec.gov", ".edu"),
        exclude_domains=("reddit.com",),
        location="us",
    )
    card = replace(CARD, settings=settings)
    assert as_json(card_message(card)) == external_file("snapshots/card_watching.json")


def test_a_card_being_set_up_as_people_see_it() -> None:
    card = replace(CARD, state=STATES[1])
    assert as_json(card_message(card)) == external_file("snapshots/card_setting_up.json")


def test_a_cancelled_card_as_people_see_it() -> None:
    card = replace(CARD, state=Cancelled(by_user_id="U0ANN"))
    assert as_json(card_message(card)) == external_file("snapshots/card_cancelled.json")


def test_a_card_of_a_monitor_that_was_not_made_as_people_see_it() -> None:
    card = replace(CARD, state=STATES[-1])
    assert as_json(card_message(card)) == external_file("snapshots/card_not_made.json")


@pytest.mark.parametrize("state", STATES)
def test_a_card_has_buttons_while_its_monitor_goes_on(state: CardState) -> None:
    rest = ["Edit", "History", "Cancel"] if isinstance(state, Watching | OnHold) else []
    expected = ["Check now", *rest] if isinstance(state, Watching) else rest
    assert list(buttons(card_message(replace(CARD, state=state)).blocks)) == expected


def test_the_buttons_carry_the_monitor_and_cancelling_asks_first() -> None:
    found = buttons(card_message(CARD).blocks)
    assert (found["Check now"]["action_id"], found["Check now"]["value"]) == (
        "run_now",
        "monitor_1",
    )
    cancel = found["Cancel"]
    assert (cancel["action_id"], cancel["value"]) == ("cancel_monitor", "monitor_1")
    assert "style" not in cancel
    assert "confirm" in cancel


@pytest.mark.parametrize("state", STATES)
def test_who_started_and_who_cancelled_is_named_and_nobody_else(state: CardState) -> None:
    message = card_message(replace(CARD, state=state))
    mentions = [text for text in texts(message.blocks, "mrkdwn") if "<@" in text]
    by_ben: dict[CardState, list[str]] = {
        Cancelled(by_user_id="U0BOB"): [
            "*Cancelled by <@U0BOB>.* Nothing more will be posted here."
        ],
        OnHold("monitor_1", "U0BOB"): ["*Paused by <@U0BOB>.* What it finds waits."],
    }
    expected = by_ben.get(state, [])
    assert mentions == [*expected, "Started by <@U0ANN>"]
    assert re.findall("<@[^>]*>", message.text) == re.findall("<@[^>]*>", " ".join(mentions))


@pytest.mark.parametrize("user_id", ["", "U1> <!channel", "u1|x", "U" * 60])
def test_what_is_no_user_id_is_not_mentioned(user_id: str) -> None:
    message = card_message(replace(CARD, user_id=user_id))
    assert "<@" not in visible(message.blocks)
    assert not pings(message, but=NAMED)


@pytest.mark.parametrize("length", [1, 2999, 3000, 3001, 6000])
def test_a_long_query_is_shown_to_the_letter(length: int) -> None:
    query = "".join(chr(ord("a") + at % 26) for at in range(length))
    message = card_message(replace(CARD, settings=replace(SETTINGS, query=query)))
    assert query in visible(message.blocks)
    assert not faults(message.blocks)


def test_a_query_of_ampersands_is_shown_to_the_letter_too() -> None:
    message = card_message(replace(CARD, settings=replace(SETTINGS, query="&<>" * 1000)))
    assert "&<>" * 1000 in visible(message.blocks)
    assert not faults(message.blocks)


def test_a_query_longer_than_a_message_says_how_much_is_missing() -> None:
    message = card_message(replace(CARD, settings=replace(SETTINGS, query="x" * 7234)))
    assert "… and 1,234 more characters" in visible(message.blocks)
    assert not faults(message.blocks)


def test_the_text_stays_short_enough_for_an_update() -> None:
    message = card_message(
        replace(CARD, settings=replace(SETTINGS, query="<&>" * 3000), state=NotMade("&" * 9000))
    )
    assert len(message.text) <= 4000


def test_a_query_keeps_its_lines_and_its_quotes() -> None:
    query = '"first"\n  second\n\n\tthird'
    assert query in texts(
        card_message(replace(CARD, settings=replace(SETTINGS, query=query))).blocks, "text"
    )


def test_many_domains_are_counted() -> None:
    domains = tuple(f"site{number}.example" for number in range(200))
    message = card_message(replace(CARD, settings=replace(SETTINGS, include_domains=domains)))
    assert "site9.example and 190 more" in visible(message.blocks)
    assert not faults(message.blocks)


@pytest.mark.parametrize(
    ("frequency", "processor", "price"),
    [
        ("1h", "lite", "about $2.16"),
        ("1h", "base", "about $7.20"),
        ("1d", "lite", "about $0.09"),
        ("30d", "lite", "less than $0.01"),
    ],
)
def test_the_price_is_an_estimate_for_a_month(frequency: str, processor: str, price: str) -> None:
    message = card_message(
        replace(CARD, settings=replace(SETTINGS, frequency=frequency, processor=processor))
    )
    assert f"{price} a month" in visible(message.blocks)


def test_what_parallel_may_add_one_day_is_shown_plainly() -> None:
    message = card_message(
        replace(CARD, settings=replace(SETTINGS, frequency="<!here>5x", processor="ultra"))
    )
    shown = texts(message.blocks, "plain_text")
    assert shown[0] == "frequency: <!here>5x · processor: ultra"
    assert "$" not in visible(message.blocks)
    assert not pings(message, but=NAMED)


def test_a_digest_and_what_was_left_out_are_in_the_line_of_state() -> None:
    quiet = QuietHours(time(22), time(7, 5))
    digest = DeliveryPolicy(Mode.WEEKLY, time(12), 2, quiet, zone="Europe/Berlin")
    message = card_message(replace(CARD, delivery=digest, left_out=1234))
    line = "Weekly digest on Wednesdays at 12:00 PM · 1,234 findings below the confidence floor"
    assert texts(message.blocks, "mrkdwn")[0].endswith(line)
    assert line in message.text
    at_once = replace(digest, mode=Mode.AS_IT_HAPPENS, floor=Floor.HIGH, in_channel=True)
    message = card_message(replace(CARD, delivery=replace(at_once, mentions_owner=True)))
    rest = (
        "quiet from 10:00 PM to 7:05 AM · times in Europe/Berlin · only high confidence · findings "
        "also in the channel · mentions the owner"
    )
    assert rest in visible(message.blocks)
    assert "digest" not in visible(message.blocks)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("text", HOSTILE)
def test_no_query_can_ping_or_break_a_card(text: str, state: CardState) -> None:
    card = replace(
        CARD,
        settings=replace(SETTINGS, query=text, include_domains=(text,), location=text),
        state=state,
    )
    message = card_message(card)
    assert not faults(message.blocks)
    assert not pings(message, but=NAMED)
    message.text.encode()


@pytest.mark.parametrize("text", HOSTILE)
def test_no_reason_can_ping_or_break_a_card(text: str) -> None:
    for state in (NotMade(text), SettingUp(text), Watching(f"monitor_{text}")):
        message = card_message(replace(CARD, state=state))
        assert not faults(message.blocks)
        assert not pings(message, but=NAMED)


def test_a_time_without_zone_counts_as_utc() -> None:
    naive = replace(CARD, state=Watching("monitor_1", CHECKED.replace(tzinfo=None)))
    assert card_message(naive) == card_message(CARD)
