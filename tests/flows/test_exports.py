"""Files by direct message: a monitor's history for those who see it, the audit trail for admins."""

import csv
import json
from dataclasses import replace
from io import StringIO
from typing import Final, cast
from uuid import uuid4

import pytest

from bot.wiring import Wiring
from monitors.model.codec import encode
from monitors.model.intent import Intent, IntentKind
from monitors.model.outcome import Attempt, Done, Outcome
from monitors.model.requests import ReplyTo, ThreadRequest
from monitors.model.workspace import ThreadRef, Workspace
from monitors.storage.statements import utc_now
from monitors.watching import export_files
from tests.flows.app import RunningApp
from tests.flows.findings import finding
from tests.flows.home import Home, member
from tests.flows.signed import SlackSender
from tests.flows.test_history import press, run
from tests.flows.world import ADA, BEN, Json, Thread, World

DIRECT: Final = "D0ADABOT01"
EXPORT: Final = "Export as CSV"
RARE: Final = pytest.mark.thorough
URL: Final = "files.getUploadURLExternal"
SHARE: Final = "files.completeUploadExternal"


def direct(world: World) -> list[Json]:
    """What Ada was sent, with the files in it."""
    return replace(world, channel=DIRECT).messages()


def files(world: World, name: str) -> list[Json]:
    return [
        file
        for message in direct(world)
        for file in cast("list[Json]", message["files"])
        if file["name"] == name
    ]


def until_file(world: World, name: str) -> str:
    (file,) = world.until(lambda: files(world, name))
    answer = world.client.get(str(file["url_private_download"]))
    assert answer.is_success
    return answer.text


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(StringIO(text.removeprefix("\ufeff"), newline="")))


def until_told(world: World, words: str, *, since: int) -> str:
    return world.until(
        lambda: next(
            (str(each["text"]) for each in direct(world)[since:] if words in str(each["text"])),
            None,
        )
    )


def watched(world: World) -> tuple[Thread, str, str]:
    """A monitor with a finding: its thread, its id, and the name of its file."""
    word = f"w{uuid4().hex[:10]}"
    thread, monitor_id = world.watch(f"{word} & more")
    world.until(lambda: world.monitors()[0]["last_run_at"])
    run(world, monitor_id, 1)
    world.until(lambda: world.replies(thread))
    return thread, monitor_id, f"{word}-more.csv"


def run_many(world: World, monitor_id: str, count: int) -> None:
    """In runs of a hundred findings at most."""
    found = [finding(f"number {each}") for each in range(count)]
    for begin in range(0, count, 100):
        world.run(monitor_id, events=found[begin : begin + 100])


def export(world: World, thread: Thread) -> Home:
    home = press(world, thread)
    home.press(EXPORT)
    home.until_modal("direct message")
    return home


def test_all_of_a_history_comes_as_a_spreadsheet_that_runs_nothing(world: World) -> None:
    thread, monitor_id, name = watched(world)
    hostile = '=HYPERLINK("https://evil.example";"pay") **now**'
    basis: list[Json] = [
        {"field": "output", "citations": [{"url": "https://a.example/x", "title": "A"}]}
    ]
    event = finding(hostile)
    cast("Json", event["output"])["basis"] = basis
    for result in ("nothing", "failed"):
        world.run(monitor_id, result=result)
    world.run(monitor_id, events=[event])
    since = len(direct(world))
    home = press(world, thread)
    for _ in range(3):
        home.press(EXPORT)
        home.until_modal("I'm making the file")
        home.close()
    home.close()
    head, *found = rows(until_file(world, name))
    assert head == [
        "What",
        "Checked (UTC)",
        "Happened (Parallel's estimate)",
        "Text",
        "Confidence",
        "Sources",
    ]
    assert [each[0] for each in found[:3]] == ["Finding", "Check failed", "Nothing new"]
    (what, checked, dated, text, _, sources) = found[0]
    assert (what, checked, dated) == ("Finding", "", "2026-04")
    assert text.startswith("'=HYPERLINK(")
    assert text.endswith("now")
    assert sources == "https://a.example/x"
    assert found[1][1].startswith("20")
    assert found[1][3]
    assert "finding number 0" in [each[3] for each in found if each[0] == "Finding"]
    # Pressed three times, it is one file; and the app doesn't answer its own message.
    world.until_done("intent", lambda: world.say("status", thread=thread), about="status")
    (sent,) = direct(world)[since:]
    assert "This monitor's history, as a CSV file" in str(sent["text"])
    assert sent["pings"] == []


