"""Task runs: what is asked, and how odd answers are read."""

import httpx
import pytest
from pydantic import JsonValue
from starlette.responses import JSONResponse, Response

from monitors.model.event import Part
from monitors.model.parallel_errors import AnswerLostError, UnavailableError, UnknownMonitorError
from monitors.model.task import Task, TaskState
from monitors.parallel.gateway import ParallelGateway
from tests.monitors.parallel.arrange import ACME, OTHER
from tests.monitors.parallel.oddity import Oddity
from tests.parallel_contract import TASK_CONTRACT, faults_of
from tests.sandbox.parallel.driver import Parallel

pytestmark = pytest.mark.anyio

TASK = Task("Acme's rocket", "core")
FULL_TASK = Task(
    "Acme's rocket",
    "base",
    fields=("price", "release date", "CEO"),
    include_domains=("sec.gov",),
    exclude_domains=("reddit.com",),
    location="us",
)


async def test_every_request_keeps_to_the_contract(
    gateway: ParallelGateway, parallel: Parallel, sent: list[httpx.Request]
) -> None:
    for task in (TASK, FULL_TASK):
        run_id = await gateway.start_task(ACME, task)
        assert (await gateway.task(ACME, run_id)).state is TaskState.QUEUED
        parallel.control.patch(f"/tasks/{run_id}", json={})
        assert (await gateway.task(ACME, run_id)).state is TaskState.COMPLETED
    assert len(sent) == 8
    assert [fault for request in sent for fault in faults_of(TASK_CONTRACT, request)] == []


async def test_an_answer_has_its_text_or_fields_its_sources_and_its_confidence(
    gateway: ParallelGateway, parallel: Parallel
) -> None:
    citations: JsonValue = [{"url": "https://a.example", "title": "A"}]
    basis: JsonValue = [{"field": "f", "reasoning": "r", "citations": citations}]
    for task, content, part in (
        (TASK, "It **flew**.", Part("It **flew**.")),
        (FULL_TASK, {"price": "$3"}, Part("$3", "price")),
    ):
        run_id = await gateway.start_task(ACME, task)
        kind = "text" if isinstance(content, str) else "json"
        output = {"type": kind, "content": content, "basis": basis}
        parallel.control.patch(f"/tasks/{run_id}", json={"output": output})
        answer = (await gateway.task(ACME, run_id)).answer
        assert answer is not None
        assert answer.parts == (part,)
        assert [each.url for each in answer.sources] == ["https://a.example"]


async def test_another_accounts_run_is_not_known(gateway: ParallelGateway) -> None:
    run_id = await gateway.start_task(ACME, TASK)
    for account, asked in ((OTHER, run_id), (ACME, "trun_1"), (ACME, "../monitors")):
        with pytest.raises(UnknownMonitorError):
            await gateway.task(account, asked)


@pytest.mark.parametrize(
    "answer",
    [Response("", 202), JSONResponse({"status": "queued"}, 202), JSONResponse([], 202)],
)
async def test_a_create_answered_by_something_else_may_have_been_done(
    odd_gateway: ParallelGateway, oddity: Oddity, answer: Response
) -> None:
    oddity.tells(answer)
    with pytest.raises(AnswerLostError):
        await odd_gateway.start_task(ACME, TASK)
    with pytest.raises(UnavailableError):
        await odd_gateway.task(ACME, "trun_1")


@pytest.mark.parametrize(
    ("run", "state"),
    [
        ({"status": "queued"}, TaskState.QUEUED),
        ({"status": "cancelling", "is_active": True}, TaskState.RUNNING),
        ({"status": "resting", "is_active": True}, TaskState.RUNNING),
        ({"status": "resting", "is_active": False}, TaskState.FAILED),
        ({"status": 7, "error": "no object"}, TaskState.FAILED),
        ({"status": "action_required", "error": {"message": None}}, TaskState.FAILED),
    ],
)
async def test_an_unknown_status_counts_as_what_is_said_of_it(
    odd_gateway: ParallelGateway, oddity: Oddity, run: dict[str, JsonValue], state: TaskState
) -> None:
    oddity.tells(JSONResponse(run | {"run_id": "trun_1"}))
    found = await odd_gateway.task(ACME, "trun_1")
    assert (found.state, found.answer, found.error) == (state, None, "")
