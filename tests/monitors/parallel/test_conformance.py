"""Every request that leaves the gateway, held against Parallel's own OpenAPI file."""

import json
import re
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from jsonschema import Draft202012Validator

from monitors.parallel.gateway import ParallelGateway
from tests.monitors.parallel.arrange import ACME, FULL_SPEC, SPEC, home
from tests.sandbox.parallel.driver import Parallel

pytestmark = pytest.mark.anyio

CONTRACT: Final = Path(__file__).parents[4] / "shared" / "parallel" / "monitor_v1.openapi.json"
PREFIX: Final = "/parallel"

# JSON of a schema nobody here has typed.
Json = Any


@pytest.fixture(scope="module")
def contract() -> Json:
    if not CONTRACT.exists():
        pytest.skip(f"needs {CONTRACT.name} in shared/parallel/ beside the repository")
    return json.loads(CONTRACT.read_text())


def operation_of(contract: Json, request: httpx.Request) -> Json:
    path = request.url.path.removeprefix(PREFIX)
    for template, operations in contract["paths"].items():
        pattern = re.sub(r"\{\w+\}", r"[^/]+", template)
        if re.fullmatch(pattern, path) and request.method.lower() in operations:
            return operations[request.method.lower()]
    raise AssertionError(f"no such operation: {request.method} {path}")


def errors_of(contract: Json, schema: Json, value: Json) -> list[str]:
    whole = {**schema, "components": contract["components"]}
    validator: Json = Draft202012Validator(whole)
    return [error.message for error in validator.iter_errors(value)]


def faults_of(contract: Json, request: httpx.Request) -> list[str]:
    operation = operation_of(contract, request)
    known = {each["name"]: each["schema"] for each in operation.get("parameters", [])}
    faults: list[str] = []
    for name in request.url.params:
        texts = request.url.params.get_list(name)
        if name not in known:
            faults.append(f"unknown parameter {name}")
        elif not any(not errors_of(contract, known[name], value) for value in readings_of(texts)):
            faults.append(f"{name}: {texts}")
    body = operation.get("requestBody")
    if body is None:
        return faults + (["an unexpected body"] if request.content not in {b"", b"{}"} else [])
    schema = body["content"]["application/json"]["schema"]
    value = json.loads(request.content)
    named = contract["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    faults += [f"unknown field {name}" for name in value if name not in named["properties"]]
    return faults + errors_of(contract, schema, value)


def readings_of(texts: list[str]) -> list[Json]:
    """A parameter's value as the text, number, truth value or list that it may stand for."""
    one = texts[0]
    words = {"true": True, "false": False}
    single: list[Json] = [words.get(one, int(one) if one.isdigit() else one)]
    return [texts, *(single if len(texts) == 1 else [])]


async def test_every_request_keeps_to_the_contract(
    gateway: ParallelGateway, parallel: Parallel, sent: list[httpx.Request], contract: Json
) -> None:
    plain = await gateway.create(ACME, SPEC, home=home("1.1"))
    made = await gateway.create(ACME, FULL_SPEC, home=home("1.2"))
    run = parallel.run({"monitor_id": plain.monitor_id}, result="findings", count=2)
    await gateway.retrieve(ACME, made.monitor_id)
    await gateway.list_monitors(ACME)
    await gateway.list_monitors(ACME, include_cancelled=True)
    await gateway.find_by_thread(ACME, home("1.3"))
    await gateway.event_group(ACME, plain.monitor_id, run["event_group_id"])
    await gateway.history(ACME, plain.monitor_id, limit=300)
    await gateway.trigger(ACME, plain.monitor_id)
    await gateway.cancel(ACME, plain.monitor_id)
    assert len(sent) >= 9
    assert [fault for request in sent for fault in faults_of(contract, request)] == []


async def test_the_check_itself_notices_what_breaks_the_contract(contract: Json) -> None:
    def get(query: str) -> httpx.Request:
        return httpx.Request("GET", f"http://x/parallel/v1/monitors?{query}")

    assert faults_of(contract, get("status=active,cancelled"))
    assert faults_of(contract, get("limit=0"))
    assert faults_of(contract, get("colour=red"))
    body: Json = {"type": "event_stream", "frequency": "1d", "settings": {}, "cadence": "daily"}
    assert faults_of(contract, httpx.Request("POST", "http://x/parallel/v1/monitors", json=body))
