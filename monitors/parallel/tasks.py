"""Task runs: started, looked at, and read."""

from collections.abc import Awaitable
from typing import Final

from parallel import AsyncParallel, omit

from monitors.model.account import ParallelAccount
from monitors.model.json_text import json_of
from monitors.model.task import Task, TaskRun, TaskState
from monitors.parallel.calls import Answer, ParallelCalls
from monitors.parallel.requests import checked_id, json_schema_of, source_policy_of
from monitors.parallel.translation import answer_of
from monitors.parallel.wire import WireTaskResult, WireTaskRun, wire_of

# A completed run's result is there at once; `result` would wait for one that isn't.
_RESULT_SECONDS: Final = 1


class ParallelTasks(ParallelCalls):
    async def start_task(self, account: ParallelAccount, task: Task) -> str:
        """Never retried here: raises AnswerLostError if it may have been started."""
        policy = source_policy_of(task.include_domains, task.exclude_domains)

        def request(client: AsyncParallel) -> Awaitable[Answer]:
            return client.task_run.with_raw_response.create(
                input=task.question,
                processor=task.processor,
                task_spec={"output_schema": json_schema_of(task.fields) or {"type": "text"}},
                previous_interaction_id=task.follows or omit,
                source_policy=policy or omit,
                advanced_settings={"location": task.location} if task.location else omit,
            )

        return (await self._ask(account, request, _run_in, repeatable=False)).run_id

    async def task(self, account: ParallelAccount, run_id: str) -> TaskRun:
        """How it stands, with its answer once it is completed."""
        run_id = checked_id(run_id)
        wire = await self._ask(
            account,
            lambda client: client.task_run.with_raw_response.retrieve(run_id),
            _run_in,
        )
        state = _state_of(wire)
        if state is not TaskState.COMPLETED:
            error = wire.error.message if wire.error else None
            return TaskRun(run_id, state, error=error or "")
        result = await self._ask(
            account,
            lambda client: client.task_run.with_raw_response.result(
                run_id, api_timeout=_RESULT_SECONDS
            ),
            lambda body: wire_of(WireTaskResult, json_of(body)),
        )
        return TaskRun(run_id, state, answer=answer_of(run_id, result.output))


def _run_in(body: bytes) -> WireTaskRun:
    return wire_of(WireTaskRun, json_of(body))


def _state_of(wire: WireTaskRun) -> TaskState:
    """An unknown status counts as what `is_active` says."""
    if wire.status == "completed":
        return TaskState.COMPLETED
    if wire.is_active or wire.status in {"queued", "running", "cancelling"}:
        return TaskState.QUEUED if wire.status == "queued" else TaskState.RUNNING
    return TaskState.FAILED
