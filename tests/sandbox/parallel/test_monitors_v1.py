"""`/v1/monitors`: create, list, retrieve, update, cancel, trigger."""

import httpx
import pytest

from tests.sandbox.parallel.driver import Json, Parallel, request, wait_until


def refused(answer: httpx.Response, status: int) -> Json:
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert body["type"] == "error"
    assert body["error"]["ref_id"]
    assert body["error"]["message"]
    return body["error"]


def test_a_created_monitor_is_answered_in_full_and_can_be_retrieved(parallel: Parallel) -> None:
    monitor = parallel.create(
        metadata={"slack_thread_id": "1700000000.000100"},
        webhook={"url": "https://example.com/hook", "event_types": ["monitor.event.detected"]},
        settings={
            "query": "q",
            "advanced_settings": {
                "location": "us",
                "source_policy": {
                    "include_domains": ["sec.gov", ".edu"],
                    "after_date": "2026-01-01",
                },
            },
        },
    )
    assert monitor["status"] == "active"
    assert monitor["processor"] == "lite"
    assert monitor["last_run_at"] is None
    assert monitor["settings"]["advanced_settings"]["location"] == "us"
    assert parallel.retrieve(monitor) == monitor


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "other"},
        {"frequency": "59m"},
        {"frequency": "0h"},
        {"frequency": "31d"},
        {"frequency": "721h"},
        {"frequency": "5w"},
        {"frequency": "1 d"},
        {"frequency": 1},
        {"processor": "ultra"},
        {"metadata": {"k" * 17: "v"}},
        {"metadata": {"k": "v" * 513}},
        {"metadata": {"k": 1}},
        {"surprise": True},
        {"settings": {"query": "q", "surprise": True}},
        {"settings": {"query": ""}},
        {"settings": {"query": 1}},
        {"settings": {"task_run_id": "trun_1"}},
        {"type": "snapshot"},
        {"settings": {"query": "q", "include_backfill": "yes"}},
        {"settings": {"query": "q", "advanced_settings": {"location": "xx"}}},
        {"settings": {"query": "q", "advanced_settings": {"location": "USA"}}},
        {"settings": {"query": "q", "output_schema": {"type": "text", "json_schema": {}}}},
        {"webhook": {"url": "http://example.com/hook"}},
        {"webhook": {"url": "ftp://example.com"}},
        {"webhook": {"url": "https://"}},
        {"webhook": {"url": "https://a.com", "event_types": ["monitor.other"]}},
        {"webhook": {"event_types": []}},
    ],
)
def test_what_the_documents_do_not_allow_is_refused(parallel: Parallel, changes: Json) -> None:
    error = refused(parallel.acme.post("/v1/monitors", json=request(**changes)), 422)
    assert error["detail"]["errors"]


@pytest.mark.parametrize(
    "policy",
    [
        {"include_domains": ["https://sec.gov"]},
        {"include_domains": ["a b"]},
        {"after_date": "2026-02-30"},
        {"include_domains": ["a.com"] * 101, "exclude_domains": ["b.com"] * 100},
    ],
)
def test_a_source_policy_is_checked(parallel: Parallel, policy: Json) -> None:
    settings = {"query": "q", "advanced_settings": {"source_policy": policy}}
    refused(parallel.acme.post("/v1/monitors", json=request(settings=settings)), 422)


@pytest.mark.parametrize("frequency", ["1h", "12h", "1d", "4w", "30d", "720h"])
def test_any_frequency_from_an_hour_to_thirty_days_is_taken(
    parallel: Parallel, frequency: str
) -> None:
    assert parallel.create(frequency=frequency)["frequency"] == frequency


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"null",
        b"[]",
        b'"text"',
        b"[" * 100_000,
        b'{"type": NaN}',
        b'{"type": "event_stream", "frequency": "1d", "settings": {"query": "\\ud800"}}',
        b'{"frequency": ' + b"9" * 10_000 + b"}",
    ],
)
def test_bytes_that_are_no_request_are_refused_and_break_nothing(
    parallel: Parallel, content: bytes
) -> None:
    headers = {"content-type": "application/json"}
    refused(parallel.acme.post("/v1/monitors", content=content, headers=headers), 422)


