"""What runs leave behind, as v1 lists it."""

import pytest

from sandbox.parallel import ParallelSettings
from tests.sandbox.parallel.driver import SEEDS, Json, Parallel, request, running, wait_until


def test_findings_come_newest_first_and_page_by_page(parallel: Parallel) -> None:
    monitor = parallel.create()
    first = parallel.run(monitor, result="findings", count=3)["event_ids"]
    second = parallel.run(monitor, result="findings", count=2)["event_ids"]
    seen: list[str] = []
    query: Json = {"limit": 2}
    while query:
        page = parallel.events(monitor, **query)
        assert len(page["events"]) <= 2
        seen += [event["event_id"] for event in page["events"]]
        if len(seen) == 2:
            # What is found between two pages belongs to neither.
            parallel.run(monitor, result="finding")
        query = {"limit": 2, "cursor": page["next_cursor"]} if "next_cursor" in page else None
    assert seen == second + first


def test_one_execution_can_be_asked_for_and_paging_is_then_ignored(parallel: Parallel) -> None:
    monitor = parallel.create()
    wanted = parallel.run(monitor, result="findings", count=30)
    parallel.run(monitor, result="finding")
    found = parallel.events(monitor, event_group_id=wanted["event_group_id"], limit=1)
    assert [event["event_id"] for event in found["events"]] == wanted["event_ids"]
    assert "next_cursor" not in found
    assert parallel.events(monitor, event_group_id="mevtgrp_of_nobody") == {"events": []}


def test_completions_are_listed_on_request_and_errors_always(parallel: Parallel) -> None:
    monitor = parallel.create()
    parallel.run(monitor, result="nothing")
    parallel.run(monitor, result="failed", error="Payment required")
    plain = parallel.events(monitor)["events"]
    assert [event["event_type"] for event in plain] == ["error"]
    assert plain[0]["error_message"] == "Payment required"
    audited = parallel.events(monitor, include_completions="true")["events"]
    assert [event["event_type"] for event in audited] == ["error", "completion"]


@pytest.mark.parametrize(
    ("setting", "names"),
    [
        ("monitor_group_id", {"monitor_group_id"}),
        ("event_group_id", {"event_group_id"}),
        ("both", {"monitor_group_id", "event_group_id"}),
    ],
)
def test_the_name_of_the_group_is_a_setting(
    parallel: Parallel, setting: str, names: set[str]
) -> None:
    monitor = parallel.create()
    group = parallel.run(monitor)["event_group_id"]
    parallel.settle(group_field=setting)
    (event,) = parallel.events(monitor)["events"]
    assert {name for name in event if name.endswith("group_id")} == names
    assert {event[name] for name in names} == {group}


def test_a_monitor_with_a_schema_finds_objects_of_that_form(parallel: Parallel) -> None:
    schema: Json = {
        "properties": {
            "headline": {"type": "string"},
            "severity": {"type": "string", "enum": ["low", "high"]},
            "count": {"type": "integer"},
        }
    }
    settings = {"query": "q", "output_schema": {"type": "json", "json_schema": schema}}
    monitor = parallel.create(settings=settings)
    parallel.run(monitor)
    output = parallel.events(monitor)["events"][0]["output"]
    assert output["type"] == "json"
    assert output["content"].keys() == {"headline", "severity", "count"}
    assert output["content"]["severity"] in {"low", "high"}
    assert {basis["field"] for basis in output["basis"]} == output["content"].keys()


def test_a_snapshot_shows_what_changed_and_all_that_was(parallel: Parallel) -> None:
    monitor = parallel.create_snapshot()
    parallel.run(monitor)
    (event,) = parallel.events(monitor)["events"]
    assert event["event_type"] == "snapshot"
    changed, previous = event["changed_output"]["content"], event["previous_output"]["content"]
    assert changed.keys() < previous.keys()
    latest = parallel.retrieve(monitor)["output"]["latest_snapshot"]["content"]
    assert latest == {**previous, **changed}


