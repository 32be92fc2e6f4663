"""A finding that isn't relevant: its websites are left out, or the query says more exactly."""

from typing import cast

from tests.flows.forms import (
    at_parallel,
    errors_of,
    field_value,
    forms,
    shown_in_form,
    submit,
    until_form,
)
from tests.flows.on_card import policy
from tests.flows.world import Json, Thread, World, shown_in


def news(text: str, *urls: str) -> Json:
    citations = [{"url": url, "title": "Page"} for url in urls]
    basis = [{"field": "output", "reasoning": "", "citations": citations, "confidence": "high"}]
    output = {"type": "text", "content": text, "basis": basis}
    return {"event_type": "event_stream", "event_date": "2026-04-01", "output": output}


def found(world: World, thread: Thread, words: str) -> Thread:
    """The message with a finding."""

    def look() -> str | None:
        messages = world.reply_messages(thread)
        return next((str(each["ts"]) for each in messages if words in str(each["text"])), None)

    return Thread(thread.channel, world.until(look))


def open_for(world: World, thread: Thread, words: str, *, user: str = "") -> Json:
    world.click(found(world, thread, words), "not_relevant", user=user)
    return until_form(world, user=user)


def offered(view: Json) -> list[str]:
    return [
        str(option["value"])
        for block in cast("list[dict[str, dict[str, list[Json]]]]", view["blocks"])
        if str(block.get("block_id")).startswith("hosts")
        for option in block.get("element", {}).get("options", [])
    ]


def excluded(world: World, monitor_id: str) -> list[str]:
    settings = cast("dict[str, dict[str, Json]]", at_parallel(world, monitor_id)["settings"])
    policy = (settings.get("advanced_settings") or {}).get("source_policy") or {}
    return cast("list[str]", policy.get("exclude_domains", []))


def test_a_website_is_left_out_once_the_change_was_shown(world: World) -> None:
    thread, monitor_id = world.watch("--not reddit.com batteries for ships")
    urls = ("https://www.spam.example/a", "https://spam.example/b", "https://good.example/c")
    world.run(monitor_id, events=[news("A rumour", *urls)])
    form = open_for(world, thread, "A rumour")
    assert offered(form) == ["spam.example", "good.example"]
    assert field_value(form, "query") == "batteries for ships"
    assert submit(world, form, hosts=["spam.example"])["response_action"] == "update"
    preview = until_form(world)
    assert "This will change: spam.example left out." in shown_in_form(preview)
    assert excluded(world, monitor_id) == ["reddit.com"]
    assert submit(world, preview)["response_action"] is None
    world.until(lambda: "Changed by Ada Admin: spam.example left out." in world.replies(thread))
    assert excluded(world, monitor_id) == ["reddit.com", "spam.example"]
    # What is left out already isn't offered again.
    world.run(monitor_id, events=[news("An echo", *urls)])
    assert offered(open_for(world, thread, "An echo")) == ["good.example"]


def test_the_query_says_more_exactly_what_is_wanted(world: World) -> None:
    thread, monitor_id = world.watch("batteries for electric trucks")
    world.run(monitor_id, events=[news("Toy trucks", "https://toys.example/x")])
    form = open_for(world, thread, "Toy trucks")
    submit(world, form, query="batteries for heavy electric trucks")
    preview = until_form(world)
    assert "→ “batteries for heavy electric trucks”" in shown_in_form(preview)
    submit(world, preview)
    world.until(lambda: any("heavy electric" in each for each in world.replies(thread)))
    (made,) = world.monitors()
    assert (made["monitor_id"], made["query"]) == (
        monitor_id,
        "batteries for heavy electric trucks",
    )


