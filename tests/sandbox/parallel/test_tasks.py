"""`/v1/tasks/runs`: create, retrieve, result."""

import pytest

from tests.sandbox.parallel.driver import Json, Parallel, wait_until

RUNS = "/v1/tasks/runs"
TASK: Json = {"input": "Acme's rocket", "processor": "core"}
FIELDS: Json = {"type": "object", "properties": {"price": {"type": "string"}}}


def test_a_run_is_queued_runs_and_is_completed(parallel: Parallel) -> None:
    parallel.settle(task_seconds=0.3)
    answer = parallel.acme.post(RUNS, json=TASK)
    run = answer.json()
    assert (answer.status_code, run["status"], run["is_active"]) == (202, "queued", True)
    assert run["interaction_id"]
    one = f"{RUNS}/{run['run_id']}"
    early = parallel.acme.get(f"{one}/result", params={"timeout": 1})
    assert (early.status_code, early.json()["type"]) == (408, "error")
    wait_until(lambda: parallel.acme.get(one).json()["status"] == "running")
    wait_until(lambda: parallel.acme.get(one).json()["status"] == "completed")
    result = parallel.acme.get(f"{one}/result").json()
    assert result["run"]["is_active"] is False
    assert result["output"]["type"] == "text"
    assert result["output"]["basis"][0]["citations"]


def test_a_schema_decides_what_comes_of_it(parallel: Parallel) -> None:
    run = parallel.task(task_spec={"output_schema": {"type": "json", "json_schema": FIELDS}})
    output = parallel.acme.get(f"{RUNS}/{run['run_id']}/result").json()["output"]
    assert (output["type"], output["content"].keys()) == ("json", {"price"})


@pytest.mark.parametrize("status", ["failed", "cancelled", "action_required"])
def test_a_run_that_did_not_complete_has_no_result(parallel: Parallel, status: str) -> None:
    run = parallel.task(outcome={"status": status, "error": "No sources"})
    assert (run["status"], run["is_active"]) == (status, False)
    assert (run["error"] is not None) == (status == "failed")
    answer = parallel.acme.get(f"{RUNS}/{run['run_id']}/result")
    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"processor": "huge"}, 403),
        ({"input": None}, 422),
        ({"input": ""}, 422),
        ({"colour": "red"}, 422),
        ({"previous_interaction_id": "mevt_1"}, 422),
        ({"metadata": {"a_key_of_17_chars": "x"}}, 422),
        ({"task_spec": {"output_schema": {"type": "json"}}}, 422),
        ({"task_spec": {"output_schema": {"json_schema": {"type": "array"}}}}, 422),
        ({"task_spec": {"output_schema": {"json_schema": {**FIELDS, "required": ["x"]}}}}, 422),
        ({"advanced_settings": {"location": "usa"}}, 422),
    ],
)
def test_what_is_not_documented_is_refused(parallel: Parallel, change: Json, status: int) -> None:
    answer = parallel.acme.post(RUNS, json={**TASK, **change})
    assert (answer.status_code, answer.json()["type"]) == (status, "error")
    assert parallel.state()["tasks"] == []


def test_an_event_and_a_run_can_be_followed_up_by_their_account_alone(parallel: Parallel) -> None:
    monitor = parallel.create()
    (event_id,) = parallel.run(monitor)["event_ids"]
    for before in (event_id, parallel.task()["interaction_id"]):
        body = {**TASK, "previous_interaction_id": before}
        assert parallel.acme.post(RUNS, json=body).status_code == 202
        assert parallel.other.post(RUNS, json=body).status_code == 422


def test_no_account_sees_the_runs_of_another(parallel: Parallel) -> None:
    one = f"{RUNS}/{parallel.task()['run_id']}"
    assert [parallel.other.get(path).status_code for path in (one, f"{one}/result")] == [404, 404]
    assert parallel.anyone.get(one).status_code == 401


def test_an_account_without_credit_starts_none(parallel: Parallel) -> None:
    assert parallel.control.patch("/accounts/acme", json={"credit": False}).status_code == 200
    assert parallel.acme.post(RUNS, json=TASK).status_code == 402


@pytest.mark.parametrize("outcome", [{"status": "running"}, {"status": "failed"}])
def test_a_snapshot_monitor_needs_a_completed_run_of_its_account(
    parallel: Parallel, outcome: Json
) -> None:
    run_id = parallel.task(outcome=outcome)["run_id"]
    body = {"type": "snapshot", "frequency": "1d", "settings": {"task_run_id": run_id}}
    assert parallel.acme.post("/v1/monitors", json=body).status_code == 422
    completed = {**body, "settings": {"task_run_id": parallel.task()["run_id"]}}
    assert parallel.other.post("/v1/monitors", json=completed).status_code == 422
    assert parallel.acme.post("/v1/monitors", json=completed).status_code == 201
