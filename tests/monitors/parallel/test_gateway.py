"""The gateway before Parallel's stand-in, over real HTTP."""

import json
from dataclasses import replace

import anyio
import httpx
import pytest

from monitors.model.account import ParallelAccount
from monitors.model.event import Execution, MonitorEvent, has_failed
from monitors.model.monitor import MonitorStatus
from monitors.model.parallel_errors import (
    AnswerLostError,
    BadKeyError,
    NoCreditError,
    RateLimitedError,
    RefusedError,
    UnavailableError,
    UnknownMonitorError,
)
from monitors.model.workspace import ThreadRef
from monitors.parallel.gateway import ParallelGateway
from monitors.ports import MonitorGateway
from tests.monitors.parallel.arrange import ACME, FULL_SPEC, OTHER, SPEC, home, webhook_url
from tests.monitors.parallel.conftest import SIGNER, is_known
from tests.sandbox.parallel.driver import Parallel

pytestmark = pytest.mark.anyio


async def test_the_gateway_plays_both_ports(gateway: ParallelGateway) -> None:
    roles: tuple[MonitorGateway, MonitorGateway] = (gateway, gateway)
    assert len(roles) == 2


async def test_what_is_not_set_is_not_sent(
    gateway: ParallelGateway, sent: list[httpx.Request]
) -> None:
    await gateway.create(ACME, SPEC, home=home())
    assert json.loads(sent[0].content) == {
        "type": "event_stream",
        "frequency": "1d",
        "processor": "lite",
        "settings": {"query": "latest AI research papers"},
        "metadata": {
            "slack_thread_id": "1700000000.000100",
            "slack_channel_id": "C1",
            "slack_team_id": "T1",
            "slack_app_id": "A1",
            "user_id": "U1",
            "policy": "{}",
            "signature": SIGNER.metadata_of(home())["signature"],
        },
        "webhook": {
            "url": webhook_url(ACME),
            "event_types": [
                "monitor.event.detected",
                "monitor.execution.completed",
                "monitor.execution.failed",
            ],
        },
    }


async def test_no_webhook_is_registered_without_a_public_address(
    http: httpx.AsyncClient, parallel: Parallel, sent: list[httpx.Request]
) -> None:
    gateway = ParallelGateway(
        http,
        base_url=f"{parallel.url}/parallel",
        webhook_url=lambda _: None,
        signer=SIGNER,
        is_known=is_known,
    )
    await gateway.create(ACME, SPEC, home=home())
    assert "webhook" not in json.loads(sent[0].content)


async def test_a_monitor_comes_back_as_it_was_made(gateway: ParallelGateway) -> None:
    made = await gateway.create(ACME, FULL_SPEC, home=home())
    assert await gateway.retrieve(ACME, made.monitor_id) == made
    assert made.query == FULL_SPEC.query
    assert (made.frequency, made.processor, made.location) == ("6h", "base", "us")
    assert (made.include_domains, made.exclude_domains) == (("sec.gov",), ("reddit.com",))
    assert made.status is MonitorStatus.ACTIVE
    assert made.created_at is not None
    assert made.home == home()


async def test_a_thread_leads_to_its_monitor_and_to_no_other(gateway: ParallelGateway) -> None:
    for another in (home("1.1"), home(channel="C2"), home(app_id="A2")):
        await gateway.create(ACME, SPEC, home=another)
    assert await gateway.find_by_thread(ACME, home()) is None
    made = await gateway.create(ACME, SPEC, home=home())
    assert await gateway.find_by_thread(ACME, home()) == made


async def test_an_active_monitor_of_a_thread_goes_before_a_cancelled_one(
    gateway: ParallelGateway,
) -> None:
    active = await gateway.create(ACME, SPEC, home=home())
    ended = await gateway.create(ACME, SPEC, home=home())  # the newer one, so listed first
    await gateway.cancel(ACME, ended.monitor_id)
    assert await gateway.find_by_thread(ACME, home()) == active
    await gateway.cancel(ACME, active.monitor_id)
    found = await gateway.find_by_thread(ACME, home())
    assert found is not None
    assert found.status is MonitorStatus.CANCELLED