def test_a_body_of_another_type_or_size_is_refused(parallel: Parallel) -> None:
    refused(parallel.acme.post("/v1/monitors", data={"type": "event_stream"}), 422)
    refused(parallel.acme.post("/v1/monitors", content=b" " * 1_100_000), 413)


def test_a_wrong_missing_or_revoked_key_is_answered_401(parallel: Parallel) -> None:
    refused(parallel.anyone.get("/v1/monitors"), 401)
    refused(parallel.anyone.get("/v1/monitors", headers={"x-api-key": "wrong"}), 401)
    parallel.control.patch("/accounts/acme", json={"revoked": True})
    refused(parallel.acme.get("/v1/monitors"), 401)


def test_an_account_without_credit_cannot_create(parallel: Parallel) -> None:
    parallel.control.patch("/accounts/acme", json={"credit": False})
    refused(parallel.acme.post("/v1/monitors", json=request()), 402)
    assert parallel.state()["monitors"] == []


def test_another_accounts_monitor_is_not_found(parallel: Parallel) -> None:
    path = f"/v1/monitors/{parallel.create()['monitor_id']}"
    refused(parallel.other.get(path), 404)
    refused(parallel.other.post(f"{path}/cancel"), 404)
    refused(parallel.other.post(f"{path}/trigger"), 404)
    refused(parallel.other.get(f"{path}/events"), 404)
    assert parallel.other.get("/v1/monitors").json() == {"monitors": []}


def test_creating_faster_than_allowed_is_answered_429_with_a_time_to_wait(
    parallel: Parallel,
) -> None:
    parallel.settle(creates_per_minute=2)
    parallel.create()
    parallel.create()
    answer = parallel.acme.post("/v1/monitors", json=request())
    refused(answer, 429)
    assert 1 <= int(answer.headers["retry-after"]) <= 60
    assert parallel.other.post("/v1/monitors", json=request()).status_code == 201
    parallel.control.put("/clock", json={"advance_seconds": 61})
    parallel.create()


def test_the_list_is_paged_newest_first_and_shows_active_monitors_only(
    parallel: Parallel,
) -> None:
    ids = [parallel.create()["monitor_id"] for _ in range(5)]
    parallel.acme.post(f"/v1/monitors/{ids[2]}/cancel")
    seen: list[str] = []
    query: Json = {"limit": 2}
    while query:
        page = parallel.acme.get("/v1/monitors", params=query).json()
        seen += [monitor["monitor_id"] for monitor in page["monitors"]]
        query = {"limit": 2, "cursor": page["next_cursor"]} if "next_cursor" in page else None
    assert seen == [ids[4], ids[3], ids[1], ids[0]]
    cancelled = parallel.acme.get("/v1/monitors", params={"status": "cancelled"}).json()
    assert [monitor["monitor_id"] for monitor in cancelled["monitors"]] == [ids[2]]
    both = parallel.acme.get("/v1/monitors", params={"status": ["cancelled", "active"]}).json()
    assert len(both["monitors"]) == 5
    assert parallel.acme.get("/v1/monitors", params={"type": "snapshot"}).json()["monitors"] == []


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 0},
        {"limit": 10001},
        {"limit": "many"},
        {"cursor": "not a cursor"},
        {"cursor": "MTox"},
        {"status": "canceled"},
        {"limit": ["1", "2"]},
        {"colour": "red"},
    ],
)
def test_a_wrong_list_parameter_is_refused_in_the_documented_form(
    parallel: Parallel, query: Json
) -> None:
    answer = parallel.acme.get("/v1/monitors", params=query)
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"][0] == "query"