def test_more_than_a_page_of_parallels_is_whole_and_in_order(world: World) -> None:
    thread, monitor_id, name = watched(world)
    run_many(world, monitor_id, 130)
    export(world, thread).close()
    found = [each[3] for each in rows(until_file(world, name)) if each[0] == "Finding"]
    assert len(found) == 131
    assert set(found) == {"finding number 0", *(f"number {each}" for each in range(130))}


def test_what_is_more_than_the_most_is_said_in_the_file_and_with_it(
    world: World, app: RunningApp
) -> None:
    thread, monitor_id, name = watched(world)
    run_many(world, monitor_id, 110)
    since = len(direct(world))
    workspace = Workspace(world.team_id)
    place = ThreadRef(thread.channel, thread.ts)
    request = ThreadRequest(workspace, place, ReplyTo(place.channel, ADA), user_team=world.team_id)
    intent = Intent(uuid4().hex, workspace, IntentKind.EXPORT_HISTORY, encode(request), utc_now())

    async def send(wiring: Wiring) -> Outcome:
        await wiring.services.intents.add(intent)
        parts = replace(wiring.services.parts, most_exported=100)
        outcome = await export_files.run(parts, intent, Attempt(1))
        await wiring.services.intents.finish(intent.intent_id)
        return outcome

    assert app.do(send) == Done()
    *found, last = rows(until_file(world, name))
    assert len(found) == 101
    assert last == ["Only the latest 100 entries are in it; Parallel has older ones."]
    until_told(world, "Only the latest 100 entries", since=since)


@pytest.mark.parametrize(
    ("match", "kind"),
    [
        (SHARE, "drop_after"),
        (SHARE, "late"),
        ("upload", "drop_after"),
        ("upload", "status:500"),
        pytest.param(SHARE, "drop_before", marks=RARE),
        pytest.param(SHARE, "500", marks=RARE),
        pytest.param(SHARE, "429", marks=RARE),
        pytest.param("upload", "drop_before", marks=RARE),
        pytest.param(URL, "500", marks=RARE),
        pytest.param(URL, "drop_after", marks=RARE),
        pytest.param("conversations.open", "drop_after", marks=RARE),
    ],
)
def test_what_fails_halfway_ends_with_one_file(world: World, match: str, kind: str) -> None:
    thread, _, name = watched(world)
    since = len(direct(world))
    world.fault("slack", kind, match=match, times=1, seconds=0.3)
    world.until_done("intent", lambda: export(world, thread).close(), about="export_history")
    world.until(lambda: world.get("/control/slack/faults")["still_late"] == 0)
    until_file(world, name)
    assert len(files(world, name)) == len(direct(world)[since:]) == 1


def test_a_share_that_nobody_can_tell_of_is_said_and_not_repeated(world: World) -> None:
    thread, _, name = watched(world)
    since = len(direct(world))
    world.fault("slack", "error:file_not_found", match=SHARE, times=1)
    export(world, thread).close()
    told = until_told(world, "can't tell whether your file came", since=since)
    assert "export it again" in told
    assert files(world, name) == []
    export(world, thread).close()
    until_file(world, name)


@pytest.mark.parametrize(
    ("match", "code", "words"),
    [
        (URL, "missing_scope", ["files:write", "A workspace admin can grant it by installing"]),
        (URL, "file_uploads_disabled", ["doesn't accept this file", "A workspace admin"]),
        pytest.param(SHARE, "file_type_not_allowed", ["doesn't accept this file"], marks=RARE),
        pytest.param(SHARE, "missing_scope", ["files:write"], marks=RARE),
        pytest.param(URL, "a_code_of_next_year", ["a_code_of_next_year"], marks=RARE),
    ],
)
def test_a_workspace_that_takes_no_files_says_what_is_missing_and_who_can_mend_it(
    world: World, match: str, code: str, words: list[str]
) -> None:
    thread, _, name = watched(world)
    since = len(direct(world))
    world.fault("slack", f"error:{code}", match=match)
    export(world, thread).close()
    told = until_told(world, "couldn't send you the file", since=since)
    assert [each for each in words if each not in told] == []
    assert files(world, name) == []
    world.calm()
    export(world, thread).close()
    until_file(world, name)