def test_the_floor_is_raised_once_the_change_was_shown(world: World) -> None:
    thread, monitor_id = world.watch("batteries for submarines")
    world.run(monitor_id, events=[news("A guess", "https://guess.example/x")])
    form = open_for(world, thread, "A guess")
    assert "Which findings?" in shown_in_form(form)
    assert submit(world, form, floor="high")["response_action"] == "update"
    preview = until_form(world)
    assert "This will change: any confidence → only high confidence." in shown_in_form(preview)
    assert "delivery" not in policy(world, monitor_id)
    since = world.mark("parallel")
    submit(world, preview)
    said = "Changed by Ada Admin: any confidence → only high confidence."
    world.until(lambda: said in world.replies(thread))
    assert policy(world, monitor_id)["delivery"] == {"floor": "high"}
    # Nothing else is sent to Parallel.
    sent = [each["body"] for each in world.requests("parallel", since=since)]
    assert [set(body) for body in cast("list[Json]", sent) if body] == [{"metadata"}]
    assert "only high confidence" in shown_in(world.cards()[0])
    guess = news("Another guess", "https://guess.example/y")
    cast("list[Json]", cast("Json", guess["output"])["basis"])[0]["confidence"] = "low"
    world.run(monitor_id, events=[guess])
    world.until(lambda: "1 finding below the confidence floor" in shown_in(world.cards()[0]))
    assert not any("Another guess" in each for each in world.replies(thread))


def test_a_form_without_a_change_says_what_to_do(world: World) -> None:
    thread, monitor_id = world.watch("batteries for planes")
    world.run(monitor_id, events=[news("Kites", "https://kites.example/x")])
    form = open_for(world, thread, "Kites")
    assert "Choose a website" in errors_of(submit(world, form))["query"]
    assert len(forms(world)) == 1


def test_a_website_that_is_asked_for_by_name_is_not_offered(world: World) -> None:
    thread, monitor_id = world.watch("--from sec.gov batteries for trams")
    world.run(monitor_id, events=[news("A filing", "https://www.sec.gov/x")])
    assert offered(open_for(world, thread, "A filing")) == []


def test_each_finding_has_its_own_button_and_its_own_websites(world: World) -> None:
    thread, monitor_id = world.watch("batteries for bikes")
    many = [news(f"Finding no {n}", f"https://site{n}.example/x") for n in range(2)]
    world.run(monitor_id, events=many)
    message = found(world, thread, "Finding no 0")
    (whole,) = world.reply_messages(thread)
    assert world.buttons(message).count("Not relevant") == 2
    blocks = cast("list[Json]", whole["blocks"])
    rows = [str(each["block_id"]) for each in blocks if each["type"] == "actions"]
    sites: list[str] = []
    for row in rows:
        press: Json = {"message_ts": message.ts, "channel": message.channel, "block_id": row}
        who: Json = {"team_id": world.team_id, "user": world.user, "action_id": "not_relevant"}
        world.post("/control/slack/actions", press | who)
        sites += world.until(lambda: offered(until_form(world)))
        for each in forms(world):
            world.post(f"/control/slack/views/{each['id']}/close", {"clear_all": True})
    assert sorted(sites) == ["site0.example", "site1.example"]
    assert "high confidence" in shown_in(whole)
    assert "Dated 1 April 2026" in shown_in(whole)


def test_of_many_sources_three_are_named(world: World) -> None:
    thread, monitor_id = world.watch("batteries for buses")
    world.run(monitor_id, events=[news("Buses", *(f"https://s{n}.example/x" for n in range(14)))])
    found(world, thread, "Buses")
    (whole,) = world.reply_messages(thread)
    shown = shown_in(whole)
    assert "s2.example" in shown
    assert "s3.example" not in shown
    assert "+ 11 more" in shown
    # Slack's most for checkboxes.
    assert len(offered(open_for(world, thread, "Buses"))) == 10


def test_a_finding_of_a_monitor_that_ended_says_so(world: World) -> None:
    thread, monitor_id = world.watch("batteries for boats")
    world.run(monitor_id, events=[news("Boats", "https://boats.example/x")])
    message = found(world, thread, "Boats")
    world.say("cancelmonitor", thread=thread)
    world.until(lambda: "Cancelled." in " ".join(world.replies(thread)))
    world.click(message, "not_relevant")
    world.until(lambda: any("is cancelled" in str(each["view"]) for each in forms(world)))
