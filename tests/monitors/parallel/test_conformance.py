"""Every request that leaves the gateway, held against Parallel's own OpenAPI file."""

import httpx
import pytest

from monitors.parallel.gateway import ParallelGateway
from tests.monitors.parallel.arrange import ACME, FULL_SPEC, SPEC, home
from tests.parallel_contract import CONTRACT, Json, faults_of
from tests.sandbox.parallel.driver import Parallel

pytestmark = pytest.mark.anyio


async def test_every_request_keeps_to_the_contract(
    gateway: ParallelGateway, parallel: Parallel, sent: list[httpx.Request]
) -> None:
    plain = await gateway.create(ACME, SPEC, home=home("1.1"))
    made = await gateway.create(ACME, FULL_SPEC, home=home("1.2"))
    run = parallel.run({"monitor_id": plain.monitor_id}, result="findings", count=2)
    await gateway.retrieve(ACME, made.monitor_id)
    await gateway.list_monitors(ACME)
    await gateway.list_monitors(ACME, include_cancelled=True)
    await gateway.find_by_thread(ACME, home("1.3"))
    await gateway.event_group(ACME, plain.monitor_id, run["event_group_id"])
    await gateway.history(ACME, plain.monitor_id, limit=100)
    await gateway.trigger(ACME, plain.monitor_id)
    await gateway.cancel(ACME, plain.monitor_id)
    assert len(sent) >= 9
    assert [fault for request in sent for fault in faults_of(CONTRACT, request)] == []


async def test_the_check_itself_notices_what_breaks_the_contract() -> None:
    def get(query: str) -> httpx.Request:
        return httpx.Request("GET", f"http://x/parallel/v1/monitors?{query}")

    assert faults_of(CONTRACT, get("status=active,cancelled"))
    assert faults_of(CONTRACT, get("limit=0"))
    assert faults_of(CONTRACT, get("colour=red"))
    body: Json = {"type": "event_stream", "frequency": "1d", "settings": {}, "cadence": "daily"}
    assert faults_of(CONTRACT, httpx.Request("POST", "http://x/parallel/v1/monitors", json=body))