def test_an_update_changes_what_it_names_and_replaces_metadata_whole(parallel: Parallel) -> None:
    monitor = parallel.create(metadata={"a": "1", "b": "2"})
    path = f"/v1/monitors/{monitor['monitor_id']}/update"
    change: Json = {
        "metadata": {"c": "3"},
        "frequency": "6h",
        "processor": "base",
        "type": "event_stream",
        "settings": {"query": "q2", "advanced_settings": {"location": "de"}},
    }
    changed = parallel.acme.post(path, json=change).json()
    assert changed["metadata"] == {"c": "3"}
    assert (changed["frequency"], changed["processor"]) == ("6h", "base")
    assert changed["settings"] == {"query": "q2", "advanced_settings": {"location": "de"}}
    cleared = parallel.acme.post(path, json={"metadata": None}).json()
    assert cleared["metadata"] is None
    assert cleared["frequency"] == "6h"


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"type": "event_stream"},
        {"frequency": None},
        {"settings": {"query": "q"}},
        {"type": "snapshot", "settings": {"query": "q"}},
        {"type": "snapshot", "frequency": "1h"},
        {"query": "q"},
    ],
)
def test_an_update_that_says_nothing_or_the_wrong_thing_is_refused(
    parallel: Parallel, change: Json
) -> None:
    path = f"/v1/monitors/{parallel.create()['monitor_id']}/update"
    refused(parallel.acme.post(path, json=change), 422)


def test_cancelling_is_final_and_may_be_repeated(parallel: Parallel) -> None:
    path = f"/v1/monitors/{parallel.create()['monitor_id']}"
    for _ in range(2):
        answer = parallel.acme.post(f"{path}/cancel")
        assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    refused(parallel.acme.post(f"{path}/trigger"), 422)
    refused(parallel.acme.post(f"{path}/update", json={"frequency": "1h"}), 422)


def test_a_trigger_runs_the_monitor_once_more_and_leaves_its_schedule(parallel: Parallel) -> None:
    monitor = parallel.create()
    before = parallel.state()["monitors"][0]["next_run_at"]
    answer = parallel.acme.post(f"/v1/monitors/{monitor['monitor_id']}/trigger")
    assert (answer.status_code, answer.content) == (204, b"")
    wait_until(lambda: parallel.retrieve(monitor)["last_run_at"])
    after = parallel.state()["monitors"][0]
    assert (after["executions"], after["next_run_at"]) == (1, before)


def test_a_snapshot_monitor_shows_what_it_watches(parallel: Parallel) -> None:
    monitor = parallel.create_snapshot()
    assert monitor["settings"]["query"] == "Acme's rocket"
    assert monitor["settings"]["output_schema"]["json_schema"]["properties"].keys() >= {"price"}
    assert parallel.retrieve(monitor)["output"]["latest_snapshot"]["content"]


def test_unknown_paths_and_methods_are_refused_in_the_same_form(parallel: Parallel) -> None:
    refused(parallel.acme.get("/v1/nothing"), 404)
    refused(parallel.acme.get("/v1/monitors/%0a%2F%00"), 404)
    answer = parallel.acme.delete("/v1/monitors")
    refused(answer, 405)
    assert answer.headers["allow"] == "POST, GET"


@pytest.mark.parametrize("digits", [4300, 4301, 5000])
def test_a_number_of_any_length_is_kept_or_refused(parallel: Parallel, digits: int) -> None:
    schema = '{"type": "json", "json_schema": {"maximum": %s}}' % ("9" * digits)
    settings = f'{{"query": "q", "output_schema": {schema}}}'
    body = f'{{"type": "event_stream", "frequency": "1d", "settings": {settings}}}'
    headers = {"content-type": "application/json"}
    answer = parallel.acme.post("/v1/monitors", content=body, headers=headers)
    assert answer.status_code in {201, 422}
