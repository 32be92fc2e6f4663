"""Slash commands: their flags, what is refused, list, help, and a command without a query."""

from collections.abc import Mapping
from typing import cast

import pytest

from tests.first import first, first_rows
from tests.flows.world import BEN, Json, World


def settings_of(monitor: Json) -> Json:
    """Frequency, processor and the rest as Parallel was told."""
    settings = cast("Json", monitor["settings"])
    advanced = cast("Json", settings.get("advanced_settings") or {})
    policy = cast("Json", advanced.get("source_policy") or {})
    return {
        "query": settings["query"],
        "every": monitor["frequency"],
        "processor": monitor["processor"],
        "from": policy.get("include_domains"),
        "not": policy.get("exclude_domains"),
        "in": advanced.get("location"),
        "backfill": settings.get("include_backfill"),
    }


def asked_for(world: World) -> Json:
    """What the one request to make a monitor in the channel said, with Parallel's defaults."""
    (asked,) = [
        body
        for each in world.creates()
        if cast("Json", (body := cast("Json", each["body"]))["metadata"])["slack_channel_id"]
        == world.channel
    ]
    return settings_of({"processor": "lite", **asked})


PLAIN = {"every": "1d", "processor": "lite", "from": None, "not": None, "in": None}


@pytest.mark.parametrize(
    ("text", "asked"),
    first_rows(
        3,
        [
            ("--every 6h 8-K filings", {"every": "6h"}),
            ("--every=30d 8-K filings", {"every": "30d"}),
            ("—every 2w 8-K filings", {"every": "2w"}),
            ("\u2013every “6h” 8-K filings", {"every": "6h"}),
            ("--every weekly 8-K filings", {"every": "1w"}),
            ("--deep 8-K filings", {"processor": "base"}),
            ("--from sec.gov,ft.com 8-K filings", {"from": ["sec.gov", "ft.com"]}),
            ("--not https://reddit.com 8-K filings", {"not": ["reddit.com"]}),
            ("--in US 8-K filings", {"in": "us"}),
            ("--backfill 8-K filings", {"backfill": True}),
        ],
    ),
)
def test_a_flag_before_the_query_reaches_parallel(
    world: World, text: str, asked: Mapping[str, object]
) -> None:
    world.watch(text)
    told = asked_for(world)
    assert told == {**PLAIN, "backfill": told["backfill"], "query": "8-K filings", **asked}


def test_all_flags_together_are_told_on_the_card(world: World) -> None:
    thread, _ = world.watch(
        "--every 6h --deep --from sec.gov --not reddit.com --in us --backfill 8-K filings"
    )
    (card,) = world.cards()
    for said in ("every 6 hours", "sec.gov", "reddit.com", "US", "8-K filings"):
        assert said in str(card["blocks"]), said
    assert thread.ts == card["ts"]
    assert world.monitors()[0]["frequency"] == "6h"


def test_flags_after_the_query_began_belong_to_the_query(world: World) -> None:
    world.watch("what --every does, and `--deep` too")
    assert world.monitors()[0]["query"] == "what --every does, and `--deep` too"


@pytest.mark.parametrize(
    ("text", "explanation"),
    first_rows(
        3,
        [
            ("--evry 6h rates", "--every"),
            ("--every 5m rates", "6h"),
            ("--every 31d rates", "from 1h to 30d"),
            ("--every 0h rates", "from 1h to 30d"),
            ("--every", "needs a value"),
            ("--every --deep rates", "needs a value"),
            ("--in atlantis rates", "country code"),
            ("--from not_a_domain rates", "isn't a website"),
            ("--from sec.gov --not sec.gov rates", "Keep one."),
            ("--deep=yes rates", "doesn't take a value"),
            ("--colour red rates", "I don't know --colour"),
        ],
    ),
)
def test_a_flag_that_cannot_be_taken_is_explained_and_nothing_is_made(
    world: World, text: str, explanation: str
) -> None:
    since = world.mark("parallel")
    answer = cast("Json", world.command("/monitor", text)["answer"])
    assert explanation in str(answer["text"])
    assert answer["response_type"] == "ephemeral"
    assert world.messages() == []
    assert world.creates(since=since) == []