async def test_a_list_holds_cancelled_monitors_only_when_asked(gateway: ParallelGateway) -> None:
    kept = await gateway.create(ACME, SPEC, home=home("1.1"))
    ended = await gateway.create(ACME, SPEC, home=home("1.2"))
    await gateway.cancel(ACME, ended.monitor_id)
    active = await gateway.list_monitors(ACME)
    everything = await gateway.list_monitors(ACME, include_cancelled=True)
    assert [monitor.monitor_id for monitor in active] == [kept.monitor_id]
    assert {monitor.monitor_id for monitor in everything} == {kept.monitor_id, ended.monitor_id}


@pytest.mark.parametrize("group_field", ["monitor_group_id", "event_group_id", "both"])
async def test_the_findings_of_a_group_are_read_oldest_first_under_either_name(
    gateway: ParallelGateway, parallel: Parallel, group_field: str
) -> None:
    parallel.settle(group_field=group_field)
    made = await gateway.create(ACME, SPEC, home=home())
    parallel.run({"monitor_id": made.monitor_id}, result="finding")
    run = parallel.run({"monitor_id": made.monitor_id}, result="findings", count=3)
    group = await gateway.event_group(ACME, made.monitor_id, run["event_group_id"])
    listed = parallel.events({"monitor_id": made.monitor_id}, event_group_id=run["event_group_id"])[
        "events"
    ]
    assert [event.event_id for event in group.events] == [
        event["event_id"] for event in reversed(listed)
    ]
    assert len(group.events) == 3
    assert {event.group_id for event in group.events} == {run["event_group_id"]}


@pytest.mark.parametrize(
    ("result", "has_names", "is_unknown"),
    [("finding", False, False), ("json", True, False), ("unknown_type", False, True)],
)
async def test_each_kind_of_finding_has_its_parts(
    gateway: ParallelGateway, parallel: Parallel, result: str, *, has_names: bool, is_unknown: bool
) -> None:
    made = await gateway.create(ACME, SPEC, home=home())
    run = parallel.run({"monitor_id": made.monitor_id}, result=result)
    group = await gateway.event_group(ACME, made.monitor_id, run["event_group_id"])
    event = group.events[0]
    assert all(bool(part.name) is has_names for part in event.parts)
    assert bool(event.unknown_type) is is_unknown
    if result == "finding":
        assert event.sources


async def test_a_snapshot_tells_what_changed(gateway: ParallelGateway, parallel: Parallel) -> None:
    made = parallel.create_snapshot()
    run = parallel.run(made, result="snapshot")
    group = await gateway.event_group(ACME, made["monitor_id"], run["event_group_id"])
    parts = group.events[0].parts
    assert parts
    assert all(part.old is not None and part.text != part.old for part in parts)


async def test_a_group_without_findings_is_empty(
    gateway: ParallelGateway, parallel: Parallel
) -> None:
    made = await gateway.create(ACME, SPEC, home=home())
    run = parallel.run({"monitor_id": made.monitor_id}, result="nothing")
    group = await gateway.event_group(ACME, made.monitor_id, run["event_group_id"])
    assert group.events == ()


async def test_history_is_newest_first_with_what_went_wrong_and_what_was_quiet(
    gateway: ParallelGateway, parallel: Parallel
) -> None:
    made = await gateway.create(ACME, SPEC, home=home())
    for result in ("finding", "nothing", "failed"):
        parallel.run({"monitor_id": made.monitor_id}, result=result)
    history = await gateway.history(ACME, made.monitor_id, limit=20)
    assert [type(entry) for entry in history.entries] == [
        Execution,
        Execution,
        MonitorEvent,
    ]
    assert [has_failed(entry) for entry in history.entries] == [True, False, False]
    assert history.older is None
    first = await gateway.history(ACME, made.monitor_id, limit=2)
    rest = await gateway.history(ACME, made.monitor_id, limit=2, cursor=first.older)
    assert (*first.entries, *rest.entries) == history.entries


async def test_cancelling_twice_is_no_error(gateway: ParallelGateway) -> None:
    made = await gateway.create(ACME, SPEC, home=home())
    await gateway.cancel(ACME, made.monitor_id)
    await gateway.cancel(ACME, made.monitor_id)
    assert (await gateway.retrieve(ACME, made.monitor_id)).status is MonitorStatus.CANCELLED


