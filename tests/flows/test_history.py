"""What a monitor found and how its checks went: the button *History*, the reply `history`."""

from typing import cast

from tests.flows.findings import finding
from tests.flows.home import Home
from tests.flows.lists import queries_in
from tests.flows.world import BEN, Json, Thread, World


def press(world: World, thread: Thread, *, user: str = "") -> Home:
    world.click(thread, "history", user=user)
    home = Home(world, user or world.user)
    world.until(lambda: "One moment" not in home.until_modal())
    return home


def shown(home: Home) -> list[str]:
    """The findings in the modal."""
    modal = home.modal()
    return queries_in(modal["blocks"]) if modal else []


def run(world: World, monitor_id: str, count: int, *, begin: int = 0) -> None:
    for number in range(begin, begin + count):
        world.run(monitor_id, events=[finding(f"finding number {number}")])


def turn(home: Home, label: str) -> list[str]:
    before = shown(home)
    home.press(label)
    return home.world.until(lambda: found if (found := shown(home)) != before else None)


def test_all_that_was_found_is_paged_and_nothing_is_missing_or_doubled(world: World) -> None:
    thread, monitor_id = world.watch("new papers on fusion")
    run(world, monitor_id, 40)
    home = press(world, thread)
    pages = [shown(home)]
    # What comes in between moves no page.
    run(world, monitor_id, 2, begin=40)
    while "Older" in labels(home):
        pages.append(turn(home, "Older"))
    assert "Parallel lists nothing older." in home.until_modal()
    found = [each for page in pages for each in page]
    assert found == [f"finding number {each}" for each in reversed(range(40))]
    for earlier in reversed(pages[1:-1]):
        assert turn(home, "Newer") == earlier
    assert turn(home, "Newer")[0] == "finding number 41"
    assert "Newer" not in labels(home)
    home.close()


def labels(home: Home) -> list[str]:
    modal = home.modal()
    blocks = cast("list[dict[str, list[Json]]]", modal["blocks"] if modal else [])
    elements = [each for block in blocks for each in block.get("elements", [])]
    return [str(cast("Json", e["text"])["text"]) for e in elements if e["type"] == "button"]


def test_checks_that_found_nothing_share_a_line_and_failed_ones_say_why(world: World) -> None:
    thread, monitor_id = world.watch("new papers on fusion")
    # Beside the check at creation, which comes first.
    world.until(lambda: world.monitors()[0]["last_run_at"])
    for result in ("nothing", "nothing", "failed", "finding", "nothing"):
        world.run(monitor_id, result=result)
    home = press(world, thread)
    words = home.until_modal()
    assert "3 checks found nothing new" in words
    assert "1 check found nothing new" in words
    assert "A check failed" in words
    assert len(shown(home)) == 1
    home.close()


def test_a_monitor_without_checks_says_so(world: World) -> None:
    thread, _ = world.watch("new papers on fusion")
    home = press(world, thread)
    # The first check is made at creation.
    words = home.until_modal()
    assert "found nothing new" in words or "No checks yet." in words
    home.close()


def test_the_reply_shows_the_latest_in_one_message_and_where_the_rest_is(world: World) -> None:
    thread, monitor_id = world.watch("new papers on fusion")
    world.until(lambda: world.monitors()[0]["last_run_at"])
    run(world, monitor_id, 12)
    world.until(lambda: len(world.replies(thread)) == 12)
    world.say(" /History. ", thread=thread)
    said = world.until(lambda: [e for e in world.replies(thread) if "History of" in e])
    assert len(said) == 1
    assert "History of “new papers on fusion”" in said[0]
    assert [
        each for each in range(12) if f"finding number {each}\n" in said[0].replace(" · ", "\n")
    ] == [*range(2, 12)]
    assert "choose History on this thread's first message" in said[0]


def test_the_reply_works_in_a_cancelled_monitors_thread(world: World) -> None:
    thread, monitor_id = world.watch("new papers on fusion")
    run(world, monitor_id, 1)
    world.until(lambda: world.replies(thread))
    world.say("cancelmonitor", thread=thread)
    world.until(lambda: world.buttons(thread) == [])
    world.say("history", thread=thread)
    said = world.until(lambda: [e for e in world.replies(thread) if "History of" in e])
    assert "finding number 0" in said[0]
    assert "choose History" not in said[0]


def test_a_longer_text_is_people_talking(world: World) -> None:
    thread, _ = world.watch("new papers on fusion")
    world.say("history of fusion", thread=thread)
    world.say("status", thread=thread)
    world.until(lambda: world.replies(thread))
    assert "History of" not in " ".join(world.replies(thread))


def test_a_parallel_that_is_down_is_told_in_the_modal_and_the_next_press_works(
    world: World,
) -> None:
    thread, monitor_id = world.watch("new papers on fusion")
    run(world, monitor_id, 1)
    world.until(lambda: world.replies(thread))
    world.fault("parallel", "status:503", match="GET /v1/monitors/*/events")
    home = press(world, thread, user=BEN)
    assert "Parallel" in home.until_modal()
    assert shown(home) == []
    home.close()
    world.calm()
    home = press(world, thread, user=BEN)
    assert shown(home) == ["finding number 0"]
    home.close()


def test_hostile_findings_stay_text_and_their_sources_name_their_host(world: World) -> None:
    thread, monitor_id = world.watch("new papers on fusion")
    event = finding("<!channel> *news* <https://evil.example|Slack>\n\nmore")
    basis: list[Json] = [
        {"field": "output", "citations": [{"url": "https://a.example/x", "title": "Bank of B"}]}
    ]
    cast("Json", event["output"])["basis"] = basis
    world.run(monitor_id, events=[event])
    home = press(world, thread)
    words = home.until_modal("Bank of B")
    assert "(a.example)" in words
    assert "<!channel>" in words
    home.close()


def test_the_modal_of_a_monitor_cancelled_since_still_shows_its_history(world: World) -> None:
    thread, monitor_id = world.watch("new papers on fusion")
    run(world, monitor_id, 20)
    world.until(lambda: len(world.replies(thread)) == 20)
    home = press(world, thread)
    world.say("cancelmonitor", thread=thread)
    world.until(lambda: "Cancelled" in world.replies(thread)[-1])
    assert turn(home, "Older")[-1] == "finding number 0"
    home.close()
