"""The gateway before answers that no contract foresees."""

import json

import httpx
import pytest
from pydantic import JsonValue
from starlette.responses import HTMLResponse, JSONResponse, Response

from monitors.model.account import ParallelAccount
from monitors.model.event import MonitorEvent, Part
from monitors.model.monitor import MonitorStatus
from monitors.model.parallel_errors import AnswerLostError, RefusedError, UnavailableError
from monitors.parallel.gateway import ParallelGateway
from monitors.parallel.transport import Patience
from tests.monitors.parallel.arrange import ACME, SPEC, home
from tests.monitors.parallel.conftest import SIGNER, is_known
from tests.monitors.parallel.oddity import Oddity

pytestmark = pytest.mark.anyio

PAGE = "<html><body><h1>502 Bad Gateway</h1></body></html>"
MONITOR: JsonValue = {"monitor_id": "monitor_1", "metadata": dict(home().to_metadata())}


@pytest.mark.parametrize(
    "answer",
    [
        HTMLResponse(PAGE, 502),
        HTMLResponse(PAGE, 200),
        Response("", 201),
        Response(b"\xff\xfe{}", 201),
        Response('{"monitor_id": "monit', 201),
        Response("[" * 100_000, 201),
        JSONResponse({"id": "monitor_1"}, 201),
        JSONResponse([], 201),
        JSONResponse(None, 201),
    ],
)
async def test_a_create_answered_by_something_else_may_have_been_done(
    odd_gateway: ParallelGateway, oddity: Oddity, answer: Response
) -> None:
    oddity.tells(answer)
    with pytest.raises(AnswerLostError):
        await odd_gateway.create(ACME, SPEC, home=home())
    with pytest.raises(UnavailableError):
        await odd_gateway.retrieve(ACME, "monitor_1")


async def test_a_connection_that_drops_may_have_made_a_monitor_but_read_nothing(
    odd_gateway: ParallelGateway, oddity: Oddity
) -> None:
    oddity.hangs_up()
    with pytest.raises(AnswerLostError):
        await odd_gateway.create(ACME, SPEC, home=home())
    with pytest.raises(AnswerLostError):
        await odd_gateway.trigger(ACME, "monitor_1")
    with pytest.raises(UnavailableError):
        await odd_gateway.retrieve(ACME, "monitor_1")
    # A read on a connection that drops may be sent once more by the transport; nothing else is.
    assert [asked.method for asked in oddity.asked].count("POST") == 2


@pytest.mark.parametrize(
    "patience",
    [
        Patience(httpx.Timeout(0.05), deadline_seconds=60),
        Patience(httpx.Timeout(60), deadline_seconds=0.05),
    ],
)
async def test_an_answer_that_does_not_come_in_time_is_lost(
    http: httpx.AsyncClient, oddity: Oddity, patience: Patience
) -> None:
    gateway = ParallelGateway(
        http,
        base_url=oddity.url,
        webhook_url=lambda _: None,
        signer=SIGNER,
        is_known=is_known,
        patience=patience,
    )
    oddity.keeps_waiting()
    with pytest.raises(AnswerLostError):
        await gateway.create(ACME, SPEC, home=home())
    with pytest.raises(UnavailableError):
        await gateway.retrieve(ACME, "monitor_1")


@pytest.mark.parametrize("shape", ["monitors", "data", "bare"])
async def test_a_list_is_read_in_each_of_its_shapes(
    odd_gateway: ParallelGateway, oddity: Oddity, shape: str
) -> None:
    entries: JsonValue = [MONITOR, None, {"no": "id"}, "text", {"monitor_id": "monitor_2"}]
    oddity.tells_json(entries if shape == "bare" else {shape: entries})
    monitors = await odd_gateway.list_monitors(ACME)
    assert [monitor.monitor_id for monitor in monitors] == ["monitor_1", "monitor_2"]


@pytest.mark.parametrize("answer", [{}, {"monitors": "none"}, {"next_cursor": "x"}, "x", 3])
async def test_an_answer_without_a_list_does_not_pass_for_an_empty_one(
    odd_gateway: ParallelGateway, oddity: Oddity, answer: JsonValue
) -> None:
    oddity.tells_json(answer)
    with pytest.raises(UnavailableError):
        await odd_gateway.find_by_thread(ACME, home())


async def test_all_pages_are_read_and_each_monitor_counts_once(
    odd_gateway: ParallelGateway, oddity: Oddity
) -> None:
    oddity.tells_json(
        {"monitors": [{"monitor_id": "a"}, {"monitor_id": "b"}], "next_cursor": "one & two"},
        {"monitors": [{"monitor_id": "b"}, {"monitor_id": "c"}], "next_cursor": None},
    )
    monitors = await odd_gateway.list_monitors(ACME, include_cancelled=True)
    assert [monitor.monitor_id for monitor in monitors] == ["a", "b", "c"]
    assert [asked.query for asked in oddity.asked] == [
        (("limit", "1000"), ("status", "active"), ("status", "cancelled")),
        (
            ("limit", "1000"),
            ("status", "active"),
            ("status", "cancelled"),
            ("cursor", "one & two"),
        ),
    ]