@pytest.mark.parametrize("text", first(1, ["", "   ", "--deep", "\u200b"]))
@pytest.mark.parametrize("command", ["/monitor", "/hourly"])
def test_without_a_form_a_command_without_a_query_explains_how_to_use_it(
    world: World, command: str, text: str
) -> None:
    world.fault("slack", "error:expired_trigger_id", match="views.open", times=1)
    answer = cast("Json", world.command(command, text)["answer"])
    assert "What should I watch?" in str(answer["text"])
    assert "/monitor latest AI research papers" in str(answer["text"])
    assert world.messages() == []


@pytest.mark.parametrize("text", first(1, ["help", "HELP", " help "]))
def test_help_as_the_whole_text_explains_and_as_part_of_a_query_it_is_watched(
    world: World, text: str
) -> None:
    answer = cast("Json", world.command("/monitor", text)["answer"])
    assert "cancelmonitor" in str(answer["text"])
    world.watch("help wanted ads of Acme Corp")
    assert [each["query"] for each in world.monitors()] == ["help wanted ads of Acme Corp"]


def test_help_tells_commands_replies_and_whose_account_pays(world: World) -> None:
    answer = cast("Json", world.command("/help")["answer"])
    text = str(answer["text"])
    for said in ("/monitor", "/hourly", "/help", "--every", "cancelmonitor", "run now", "status"):
        assert said in text, said
    # The last characters of the operator's key, never the key.
    assert "key …7c1e" in text
    assert "sandbox-parallel-key-7c1e" not in text


def test_list_shows_the_workspaces_monitors_to_who_asked_alone(world: World) -> None:
    world.watch("interest <rates> & *bonds*")
    thread, _ = world.watch("new papers on fusion")
    world.command("/monitor", "list", user=BEN)
    (listed,) = world.until(lambda: [each for each in world.whispers() if "in this" in each])
    assert "interest &lt;rates&gt; &amp; *bonds*" in listed
    assert "new papers on fusion" in listed
    assert f"/archives/{thread.channel}/p{thread.ts.replace('.', '')}" in listed
    assert len(world.cards()) == 2


def test_a_cancelled_monitor_is_listed_no_more(world: World) -> None:
    thread, _ = world.watch("a query that ends soon")
    world.say("cancelmonitor", thread=thread)
    world.until(lambda: world.replies(thread))
    world.command("/monitor", "list")
    listed = world.until(world.whispers)
    assert "a query that ends soon" not in listed[-1]


def test_a_query_that_begins_with_list_is_watched(world: World) -> None:
    world.watch("list of banned books in Texas")
    assert world.monitors()[0]["query"] == "list of banned books in Texas"


def test_a_command_is_answered_by_its_card_and_nothing_else_stays(world: World) -> None:
    answer = world.command("/monitor", "new papers on fusion", user=BEN)
    assert answer["status"] == 200
    assert not answer["answer"]
    world.until_watching()
    assert world.whispers() == []
    (card,) = world.cards()
    assert card["pings"] == [f"<@{BEN}>"]


def test_the_card_carries_run_now_and_a_cancel_that_asks_first(world: World) -> None:
    thread, monitor_id = world.watch("new papers on fusion")
    assert world.buttons(thread) == ["Check now", "Edit", "History", "Cancel"]
    (card,) = world.cards()
    actions = next(b for b in cast("list[Json]", card["blocks"]) if b["type"] == "actions")
    elements = cast("list[Json]", actions["elements"])
    assert [each["value"] for each in elements if each["type"] == "button"] == [monitor_id] * 4
    assert "confirm" in elements[3]


def test_the_monitors_metadata_names_its_thread_and_who_made_it(world: World) -> None:
    thread, _ = world.watch("new papers on fusion")
    (monitor,) = world.monitors()
    metadata = cast("dict[str, str]", monitor["metadata"])
    assert len(metadata["signature"]) == 32
    assert metadata == {
        "signature": metadata["signature"],
        "slack_thread_id": thread.ts,
        "slack_channel_id": world.channel,
        "slack_team_id": world.team_id,
        "slack_app_id": "A0SANDBOX01",
        "user_id": world.user,
        "policy": "{}",
    }
