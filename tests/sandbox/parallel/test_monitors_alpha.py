"""The legacy `/v1alpha/monitors`."""

import json

import pytest

from tests.sandbox.parallel.driver import EVENT_TYPES, Json, Parallel, Receiver, wait_until

ALPHA = "/v1alpha/monitors"


def create(parallel: Parallel, **changes: Json) -> Json:
    body = {"query": "q", "cadence": "daily", **changes}
    answer = parallel.acme.post(ALPHA, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def path(monitor: Json) -> str:
    return f"{ALPHA}/{monitor['monitor_id']}"


def ids(monitors: Json) -> list[str]:
    return [monitor["monitor_id"] for monitor in monitors]


@pytest.mark.parametrize(
    ("cadence", "frequency"),
    [("hourly", "1h"), ("daily", "1d"), ("weekly", "1w"), ("every_two_weeks", "2w")],
)
def test_a_cadence_is_a_frequency(parallel: Parallel, cadence: str, frequency: str) -> None:
    monitor = create(parallel, cadence=cadence)
    assert (monitor["cadence"], monitor["frequency"]) == (cadence, frequency)


def test_a_monitor_is_the_same_in_both_versions(parallel: Parallel) -> None:
    policy = {"include_domains": ["sec.gov"]}
    monitor = create(parallel, metadata={"slack_thread_id": "1.2"}, source_policy=policy)
    current = parallel.retrieve(monitor)
    assert current["frequency"] == "1d"
    assert current["metadata"] == {"slack_thread_id": "1.2"}
    shown = current["settings"]["advanced_settings"]["source_policy"]
    assert shown["include_domains"] == policy["include_domains"]
    made_in_v1 = parallel.create(frequency="6h")
    assert parallel.acme.get(path(made_in_v1)).json()["cadence"] is None


@pytest.mark.parametrize(
    "body",
    [
        {"query": "q"},
        {"cadence": "daily"},
        {"query": "q", "cadence": "daily", "frequency": "1d"},
        {"query": "q", "cadence": "yearly"},
        {"query": "q", "cadence": "daily", "settings": {}},
    ],
)
def test_what_the_documents_do_not_allow_is_refused(parallel: Parallel, body: Json) -> None:
    assert parallel.acme.post(ALPHA, json=body).status_code == 422


def test_all_three_forms_of_the_list_can_be_had(parallel: Parallel) -> None:
    made = [create(parallel) for _ in range(3)]
    parallel.acme.post(f"/v1/monitors/{made[0]['monitor_id']}/cancel")
    bare = parallel.acme.get(ALPHA).json()
    assert ids(bare) == sorted(ids(made))
    assert {monitor["status"] for monitor in bare} == {"active", "canceled"}
    rest = parallel.acme.get(ALPHA, params={"monitor_id": ids(bare)[0], "limit": 1}).json()
    assert ids(rest) == [ids(bare)[1]]
    page = parallel.acme.get(f"{ALPHA}/list", params={"limit": 1}).json()
    assert ids(page["data"]) == [made[2]["monitor_id"]]
    following = {"limit": 1, "cursor": page["next_cursor"]}
    last = parallel.acme.get(f"{ALPHA}/list", params=following).json()
    assert ids(last["data"]) == [made[1]["monitor_id"]]
    assert "next_cursor" not in last
    parallel.settle(alpha_list_shape="monitors")
    assert ids(parallel.acme.get(ALPHA).json()["monitors"]) == ids(bare)


def test_an_update_leaves_what_is_null(parallel: Parallel) -> None:
    monitor = create(parallel, metadata={"a": "1"})
    changed = parallel.acme.post(path(monitor), json={"frequency": "1w", "metadata": None}).json()
    assert (changed["cadence"], changed["metadata"]) == ("weekly", {"a": "1"})
    assert parallel.acme.post(path(monitor), json={"metadata": None}).status_code == 422


def test_deleting_ends_a_monitor_and_v1_still_shows_it(parallel: Parallel) -> None:
    monitor = create(parallel)
    deleted = parallel.acme.delete(path(monitor))
    assert (deleted.status_code, deleted.json()["status"]) == (200, "canceled")
    assert parallel.acme.get(path(monitor)).status_code == 404
    assert parallel.acme.delete(path(monitor)).status_code == 404
    assert parallel.retrieve(monitor)["status"] == "cancelled"


def test_events_are_found_by_group_and_by_looking_back(parallel: Parallel) -> None:
    monitor = create(parallel)
    old = parallel.run(monitor)["event_group_id"]
    parallel.control.put("/clock", json={"advance_seconds": 3 * 86400})
    new = parallel.run(monitor, result="findings", count=2)["event_group_id"]
    parallel.run(monitor, result="failed")
    group = parallel.acme.get(f"{path(monitor)}/event_groups/{new}").json()["events"]
    assert [event["event_group_id"] for event in group] == [new, new]
    assert group[0]["type"] == "event"
    assert group[0]["result"]["content"] == group[0]["output"]
    assert group[0]["source_urls"]
    recent = parallel.acme.get(f"{path(monitor)}/events", params={"lookback_period": "1d"})
    kinds = [event["type"] for event in recent.json()["events"]]
    assert kinds == ["error", "event", "event"]
    everything = parallel.acme.get(f"{path(monitor)}/events", params={"lookback_period": "1w"})
    assert everything.json()["events"][-1]["event_group_id"] == old
    assert parallel.acme.get(f"{path(monitor)}/event_groups/other").status_code == 404


@pytest.mark.parametrize("period", ["0d", "1h", "d", "", "1d\n"])
def test_a_wrong_look_back_is_refused(parallel: Parallel, period: str) -> None:
    events = f"{path(create(parallel))}/events"
    assert parallel.acme.get(events, params={"lookback_period": period}).status_code == 422


def test_a_simulated_event_is_announced_and_can_be_fetched(
    parallel: Parallel, receiver: Receiver
) -> None:
    monitor = create(parallel, webhook={"url": receiver.url, "event_types": EVENT_TYPES})
    answer = parallel.acme.post(f"{path(monitor)}/simulate_event")
    assert (answer.status_code, answer.content) == (204, b"")
    wait_until(lambda: receiver.hooks)
    group = json.loads(receiver.hooks[0].body)["data"]["event"]["event_group_id"]
    assert group.startswith("test_")
    fetched = parallel.acme.get(f"{path(monitor)}/event_groups/{group}").json()
    assert fetched["events"][0]["event_group_id"] == group
    assert parallel.events(monitor)["events"] == []
    kinds = {"event_type": "monitor.execution.failed"}
    parallel.acme.post(f"{path(monitor)}/simulate_event", params=kinds)
    wait_until(lambda: len(receiver.hooks) == 2)
    assert json.loads(receiver.hooks[1].body)["type"] == "monitor.execution.failed"


def test_simulating_without_a_webhook_is_refused(parallel: Parallel) -> None:
    answer = parallel.acme.post(f"{path(create(parallel))}/simulate_event")
    assert (answer.status_code, answer.json()["type"]) == (400, "error")


def test_snapshots_do_not_exist_there(parallel: Parallel) -> None:
    monitor = parallel.create_snapshot()
    assert parallel.acme.get(path(monitor)).status_code == 404
    assert parallel.acme.get(ALPHA).json() == []