async def test_a_cursor_that_comes_back_ends_the_list(
    odd_gateway: ParallelGateway, oddity: Oddity
) -> None:
    oddity.tells_json(
        {"monitors": [{"monitor_id": "a"}], "next_cursor": "1"},
        {"monitors": [{"monitor_id": "b"}], "next_cursor": "2"},
        {"monitors": [{"monitor_id": "c"}], "next_cursor": "1"},
    )
    assert len(await odd_gateway.list_monitors(ACME)) == 3
    assert len(oddity.asked) == 3


async def test_a_search_stops_at_the_active_monitor_of_the_thread(
    odd_gateway: ParallelGateway, oddity: Oddity
) -> None:
    oddity.tells_json({"monitors": [MONITOR], "next_cursor": "1"})
    found = await odd_gateway.find_by_thread(ACME, home())
    assert found is not None
    assert len(oddity.asked) == 1


async def test_a_group_of_many_pages_is_whole_and_holds_no_event_of_another(
    odd_gateway: ParallelGateway, oddity: Oddity
) -> None:
    def event(event_id: str, group: str) -> JsonValue:
        output: JsonValue = {"type": "text", "content": event_id, "basis": []}
        return {"event_id": event_id, "event_group_id": group, "output": output}

    oddity.tells_json(
        {"events": [event("3", "g"), event("other", "h")], "next_cursor": "1"},
        {"events": [event("3", "g"), event("2", "g"), None, 7], "next_cursor": "2"},
        {"events": [event("1", "g")]},
    )
    group = await odd_gateway.event_group(ACME, "monitor_1", "g")
    assert [event.event_id for event in group.events] == ["1", "2", "3"]


async def test_one_malformed_event_is_shown_as_it_is_beside_the_others(
    odd_gateway: ParallelGateway, oddity: Oddity
) -> None:
    broken: JsonValue = {"event_type": "event_stream", "event_id": ["?"], "output": 5}
    whole: JsonValue = {"event_id": "e", "output": {"type": "text", "content": "news"}}
    oddity.tells_json({"events": [broken, whole]})
    first, second = (await odd_gateway.history(ACME, "monitor_1", limit=5)).entries
    assert isinstance(first, MonitorEvent)
    assert first.unknown_type
    assert isinstance(second, MonitorEvent)
    assert second.parts == (Part("news"),)


@pytest.mark.parametrize("status", ["cancelled", "canceled"])
async def test_a_cancel_refused_for_being_done_already_is_no_error(
    odd_gateway: ParallelGateway, oddity: Oddity, status: str
) -> None:
    refusal = JSONResponse({"error": {"message": "Monitor is already cancelled"}}, 422)
    oddity.tells(refusal, JSONResponse({"monitor_id": "monitor_1", "status": status}))
    await odd_gateway.cancel(ACME, "monitor_1")
    oddity.tells(refusal, JSONResponse({"monitor_id": "monitor_1", "status": "active"}))
    with pytest.raises(RefusedError):
        await odd_gateway.cancel(ACME, "monitor_1")


async def test_a_legacy_monitor_reads_like_any_other(
    odd_gateway: ParallelGateway, oddity: Oddity
) -> None:
    oddity.tells_json(
        {
            "monitor_id": "monitor_1",
            "query": "old",
            "cadence": "every_two_weeks",
            "status": "canceled",
            "source_policy": {"include_domains": ["a.example"]},
            "created_at": "2026-01-01T00:00:00",
            "metadata": None,
        }
    )
    monitor = await odd_gateway.retrieve(ACME, "monitor_1")
    assert (monitor.query, monitor.frequency) == ("old", "2w")
    assert monitor.status is MonitorStatus.CANCELLED
    assert monitor.include_domains == ("a.example",)
    assert monitor.created_at is not None
    assert monitor.created_at.tzinfo is not None
    assert monitor.home is None


async def test_every_request_carries_its_accounts_key_and_nothing_else_of_it(
    odd_gateway: ParallelGateway, oddity: Oddity, capsys: pytest.CaptureFixture[str]
) -> None:
    oddity.tells_json({"monitors": [None], "next_cursor": "1"})
    account = ParallelAccount("secret-endpoint", "secret-key", ("secret-secret",), team_id="T1")
    await odd_gateway.list_monitors(account)
    assert {asked.key for asked in oddity.asked} == {"secret-key"}
    assert "secret-" not in capsys.readouterr().out
    assert "secret-" not in json.dumps([asked.query for asked in oddity.asked])


@pytest.mark.parametrize("depth", [150, 1000, 100_000])
async def test_an_event_that_is_nested_without_end_is_read_like_the_one_behind_it(
    odd_gateway: ParallelGateway, oddity: Oddity, depth: int
) -> None:
    nested = f'{"[" * depth}"a [word]"{"]" * depth}'
    first = f'{{"event_id": "e1", "event_group_id": "g1", "output": {{"content": {nested}}}}}'
    second = '{"event_id": "e2", "event_group_id": "g1", "output": {"content": "plain"}}'
    oddity.tells(Response(f'{{"events": [{second}, {first}]}}'))
    group = await odd_gateway.event_group(ACME, "monitor_1", "g1")
    texts = [part.text for event in group.events for part in event.parts]
    assert "a [word]" in texts[0]
    assert texts[1:] == ["plain"]