def test_a_test_can_say_exactly_what_is_found(parallel: Parallel) -> None:
    monitor = parallel.create()
    output: Json = {"type": "text", "content": "<!channel> & friends", "basis": []}
    report = parallel.run(monitor, events=[{"event_date": "2026-04", "output": output}])
    (event,) = parallel.events(monitor)["events"]
    assert event == {
        "event_type": "event_stream",
        "event_id": report["event_ids"][0],
        "monitor_group_id": report["event_group_id"],
        "event_date": "2026-04",
        "output": output,
    }


def test_an_event_of_an_unknown_type_can_be_ordered(parallel: Parallel) -> None:
    monitor = parallel.create()
    parallel.run(monitor, result="unknown_type")
    (event,) = parallel.events(monitor)["events"]
    assert event["event_type"] == "trend_shift"


def test_about_the_300_latest_executions_are_kept(parallel: Parallel) -> None:
    monitor = parallel.create()
    oldest = parallel.run(monitor)["event_group_id"]
    for _ in range(300):
        parallel.run(monitor, result="nothing")
    assert parallel.events(monitor, event_group_id=oldest)["events"] == []
    assert parallel.state()["monitors"][0]["executions"] == 301


@pytest.mark.parametrize("query", [{"limit": 101}, {"limit": 0}, {"cursor": "MQ"}, {"cursor": "é"}])
def test_a_wrong_parameter_of_events_is_refused(parallel: Parallel, query: Json) -> None:
    path = f"/v1/monitors/{parallel.create()['monitor_id']}/events"
    answer = parallel.acme.get(path, params=query)
    assert (answer.status_code, answer.json()["type"]) == (422, "error")


def test_a_monitor_runs_at_creation_and_then_on_its_schedule() -> None:
    settings = ParallelSettings(accounts=SEEDS, finding_probability=1.0)
    with running(settings) as parallel:
        monitor = parallel.create(frequency="6h")
        wait_until(lambda: len(parallel.events(monitor)["events"]) == 1)
        parallel.control.put("/clock", json={"advance_seconds": 24 * 3600 + 60})
        wait_until(lambda: len(parallel.events(monitor)["events"]) == 5)
        parallel.acme.post(
            f"/v1/monitors/{monitor['monitor_id']}/update", json={"frequency": "12h"}
        )
        parallel.control.put("/clock", json={"advance_seconds": 24 * 3600})
        wait_until(lambda: len(parallel.events(monitor)["events"]) == 7)
        parallel.acme.post(f"/v1/monitors/{monitor['monitor_id']}/cancel")
        parallel.control.put("/clock", json={"advance_seconds": 24 * 3600, "speed": 1000})
        assert len(parallel.events(monitor)["events"]) == 7


def test_the_speed_of_the_clock_can_be_changed_while_a_monitor_waits() -> None:
    with running(ParallelSettings(accounts=SEEDS, creation_run=False)) as parallel:
        monitor = parallel.create(frequency="1h")
        parallel.control.put("/clock", json={"speed": 36000})
        wait_until(lambda: parallel.retrieve(monitor)["last_run_at"])


def test_backfill_makes_the_first_run_find_something() -> None:
    with running(ParallelSettings(accounts=SEEDS)) as parallel:
        monitor = parallel.create(**request(settings={"query": "q", "include_backfill": True}))
        wait_until(lambda: parallel.events(monitor)["events"])


def test_a_run_without_credit_fails_and_says_so() -> None:
    with running(ParallelSettings(accounts=SEEDS, creation_run=False)) as parallel:
        monitor = parallel.create()
        parallel.control.patch("/accounts/acme", json={"credit": False})
        parallel.acme.post(f"/v1/monitors/{monitor['monitor_id']}/trigger")
        (error,) = wait_until(lambda: parallel.events(monitor)["events"])
        assert "credit" in error["error_message"]
