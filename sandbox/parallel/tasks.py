"""Task runs: asked for, under way, and what came of them."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from sandbox.parallel.calls import Answer, Call, Operation
from sandbox.parallel.content import Author
from sandbox.parallel.errors import (
    ForbiddenError,
    InvalidError,
    NoCreditError,
    NotFoundError,
    Problem,
    StillActiveError,
)
from sandbox.parallel.fields import JsonObject
from sandbox.parallel.records import Account, TaskRun
from sandbox.parallel.render import iso
from sandbox.parallel.wire_tasks import PROCESSORS, AwaitResult, CreateTask, JsonOutput
from sandbox.parallel.world import World
from sandbox.scheduler import Scheduler

_RESERVED = frozenset(
    {"citations", "confidence", "evidence", "reasoning", "source", "sources", "source_urls"}
)
_ACTIVE = frozenset({"queued", "running", "cancelling"})
Status = Literal[
    "queued", "action_required", "running", "completed", "failed", "cancelling", "cancelled"
]


class TaskChange(BaseModel):
    """How a run is to end, or stand; `output` as the result shows it."""

    model_config = ConfigDict(extra="forbid")

    status: Status = "completed"
    output: JsonObject | None = None
    error: Annotated[str, Field(max_length=1000)] = "The task could not be completed"


@dataclass(frozen=True, slots=True)
class ApiTasks:
    """The operations of `/v1/tasks/runs`, and the runs' own progress."""

    world: World
    scheduler: Scheduler
    author: Author

    def operations(self) -> list[Operation]:
        one = "/v1/tasks/runs/{run_id}"
        return [
            Operation("POST", "/v1/tasks/runs", self.create),
            Operation("GET", one, self.retrieve),
            Operation("GET", f"{one}/result", self.result),
        ]

    def create(self, call: Call) -> Answer:
        asked, account = call.json(CreateTask), call.owner
        if not account.credit:
            raise NoCreditError("Payment required: insufficient credit in account")
        if asked.processor not in PROCESSORS:
            raise ForbiddenError("Forbidden: invalid processor in request")
        before = asked.previous_interaction_id
        if before is not None and not self._is_known(account, before):
            where = ("body", "previous_interaction_id")
            problem = Problem(where, "no such interaction")
            raise InvalidError("Unprocessable content: request validation error", [problem])
        run = self._begin(account, asked)
        return Answer(202, _shown(run), then=lambda: self._plan(run))

    def retrieve(self, call: Call) -> Answer:
        return Answer(body=_shown(self.world.task(call.owner, call.path["run_id"])))

    def result(self, call: Call) -> Answer:
        """The real one waits for as long as `timeout` says; this one answers what it would then."""
        call.parameters(AwaitResult)
        run = self.world.tasks.get(call.path["run_id"])
        if run is None or run.account is not call.owner:
            raise NotFoundError("Run failed or run id not found")
        if run.status in _ACTIVE:
            raise StillActiveError("Request timed out; run still active")
        if run.status != "completed":
            raise NotFoundError("Run failed or run id not found")
        return Answer(body={"run": _shown(run), "output": run.output})

    def change(self, run: TaskRun, change: TaskChange) -> None:
        """What a test orders; the run's own progress ends."""
        run.is_ordered = True
        self._end(run, change)

    def _begin(self, account: Account, asked: CreateTask) -> TaskRun:
        spec = asked.task_spec.output_schema if asked.task_spec else None
        now = self.world.clock.now()
        run = TaskRun(
            run_id=self.world.new_id("trun"),
            account=account,
            input=asked.input if isinstance(asked.input, str) else str(asked.input),
            processor=asked.processor,
            created_at=now,
            modified_at=now,
            schema=spec.json_schema if isinstance(spec, JsonOutput) else None,
            previous=asked.previous_interaction_id,
            metadata=dict(asked.metadata) if asked.metadata is not None else None,
        )
        self.world.tasks[run.run_id] = run
        return run

    def _plan(self, run: TaskRun) -> None:
        seconds = self.world.settings.task_seconds
        self.scheduler.after(seconds / 3, lambda: self._progress(run, "running"))
        self.scheduler.after(seconds, lambda: self._progress(run, "completed"))

    def _progress(self, run: TaskRun, status: Status) -> None:
        if not run.is_ordered:
            self._end(run, TaskChange(status=status))

    def _end(self, run: TaskRun, change: TaskChange) -> None:
        run.status, run.modified_at = change.status, self.world.clock.now()
        if change.status == "completed":
            run.output = change.output or self.author.answer(run.input, run.schema)
        if change.status == "failed":
            run.error = change.error

    def _is_known(self, account: Account, interaction_id: str) -> bool:
        run = self.world.tasks.get(interaction_id)
        if run is not None:
            return run.account is account
        return any(
            event.get("event_id") == interaction_id
            for monitor in self.world.monitors_of(account)
            for execution in (*monitor.executions, *monitor.simulated.values())
            for event in execution.events
        )


def _shown(run: TaskRun) -> JsonObject:
    error: JsonObject | None = None
    if run.error:
        error = {"ref_id": run.run_id, "message": run.error, "detail": None}
    warnings: list[JsonValue] = [
        {"type": "spec_validation_warning", "message": f"{name} belongs to the basis"}
        for name in sorted(_RESERVED & set(run.properties))
    ]
    return {
        "run_id": run.run_id,
        "interaction_id": run.run_id,
        "status": run.status,
        "is_active": run.status in _ACTIVE,
        "processor": run.processor,
        "metadata": dict[str, JsonValue](run.metadata) if run.metadata is not None else None,
        "created_at": iso(run.created_at),
        "modified_at": iso(run.modified_at),
        "warnings": warnings or None,
        "error": error,
        "taskgroup_id": None,
    }
