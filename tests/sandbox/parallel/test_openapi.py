"""Both OpenAPI files, run against the stand-in with made-up requests, valid and not."""

# schemathesis leaves the type of its cases open, in what its own checks accept too.
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false

import json
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.sandbox.parallel.driver import KEY, Parallel, request

pytestmark = pytest.mark.thorough

FACTS = Path(__file__).parents[2] / "contracts" / "facts"
CHECKS = [
    not_a_server_error,
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
]
# Documented in the prose of the API, missing in its OpenAPI files.
UNLISTED = {"401": "no key", "402": "no credit", "413": "too large", "429": "too many"}
# Made-up text is almost never one of these: some right, some nearly.
LIKELY: dict[str, Any] = {
    "frequency": {"enum": ["1h", "12h", "30d", "4w", "31d", "1m"]},
    "url": {"enum": ["https://example.com/hook", "http://127.0.0.1:9/hook", "http://a.com"]},
    "location": {"enum": ["us", "DE", "xx"]},
    "include_domains": {"items": {"enum": ["sec.gov", ".edu", "not a domain"]}},
    "exclude_domains": {"items": {"enum": ["reddit.com", ".ai", "https://a.com"]}},
    "metadata": {"propertyNames": {"maxLength": 18}},
}
ERROR = {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorResponse"}}}


def schema_of(name: str) -> Any:  # noqa: ANN401 - schemathesis gives a type of its own to what follows
    raw = json.loads((FACTS / name).read_text())
    for operations in raw["paths"].values():
        for operation in operations.values():
            for status, description in UNLISTED.items():
                listed = operation["responses"]
                listed.setdefault(status, {"description": description, "content": ERROR})
    ask_likely(raw)
    schema = schemathesis.openapi.from_dict(raw)
    schema.config.generation.update(modes=[GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
    return schema


def ask_likely(raw: Any) -> None:  # noqa: ANN401 - any OpenAPI document
    """Lets made-up requests come through now and then, by forms of their own for request bodies.

    What is answered is still held to the document as it is.
    """
    ref, asked_ref = "#/components/schemas/", "#/components/schemas/Asked"
    forms = raw["components"]["schemas"]
    asked = json.loads(json.dumps(forms).replace(ref, asked_ref))
    for form, component in asked.items():
        if "properties" in component:
            component["additionalProperties"] = False
        for known in component.get("properties", {}).keys() & LIKELY.keys():
            component["properties"][known] |= LIKELY[known]
        forms[f"Asked{form}"] = component
    for operations in raw["paths"].values():
        for operation in operations.values():
            if body := operation.get("requestBody"):
                operation["requestBody"] = json.loads(json.dumps(body).replace(ref, asked_ref))


v1 = schema_of("monitor_v1.openapi.json")
tasks = schema_of("task_v1.openapi.json")
alpha = schema_of("monitor_v1alpha.openapi.json")
few = settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def hold_to_the_document(case: Case[Any], parallel: Parallel) -> None:
    case.call_and_validate(
        base_url=f"{parallel.url}/parallel", headers={"x-api-key": KEY}, checks=CHECKS
    )


@v1.parametrize()
@few
def test_every_operation_of_v1_answers_as_documented(case: Case[Any], parallel: Parallel) -> None:
    hold_to_the_document(case, parallel)


@tasks.parametrize()
@few
def test_every_operation_of_the_task_api_answers_as_documented(
    case: Case[Any], parallel: Parallel
) -> None:
    if "run_id" in case.path_parameters:
        case.path_parameters["run_id"] = parallel.task()["run_id"]
    hold_to_the_document(case, parallel)


@alpha.parametrize()
@few
def test_every_operation_of_v1alpha_answers_as_documented(
    case: Case[Any], parallel: Parallel
) -> None:
    hold_to_the_document(case, parallel)


@v1.parametrize()
@few
def test_every_operation_of_v1_answers_as_documented_for_a_monitor_that_exists(
    case: Case[Any], parallel: Parallel
) -> None:
    aim_at_a_monitor(case, parallel)
    hold_to_the_document(case, parallel)


@alpha.parametrize()
@few
def test_every_operation_of_v1alpha_answers_as_documented_for_a_monitor_that_exists(
    case: Case[Any], parallel: Parallel
) -> None:
    aim_at_a_monitor(case, parallel)
    hold_to_the_document(case, parallel)


def aim_at_a_monitor(case: Case[Any], parallel: Parallel) -> None:
    """A monitor of every sort of finding, in place of the made-up id."""
    if "monitor_id" not in case.path_parameters:
        return
    parallel.settle(creates_per_minute=100_000)
    monitor = parallel.create(**request())
    for result in ("findings", "json", "nothing", "failed", "snapshot"):
        parallel.run(monitor, result=result)
    case.path_parameters["monitor_id"] = monitor["monitor_id"]
