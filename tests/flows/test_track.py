"""*Track these fields* in the form: a lookup of their values, then a monitor of their changes."""

from typing import Final, cast
from uuid import uuid4

import pytest

from tests.first import first_rows
from tests.flows.world import Json, Thread, World, shown_in

RUNS: Final = "/v1/tasks/runs"
RARE: Final = pytest.mark.thorough
CREATE: Final = f"POST {RUNS}"
FIELDS: Final = "price, release date, and CEO"
CITATIONS: Final[list[Json]] = [{"url": "https://example.org/rocket", "title": "The rocket"}]


@pytest.fixture(autouse=True)
def alone(world: World) -> None:
    """A run ends when the test says so; no form is open."""
    world.change("/control/parallel/settings", task_seconds=3600)
    for each in cast("list[Json]", world.state()["modals"]):
        world.post(f"/control/slack/views/{each['id']}/close", {"clear_all": True})


def submit(world: World, **typed: object) -> tuple[str, Json]:
    """Fill in the form: the query, and the answer."""
    world.command("/monitor")
    (form,) = cast("list[Json]", world.state()["modals"])
    query = f"rocket {uuid4().hex[:8]}"
    values: Json = {
        "channel": {"channel": {"selected_conversation": world.channel}},
        "depth": {"depth": {"selected_option": {"value": "lite"}}},
    }
    for name in ("backfill", "fields_of_news"):
        if typed.pop(name, False):
            values[name] = {name: {"selected_options": [{"value": name}]}}
    lines = {"query": query, "fields": FIELDS, **typed}
    values |= {name: {name: {"value": text}} for name, text in lines.items()}
    return query, world.post(f"/control/slack/views/{form['id']}/submit", {"values": values})


def errors(answer: Json) -> dict[str, str]:
    return cast("dict[str, str]", cast("Json", answer["answer"])["errors"])


def runs(world: World, query: str) -> list[Json]:
    found = cast("list[Json]", world.get("/control/parallel/state")["tasks"])
    return [each for each in found if each["input"] == query]


def until_run(world: World, query: str) -> str:
    return str(world.until(lambda: runs(world, query))[0]["run_id"])


def end(world: World, run_id: str, **change: object) -> None:
    world.change(f"/control/parallel/tasks/{run_id}", **change)


def values(**content: str) -> Json:
    basis: list[Json] = [
        {"field": name, "reasoning": "r", "citations": CITATIONS} for name in content
    ]
    return {"type": "json", "content": content, "basis": basis}


FIRST: Final = values(price="$30,000", release_date="March 2027", CEO="Ann")


def the_card(world: World) -> Json:
    (card,) = world.until(world.cards)
    return card


def until_card(world: World, words: str) -> str:
    return world.until(
        lambda: text if words in (text := shown_in(the_card(world)) + "\n") else None
    )


def bodies(world: World, since: int, path: str) -> list[Json]:
    asked = world.requests("parallel", since=since)
    return [
        cast("Json", each["body"])
        for each in asked
        if (each["method"], each["path"]) == ("POST", path)
    ]


def test_the_values_are_looked_up_and_their_changes_are_posted(world: World) -> None:
    since = world.mark("parallel")
    query, _ = submit(world, only="example.org", country="us")
    run_id = until_run(world, query)
    until_card(world, "Looking up price, release date and CEO. Parallel will begin in a moment.")
    end(world, run_id, status="running")
    until_card(world, "Parallel is reading its sources.")
    assert world.monitors() == []
    end(world, run_id, output=FIRST)
    thread, monitor_id = world.until_watching()
    (task,) = bodies(world, since, RUNS)
    assert (task["input"], task["processor"]) == (query, "base")
    schema = cast("Json", cast("Json", task["task_spec"])["output_schema"])
    shape = cast("Json", schema["json_schema"])
    assert shape["required"] == ["price", "release_date", "CEO"]
    assert task["source_policy"] == {"include_domains": ["example.org"]}
    assert task["advanced_settings"] == {"location": "us"}
    (monitor,) = bodies(world, since, "/v1/monitors")
    assert (monitor["type"], monitor["settings"]) == ("snapshot", {"task_run_id": run_id})
    card = until_card(world, "tracks price, release date, CEO")
    assert query in card
    (first,) = world.until(lambda: world.reply_messages(thread))
    for words in ("The values today", "price: $30,000", "release date: March 2027", "The rocket"):
        assert words in shown_in(first).replace("\n", ""), words
    changed: Json = {
        "event_type": "snapshot",
        "event_date": "2026-11",
        "changed_output": values(price="$31,500"),
        "previous_output": FIRST,
    }
    world.run(monitor_id, events=[changed])
    _, change = world.until(
        lambda: seen if len(seen := world.reply_messages(thread)) == 2 else None
    )
    assert "price: $30,000 → $31,500" in shown_in(change).replace("\n", "")
    assert world.buttons(Thread(thread.channel, str(change["ts"]))) == [
        "Not relevant",
        "Research this",
    ]


