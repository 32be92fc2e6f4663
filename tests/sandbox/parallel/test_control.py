"""The control endpoints, the request log, and faults as the app meets them."""

import time

import httpx
import pytest

from tests.sandbox.parallel.driver import KEY, Json, Parallel, request, wait_until


def test_the_state_shows_accounts_monitors_and_the_clock(parallel: Parallel) -> None:
    monitor = parallel.create(metadata={"user_id": "U1"})
    parallel.run(monitor, result="findings")
    state = parallel.state()
    assert state["speed"] == 1.0
    assert [account["name"] for account in state["accounts"]] == ["acme", "other"]
    (shown,) = state["monitors"]
    assert shown["monitor_id"] == monitor["monitor_id"]
    assert (shown["account"], shown["api"], shown["status"]) == ("acme", "v1", "active")
    assert (shown["executions"], shown["events"]) == (1, 3)
    assert shown["next_run_at"] > shown["last_run_at"]


def test_an_account_can_be_opened_twice(parallel: Parallel) -> None:
    account = {"name": "new", "api_key": "key-of-new", "webhook_secret": "s1"}
    for _ in range(2):
        assert parallel.control.post("/accounts", json=account).status_code == 201
    assert len(parallel.state()["accounts"]) == 3
    listed = parallel.anyone.get("/v1/monitors", headers={"x-api-key": "key-of-new"})
    assert listed.json() == {"monitors": []}


def test_a_reset_forgets_everything_but_the_first_accounts(parallel: Parallel) -> None:
    parallel.create()
    parallel.settle(group_field="both")
    parallel.fault(kind="500")
    account = {"name": "new", "api_key": "key-of-new", "webhook_secret": "s1"}
    parallel.control.post("/accounts", json=account)
    state = parallel.control.post("/reset").json()
    assert state["monitors"] == []
    assert [account["name"] for account in state["accounts"]] == ["acme", "other"]
    assert parallel.control.get("/requests").json()["requests"] == []
    assert parallel.control.get("/faults").json()["faults"] == []
    assert parallel.control.get("/settings").json()["group_field"] == "monitor_group_id"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/accounts", {"name": "x"}),
        ("PATCH", "/accounts/nobody", {"credit": True}),
        ("PATCH", "/accounts/acme", {"webhook_secrets": ["not base64"], "key_reading": "base64"}),
        ("POST", "/monitors/none/run", {}),
        ("POST", "/monitors/none/run", {"result": "other"}),
        ("PUT", "/clock", {"speed": -1}),
        ("PATCH", "/settings", {"group_field": "other"}),
        ("PATCH", "/settings", {"accounts": []}),
        ("POST", "/faults", {"kind": "other"}),
        ("GET", "/requests?since=now", None),
    ],
)
def test_a_wrong_order_is_refused_and_says_why(
    parallel: Parallel, method: str, path: str, body: Json
) -> None:
    answer = parallel.control.request(method, path, json=body)
    assert answer.status_code in {404, 422}
    assert answer.json()["error"]


def test_an_order_that_json_cannot_say_is_refused(parallel: Parallel) -> None:
    path = f"/monitors/{parallel.create()['monitor_id']}/run"
    for content in (b'{"events": [{"output": NaN}]}', b"\xff", b"{"):
        assert parallel.control.post(path, content=content).status_code == 422


def test_a_cancelled_monitor_cannot_be_run(parallel: Parallel) -> None:
    monitor = parallel.create()
    parallel.acme.post(f"/v1/monitors/{monitor['monitor_id']}/cancel")
    answer = parallel.control.post(f"/monitors/{monitor['monitor_id']}/run", json={})
    assert answer.status_code == 409


def test_requests_are_recorded_and_can_be_read_on(parallel: Parallel) -> None:
    monitor = parallel.create()
    parallel.acme.post("/v1/monitors", content=b"\xff")
    log = parallel.control.get("/requests").json()
    made, refused = log["requests"]
    assert (made["method"], made["path"], made["status"]) == ("POST", "/v1/monitors", 201)
    assert made["token_or_key"] == KEY[-4:]
    assert made["body"] == request()
    assert made["answer"] == monitor
    assert (refused["status"], refused["body"]) == (422, None)
    parallel.acme.get("/v1/monitors")
    rest = parallel.control.get("/requests", params={"since": log["next"]}).json()
    assert [entry["method"] for entry in rest["requests"]] == ["GET"]


def test_a_fault_answers_in_the_form_of_parallels_errors(parallel: Parallel) -> None:
    parallel.fault(match="POST /v1/monitors", kind="429", times=1, seconds=7)
    parallel.fault(match="GET *", kind="status:503")
    limited = parallel.acme.post("/v1/monitors", json=request())
    assert (limited.status_code, limited.headers["retry-after"]) == (429, "7")
    assert limited.json()["type"] == "error"
    monitor = parallel.create()
    assert parallel.acme.get(f"/v1/monitors/{monitor['monitor_id']}").status_code == 503
    parallel.control.delete("/faults")
    assert parallel.acme.get("/v1/monitors").status_code == 200


def test_a_connection_dropped_before_leaves_nothing_and_after_leaves_the_work(
    parallel: Parallel,
) -> None:
    parallel.fault(match="POST /v1/monitors", kind="drop_before", times=1)
    parallel.fault(match="POST /v1/monitors", kind="drop_after", times=1)
    with pytest.raises(httpx.TransportError):
        parallel.acme.post("/v1/monitors", json=request())
    assert parallel.state()["monitors"] == []
    with pytest.raises(httpx.TransportError):
        parallel.acme.post("/v1/monitors", json=request())
    assert len(parallel.state()["monitors"]) == 1
    log = parallel.control.get("/requests").json()["requests"]
    assert [(entry["status"], entry["fault"]) for entry in log] == [
        (None, "drop_before"),
        (201, "drop_after"),
    ]


def test_a_slow_answer_is_late_and_right(parallel: Parallel) -> None:
    parallel.fault(match="GET /v1/monitors", kind="slow", seconds=0.2, times=1)
    before = time.monotonic()
    assert parallel.acme.get("/v1/monitors").status_code == 200
    assert time.monotonic() - before >= 0.2


def test_only_at_a_faster_clock_runs_find_things_by_themselves(parallel: Parallel) -> None:
    parallel.settle(fast_finding_probability=1, creation_run=False)
    monitor = parallel.create(frequency="1h")
    parallel.control.put("/clock", json={"advance_seconds": 3600})
    wait_until(lambda: parallel.retrieve(monitor)["last_run_at"])
    assert parallel.state()["monitors"][0]["events"] == 0

    parallel.control.put("/clock", json={"speed": 3600})
    wait_until(lambda: parallel.state()["monitors"][0]["events"])


def test_the_hinted_query_finds_three_written_things_in_order_and_then_others(
    parallel: Parallel,
) -> None:
    monitor = parallel.create()
    for _ in range(4):
        parallel.run(monitor)
    events = [each for each in parallel.events(monitor)["events"] if "output" in each]
    *_, third, second, first = (each["output"]["content"] for each in events)
    assert first.startswith("Small models catch up with large ones")
    assert second.startswith("A million tokens of context")
    assert third.startswith("A third of reported benchmark gains")
    assert len({each["output"]["content"] for each in events}) == 4
    assert events[-1]["event_date"] == parallel.clock.now().date().isoformat()
