"""Task runs: started, looked at, and read."""

from collections.abc import Awaitable
from typing import Final

from parallel import AsyncParallel, omit

from monitors.model.account import ParallelAccount
from monitors.model.task import Task, TaskRun, TaskState
from monitors.parallel.calls import Answer, ParallelCalls
from monitors.parallel.requests import checked_id, json_schema_of, source_policy_of
from monitors.parallel.translation import answer_of
from monitors.parallel.wire import WireTaskRun, task_result_wire, task_run_wire

# A completed run's result is there at once; `result` would wait for one that isn't.
_RESULT_SECONDS: Final = 1


class ParallelTasks(ParallelCalls):
    """The part of MonitorGateway that runs tasks."""

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

        def run_id(answer: bytes) -> str:
            return task_run_wire(answer).run_id

        return await self._ask(account, request, run_id, repeatable=False)

    async def task(self, account: ParallelAccount, run_id: str) -> TaskRun:
        """How it stands, with its answer once it is completed."""
        run_id = checked_id(run_id)
        wire = await self._ask(
            account,
            lambda client: client.task_run.with_raw_response.retrieve(run_id),
            task_run_wire,
        )
        state = _state_of(wire)
        if state is not TaskState.COMPLETED:
            error = wire.error.message if wire.error else None
            return TaskRun(run_id, state, error=error or "")
        output = await self._ask(
            account,
            lambda client: client.task_run.with_raw_response.result(
                run_id, api_timeout=_RESULT_SECONDS
            ),
            task_result_wire,
        )
        return TaskRun(run_id, state, answer=answer_of(run_id, output))


def _state_of(wire: WireTaskRun) -> TaskState:
    """An unknown status counts as what `is_active` says."""
    if wire.status == "completed":
        return TaskState.COMPLETED
    if wire.is_active or wire.status in {"queued", "running", "cancelling"}:
        return TaskState.QUEUED if wire.status == "queued" else TaskState.RUNNING
    return TaskState.FAILED