def test_news_can_come_with_fields(world: World) -> None:
    since = world.mark("parallel")
    query, _ = submit(world, fields_of_news=True, backfill=True)
    world.until_watching()
    (monitor,) = bodies(world, since, "/v1/monitors")
    settings = cast("Json", monitor["settings"])
    assert (monitor["type"], settings["query"], settings["include_backfill"]) == (
        "event_stream",
        query,
        True,
    )
    schema = cast("Json", settings["output_schema"])
    assert cast("Json", schema["json_schema"])["required"] == ["price", "release_date", "CEO"]
    until_card(world, "with price, release date, CEO")
    assert runs(world, query) == []


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"fields": "price"}, "fields", "3 to 5 fields"),
        ({"fields": "", "fields_of_news": True}, "fields_of_news", "Name the fields"),
    ],
)
def test_what_cannot_be_tracked_is_said_at_its_field(
    world: World, typed: dict[str, object], field: str, words: str
) -> None:
    query, answer = submit(world, **typed)
    assert list(errors(answer)) == [field]
    assert words in errors(answer)[field]
    assert (world.messages(), runs(world, query)) == ([], [])


@pytest.mark.parametrize(
    ("fields", "keys"),
    first_rows(
        1,
        [
            ("Preis;\nErscheinungsdatum\nVorstand", ["Preis", "Erscheinungsdatum", "Vorstand"]),
            ("価格、発売日、社長", ["価格", "発売日", "社長"]),
            ("R&D costs, 2027 price ($), *CEO*", ["R_D_costs", "2027_price", "CEO"]),
        ],
    ),
)
def test_fields_are_taken_in_any_plain_words(world: World, fields: str, keys: list[str]) -> None:
    since = world.mark("parallel")
    query, _ = submit(world, fields=fields)
    until_run(world, query)
    (task,) = bodies(world, since, RUNS)
    assert str(keys)[1:-1] in str(task["task_spec"])


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        ({"status": "failed", "error": "No <such> rocket"}, "“No &lt;such&gt; rocket”"),
        pytest.param({"status": "cancelled"}, "couldn't look up the first values", marks=RARE),
        pytest.param({"status": "action_required"}, "couldn't look up the", marks=RARE),
    ],
)
def test_a_lookup_that_fails_is_told_on_the_card(world: World, outcome: Json, words: str) -> None:
    query, _ = submit(world)
    end(world, until_run(world, query), **outcome)
    card = world.until(
        lambda: (
            text
            if (text := str(the_card(world)["text"])).startswith("Couldn't start this monitor.")
            else None
        )
    )
    assert words in card
    assert world.monitors() == []


@pytest.mark.parametrize(
    ("status", "words"),
    first_rows(
        2,
        [
            (401, "no longer accepts the API key"),
            (402, "has no credit left"),
            (403, "isn't allowed to do that"),
            (422, "Change the query or the options"),
        ],
    ),
)
def test_a_refused_lookup_is_told_on_the_card(world: World, status: int, words: str) -> None:
    world.fault("parallel", f"status:{status}", match=CREATE, times=1)
    submit(world)
    assert words in until_card(world, "Couldn't start this monitor.")
    assert world.monitors() == []


@pytest.mark.parametrize(
    "kind", ["drop_after", *(pytest.param(k, marks=RARE) for k in ("drop_before", "500"))]
)
def test_a_lookup_whose_answer_is_lost_is_not_repeated(world: World, kind: str) -> None:
    since = world.mark("parallel")
    world.fault("parallel", kind, match=CREATE, times=1)
    submit(world)
    assert "can't tell whether" in until_card(world, "Couldn't start this monitor.")
    assert len(bodies(world, since, RUNS)) == 1


@pytest.mark.parametrize("match", [CREATE, f"GET {RUNS}/*", f"GET {RUNS}/*/result"])
@pytest.mark.parametrize("kind", ["429", pytest.param("status:408", marks=RARE)])
def test_a_busy_parallel_only_delays_it(world: World, match: str, kind: str) -> None:
    since = world.mark("parallel")
    world.fault("parallel", kind, match=match, times=1, seconds=0.2)
    query, _ = submit(world)
    end(world, until_run(world, query), output=FIRST)
    thread, _ = world.until_watching()
    assert len(bodies(world, since, RUNS)) <= 2
    assert len(runs(world, query)) == 1
    assert len(world.replies(thread)) == 1


@pytest.mark.parametrize(
    "kind", ["drop_after", *(pytest.param(k, marks=RARE) for k in ("429", "500"))]
)
def test_the_first_values_are_posted_once_although_slack_fails(world: World, kind: str) -> None:
    query, _ = submit(world)
    run_id = until_run(world, query)
    world.fault("slack", kind, match="chat.postMessage", times=1, seconds=0.2)
    end(world, run_id, output=FIRST)
    thread, _ = world.until_watching()
    assert len(world.replies(thread)) == 1
    assert len(world.monitors()) == 1


def test_it_can_be_called_off_while_it_is_looked_up(world: World) -> None:
    query, _ = submit(world)
    run_id = until_run(world, query)
    thread = Thread(world.channel, str(the_card(world)["ts"]))
    world.say("cancelmonitor", thread=thread)
    world.until(lambda: world.replies(thread))
    end(world, run_id, output=FIRST)
    until_card(world, "Cancelled by")
    world.watch("something else, whose turn comes later")
    assert len(world.monitors()) == 1
    assert len(world.replies(thread)) == 1