def test_a_parallel_that_refuses_the_account_is_told(world: World) -> None:
    thread, _, name = watched(world)
    home = press(world, thread)
    since = len(direct(world))
    world.fault("parallel", "status:402", match="GET /v1/monitors/*/events")
    home.press(EXPORT)
    assert "no credit left" in until_told(world, "couldn't send you the file", since=since)
    assert files(world, name) == []
    home.close()
    home.close()


def test_a_cancelled_monitors_history_can_still_be_had(world: World) -> None:
    thread, _, name = watched(world)
    home = press(world, thread)
    world.say("cancelmonitor", thread=thread)
    world.until(lambda: "Cancelled" in world.replies(thread)[-1])
    home.press(EXPORT)
    assert "finding number 0" in until_file(world, name)
    home.close()
    home.close()


def test_who_has_left_a_private_channel_gets_nothing_of_it(acme: World) -> None:
    world = acme.room("private")
    world.change(f"/control/slack/channels/{world.channel}", bot_member=True)
    thread, _, name = watched(world)
    home = press(world, thread)
    world.change(f"/control/slack/channels/{world.channel}", left=ADA)
    since = len(direct(world))
    home.press(EXPORT)
    until_told(world, "aren't in its channel any more", since=since)
    assert files(world, name) == []
    home.close()
    home.close()


def test_another_companys_person_gets_nothing(acme: World) -> None:
    guest = acme.workspace(f"v{uuid4().hex[:8]}").user
    world = acme.room(members=[ADA, BEN, guest], shared=True)
    thread, _, name = watched(world)
    since = world.mark("slack")
    place: Json = {"thread": {"channel": thread.channel, "ts": thread.ts}}
    payload: Json = {
        "type": "block_actions",
        "team": {"id": world.team_id},
        "user": {"id": guest, "team_id": "T0VISITORS"},
        "api_app_id": "A0SANDBOX01",
        "view": {
            "id": f"V{uuid4().hex[:10].upper()}",
            "type": "modal",
            "team_id": world.team_id,
            "private_metadata": json.dumps(place),
        },
        "trigger_id": f"1.2.{uuid4().hex}",
        "actions": [{"type": "button", "action_id": "export_history", "block_id": "b"}],
    }
    failed = world.jobs("intent", "Failed") + world.jobs("intent", "Done")
    assert SlackSender.of(world).interaction(payload).status_code == 200
    world.until(lambda: world.jobs("intent", "Failed") + world.jobs("intent", "Done") > failed)
    assert world.slack_calls(URL, since=since) == []
    assert files(world, name) == []


def test_an_admin_gets_who_did_what_and_others_are_not_offered_it(world: World) -> None:
    thread, _, _ = watched(world)
    world.until_done("intent", lambda: world.say("pause", thread=thread), about="pause")
    home = Home(world, ADA)
    home.open()
    before = len(files(world, "audit-trail.csv"))
    home.press("Export audit trail")
    home.until_modal("direct message")
    home.close()
    sent = world.until(lambda: files(world, "audit-trail.csv")[before:])
    head, *found = rows(world.client.get(str(sent[0]["url_private_download"])).text)
    assert head == ["at", "who", "what", "channel", "thread"]
    here = [each[1:] for each in found if each[3] == thread.channel]
    assert [ADA, "pause", thread.channel, thread.ts] in here
    assert [ADA, "start", thread.channel, thread.ts] in here
    other = Home(world, member(world))
    other.open()
    assert "Export audit trail" not in other.buttons()


def test_who_is_no_admin_any_more_gets_no_audit_trail(world: World) -> None:
    home = Home(world, ADA)
    home.open()
    since, before = world.mark("slack"), len(files(world, "audit-trail.csv"))
    world.change(f"/control/slack/users/{ADA}", is_admin=False)
    try:
        home.press("Export audit trail")
        home.until_modal("Only admins")
        home.close()
    finally:
        world.change(f"/control/slack/users/{ADA}", is_admin=True)
    assert world.slack_calls(URL, since=since) == []
    assert len(files(world, "audit-trail.csv")) == before