async def test_a_moved_monitor_keeps_what_else_its_metadata_holds(
    gateway: ParallelGateway, sent: list[httpx.Request]
) -> None:
    made = await gateway.create(ACME, SPEC, home=home())
    made = replace(made, metadata={**made.metadata, "theirs": "kept"})
    assert made.home is not None
    there = replace(made.home, thread=ThreadRef("C0OTHER", "1790000000.000200"))
    await gateway.update(ACME, made, there)
    assert set(json.loads(sent[-1].content)) == {"metadata"}
    moved = await gateway.retrieve(ACME, made.monitor_id)
    assert moved.home == there
    assert moved.metadata["theirs"] == "kept"


async def test_a_cancelled_monitor_cannot_be_moved(gateway: ParallelGateway) -> None:
    made = await gateway.create(ACME, SPEC, home=home())
    await gateway.cancel(ACME, made.monitor_id)
    with pytest.raises(RefusedError):
        await gateway.update(ACME, made, home())


async def test_a_cancelled_monitor_cannot_be_triggered(gateway: ParallelGateway) -> None:
    made = await gateway.create(ACME, SPEC, home=home())
    await gateway.trigger(ACME, made.monitor_id)
    await gateway.cancel(ACME, made.monitor_id)
    with pytest.raises(RefusedError) as refused:
        await gateway.trigger(ACME, made.monitor_id)
    assert refused.value.detail


async def test_accounts_never_see_each_others_monitors(gateway: ParallelGateway) -> None:
    async def make(account: ParallelAccount, ts: str) -> None:
        await gateway.create(account, SPEC, home=home(ts))

    async with anyio.create_task_group() as tasks:
        for number in range(5):
            tasks.start_soon(make, ACME, f"1.{number}")
            tasks.start_soon(make, OTHER, f"2.{number}")
    threads = {
        account.api_key: {monitor.metadata["slack_thread_id"][:2] for monitor in monitors}
        for account in (ACME, OTHER)
        if (monitors := await gateway.list_monitors(account))
    }
    assert threads == {ACME.api_key: {"1."}, OTHER.api_key: {"2."}}
    theirs = (await gateway.list_monitors(OTHER))[0]
    with pytest.raises(UnknownMonitorError):
        await gateway.retrieve(ACME, theirs.monitor_id)


async def test_a_create_whose_answer_is_lost_is_not_repeated_and_can_be_found(
    gateway: ParallelGateway, parallel: Parallel
) -> None:
    parallel.fault(match="POST /v1/monitors", kind="drop_after", times=1)
    with pytest.raises(AnswerLostError):
        await gateway.create(ACME, SPEC, home=home())
    assert len(await gateway.list_monitors(ACME)) == 1
    assert await gateway.find_by_thread(ACME, home()) is not None


async def test_a_busy_parallel_says_when_to_come_back(
    gateway: ParallelGateway, parallel: Parallel, sent: list[httpx.Request]
) -> None:
    parallel.fault(match="*", kind="429", seconds=7)
    with pytest.raises(RateLimitedError) as busy:
        await gateway.list_monitors(ACME)
    assert busy.value.retry_after_seconds == 7
    assert len(sent) == 1


async def test_a_revoked_key_and_an_empty_purse_are_told_apart(
    gateway: ParallelGateway, parallel: Parallel
) -> None:
    parallel.control.patch("/accounts/acme", json={"credit": False})
    with pytest.raises(NoCreditError):
        await gateway.create(ACME, SPEC, home=home())
    parallel.control.patch("/accounts/acme", json={"revoked": True})
    with pytest.raises(BadKeyError):
        await gateway.list_monitors(ACME)


async def test_a_monitor_whose_creation_is_not_finished_is_asked_about_ever_less_often(
    gateway: ParallelGateway, parallel: Parallel
) -> None:
    parallel.fault(match="POST /v1/monitors/*/update", kind="status:402")
    with pytest.raises(AnswerLostError):
        await gateway.create(ACME, SPEC, home=home())
    made = await gateway.find_by_thread(ACME, home())
    assert made is not None
    with pytest.raises(UnavailableError, match="creation") as raised:
        await gateway.retrieve(ACME, made.monitor_id)
    # It may last for hours: the runner's growing delays apply.
    assert raised.value.retry_after_seconds is None


async def test_nobody_listening_means_that_nothing_was_done(http: httpx.AsyncClient) -> None:
    gateway = ParallelGateway(
        http,
        base_url="http://127.0.0.1:9",
        webhook_url=lambda _: None,
        signer=SIGNER,
        is_known=is_known,
    )
    with pytest.raises(UnavailableError):
        await gateway.create(ACME, SPEC, home=home())
