"""The form for a new monitor: where it opens, what it makes, what it says at which field."""

from collections.abc import Callable
from typing import Final, cast

import httpx
import pytest

from tests.first import first_rows
from tests.flows.home import Home
from tests.flows.signed import SlackSender
from tests.flows.world import ADA, Json, World

FIELDS: Final = ("query", "only", "never", "country", "other_every")


def modals(world: World) -> list[Json]:
    """The workspace's open modals, the newest last."""
    return cast("list[Json]", world.state()["modals"])


def by_command(world: World) -> None:
    world.command("/monitor")


def by_shortcut(world: World) -> None:
    body: Json = {"team_id": world.team_id, "user": world.user, "callback_id": "new_monitor"}
    world.post("/control/slack/shortcuts", body)


def opened(world: World, how: Callable[[World], None] = by_command) -> str:
    how(world)
    (form,) = modals(world)
    return str(form["id"])


def submit(world: World, view_id: str, *, channel: str = "", **typed: object) -> Json:
    values: Json = {
        "channel": {"channel": {"selected_conversation": channel or world.channel}},
        "depth": {"depth": {"selected_option": {"value": typed.pop("depth", "lite")}}},
    }
    for menu in ("every", "delivery"):
        if chosen := typed.pop(menu, None):
            values[menu] = {menu: {"selected_option": {"value": chosen}}}
    if typed.pop("backfill", False):
        values["backfill"] = {"backfill": {"selected_options": [{"value": "backfill"}]}}
    values |= {name: {name: {"value": text}} for name, text in typed.items()}
    return world.post(f"/control/slack/views/{view_id}/submit", {"values": values})


@pytest.fixture(autouse=True)
def close_modals(world: World) -> None:
    for each in modals(world):
        world.post(f"/control/slack/views/{each['id']}/close", {"clear_all": True})


@pytest.mark.parametrize("how", [by_command, by_shortcut])
def test_the_form_starts_a_monitor_as_filled_in(world: World, how: Callable[[World], None]) -> None:
    since = world.mark("parallel")
    view_id = opened(world, how)
    submit(
        world,
        view_id,
        query="  8-K filings of Acme Corp ",
        every="other",
        other_every="36h",
        depth="base",
        only="https://SEC.gov/, ft.com\nsec.gov",
        never="reddit.com",
        country="US",
        backfill=True,
    )
    world.until_watching()
    assert modals(world) == []
    (monitor,) = world.monitors()
    assert (monitor["query"], monitor["frequency"]) == ("8-K filings of Acme Corp", "36h")
    assert monitor["processor"] == "base"
    (create,) = world.creates(since=since)
    settings = cast("Json", cast("Json", create["body"])["settings"])
    assert settings["include_backfill"] is True
    advanced = cast("Json", settings["advanced_settings"])
    assert advanced == {
        "source_policy": {
            "include_domains": ["sec.gov", "ft.com"],
            "exclude_domains": ["reddit.com"],
        },
        "location": "us",
    }
    assert cast("Json", monitor["metadata"])["user_id"] == ADA


def send(world: World, query: object, **more: object) -> httpx.Response:
    """The form as Slack would send it, whatever is in it."""
    values = {
        "query": {"query": query},
        "channel": {"channel": {"selected_conversation": world.channel}},
        "every": {"every": {"selected_option": {"value": "1d"}}},
        **more,
    }
    view: Json = {
        "id": opened(world),
        "type": "modal",
        "team_id": world.team_id,
        "callback_id": "monitor_form",
        "state": {"values": values},
    }
    user = {"id": world.user, "team_id": world.team_id}
    sent: Json = {"type": "view_submission", "team": {"id": world.team_id}, "user": user}
    return SlackSender.of(world).interaction(sent | {"trigger_id": "1.2.form", "view": view})


def test_half_an_emoji_in_a_form_is_no_fault_of_ours(world: World) -> None:
    """A client that counts characters cuts one in two."""
    answer = send(world, {"value": "rates \ud83d"})
    assert (answer.status_code, answer.text) == (200, "")
    world.until_watching()
    assert world.monitors()[0]["query"] == "rates \ufffd"


def test_what_is_wrong_with_a_field_that_is_null_is_said_beside_it(world: World) -> None:
    wrong = send(world, None, only=None).json()
    assert wrong["errors"] == {"query": "Say what to watch for, in plain words."}


def test_a_field_that_is_null_is_an_empty_one(world: World) -> None:
    """Through a socket, a form that can't be read would close, and nothing come of it."""
    answer = send(world, {"value": "rates"}, only=None, country={"country": None}, depth={})
    assert (answer.status_code, answer.text) == (200, "")
    world.until_watching()
    assert world.monitors()[0]["query"] == "rates"


def test_the_home_tab_opens_it_too(world: World) -> None:
    home = Home(world, world.user)
    home.open()
    home.press("New monitor")
    assert len(modals(world)) == 1


def test_flags_without_a_query_are_filled_in(world: World) -> None:
    world.command("/hourly", "--every 6h --deep --from sec.gov")
    (form,) = modals(world)
    for filled in ("'value': '6h'", "'value': 'base'", "'initial_value': 'sec.gov'"):
        assert filled in str(form["view"])


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    first_rows(
        3,
        [
            ({"query": " \u200b "}, "query", "Say what to watch"),
            ({"only": "sec.gov, not_a_site"}, "only", "not_a_site"),
            ({"only": "sec.gov", "never": "SEC.gov"}, "never", "both lists"),
            ({"only": ", ".join(f"s{n}.example" for n in range(201))}, "only", "200"),
            ({"country": "atlantis"}, "country", "two letters"),
            ({"every": "other", "other_every": "31d"}, "other_every", "from 1h to 30d"),
            ({"every": "other", "other_every": " "}, "other_every", "Say how often"),
        ],
    ),
)
def test_an_error_stands_at_its_field_and_nothing_is_made(
    world: World, typed: dict[str, str], field: str, words: str
) -> None:
    since = world.mark("parallel")
    view_id = opened(world)
    answer = submit(world, view_id, **{"query": "rates", **typed})
    errors = cast("dict[str, str]", cast("Json", answer["answer"])["errors"])
    assert list(errors) == [field]
    assert words in errors[field]
    assert [each["id"] for each in modals(world)] == [view_id]
    assert world.creates(since=since) == []
    assert (
        submit(world, view_id, query="rates", every="1d", only="", never="", country="")[
            "response_action"
        ]
        is None
    )
    world.until_watching()


@pytest.mark.parametrize(
    ("query", "words"),
    [("fusion AND tokamak", "operators"), ("what Acme did in 2019", "a year that is over")],
)
def test_advice_is_given_once_and_refuses_nothing(world: World, query: str, words: str) -> None:
    view_id = opened(world)
    assert submit(world, view_id, query=query, only="sec.gov")["response_action"] == "update"
    (form,) = modals(world)
    for said in (words, query, "sec.gov", world.channel):
        assert said in str(form["view"])
    assert world.messages() == []
    assert submit(world, view_id, query=query, only="sec.gov")["response_action"] is None
    world.until_watching()
    assert world.monitors()[0]["query"] == query


def test_a_private_channel_without_the_app_is_told_where_the_form_was_sent(world: World) -> None:
    private = world.room("private")
    view_id = opened(world)
    submit(world, view_id, channel=private.channel, query="rates")
    (said,) = private.until(private.whispers)
    assert "/invite" in said
    assert private.messages() == []
