"""Runs monitors: once at creation, on their schedule, when triggered, and to order."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from sandbox.parallel.content import Author
from sandbox.parallel.fields import EventType, JsonObject
from sandbox.parallel.records import Execution, Monitor, Outcome
from sandbox.parallel.render import alpha_completion, alpha_error, group_names, iso
from sandbox.parallel.webhook_sender import Delivery, WebhookMode, WebhookSender, pack
from sandbox.parallel.wire_v1 import EventStreamSettings
from sandbox.parallel.world import World
from sandbox.scheduler import Scheduler

Result = Literal["finding", "findings", "json", "snapshot", "nothing", "failed", "unknown_type"]

_TYPES: dict[Outcome, EventType] = {
    "events": "monitor.event.detected",
    "completion": "monitor.execution.completed",
    "error": "monitor.execution.failed",
}
_BACKFILLED = 2

# A forged or replayed webhook cannot make Parallel find anything.
_NEVER_RAN: Final = frozenset({"forged", "stale"})


class RunOrder(BaseModel):
    """What a run is to find, and how it is to be announced."""

    model_config = ConfigDict(extra="forbid")

    result: Result = "finding"
    count: Annotated[int, Field(ge=1, le=100)] | None = None
    events: Annotated[list[JsonObject], Field(max_length=100)] | None = None
    error: str = "The execution failed: an upstream source did not answer"
    webhook: WebhookMode = "normal"
    late_seconds: Annotated[float, Field(ge=0)] = 5.0


@dataclass(frozen=True, slots=True)
class RunReport:
    execution: Execution
    webhook_ids: tuple[str, ...]


class Runner:
    def __init__(self, world: World, scheduler: Scheduler, sender: WebhookSender) -> None:
        self._world = world
        self._scheduler = scheduler
        self._sender = sender
        self._author = Author(world.rng)
        self._seq = 0

    def begin(self, monitor: Monitor) -> None:
        """To be called once the create is answered."""
        self._plan(monitor)
        if self._world.settings.creation_run:
            self._soon(lambda: self._run_unordered(monitor, first=True))

    def trigger(self, monitor: Monitor) -> None:
        self._soon(lambda: self._run_unordered(monitor, first=False))

    def reschedule(self, monitor: Monitor) -> None:
        """After a change of frequency: the next run follows the last by the new one."""
        last = monitor.last_run_at or monitor.created_at
        now = self._world.clock.time()
        monitor.next_run_at = max(last.timestamp() + monitor.every_seconds, now)
        self._plan(monitor)

    def run(self, monitor: Monitor, order: RunOrder, *, at: datetime | None = None) -> RunReport:
        execution = self._execute(monitor, order, at or self._world.clock.now())
        if order.webhook not in _NEVER_RAN:
            monitor.executions.appendleft(execution)
            monitor.last_run_at = execution.at
            monitor.runs += 1
            monitor.found += len(execution.events)
        return RunReport(execution, self._announce(monitor, execution, order))

    def rewrite(self, monitor: Monitor, group_id: str, events: list[JsonObject]) -> bool:
        """From now on a run lists these events, announced to nobody; none: it is withdrawn."""
        for place, execution in enumerate(monitor.executions):
            if execution.group_id == group_id:
                named = tuple(map(self._named, events))
                monitor.executions[place] = replace(execution, outcome="events", events=named)
                return True
        return False

    def simulate(self, monitor: Monitor, event_type: EventType) -> None:
        """A test webhook, whatever the monitor subscribed to; its group can be fetched."""
        results: dict[EventType, Result] = {
            "monitor.event.detected": "finding",
            "monitor.execution.completed": "nothing",
            "monitor.execution.failed": "failed",
        }
        order = RunOrder(result=results[event_type])
        execution = self._execute(monitor, order, self._world.clock.now(), prefix="test")
        monitor.simulated[execution.group_id] = execution
        self._post(monitor, execution, order)

    def _soon(self, action: Callable[[], None]) -> None:
        self._scheduler.after(self._world.settings.creation_run_seconds, action)

    def _plan(self, monitor: Monitor) -> None:
        due = monitor.next_run_at
        self._scheduler.at(due, lambda: self._run_on_schedule(monitor, due))

    def _run_on_schedule(self, monitor: Monitor, due: float) -> None:
        # A change of frequency leaves the earlier plan behind.
        if not monitor.active or monitor.next_run_at != due:
            return
        monitor.next_run_at = due + monitor.every_seconds
        self._plan(monitor)
        self._run_unordered(monitor, first=False, at=datetime.fromtimestamp(due, tz=UTC))

    def _run_unordered(self, monitor: Monitor, *, first: bool, at: datetime | None = None) -> None:
        if monitor.active:
            self.run(monitor, self._chance(monitor, first=first), at=at)

    def _chance(self, monitor: Monitor, *, first: bool) -> RunOrder:
        if not monitor.account.credit:
            return RunOrder(result="failed", error="Insufficient credit in account")
        settings = monitor.settings
        if first and isinstance(settings, EventStreamSettings) and settings.include_backfill:
            return RunOrder(result="findings", count=_BACKFILLED)
        found = self._world.rng.random() < self._finding_probability()
        return RunOrder(result="finding" if found else "nothing")

    def _finding_probability(self) -> float:
        settings = self._world.settings
        fast = settings.fast_finding_probability if self._world.clock.speed > 1 else 0.0
        return max(settings.finding_probability, fast)

    def _execute(
        self, monitor: Monitor, order: RunOrder, at: datetime, *, prefix: str = "mevtgrp"
    ) -> Execution:
        self._seq += 1
        group_id = self._world.new_id(prefix)
        if order.result == "failed":
            return Execution(group_id, self._seq, at, "error", error=order.error)
        if order.result == "nothing":
            return Execution(group_id, self._seq, at, "completion")
        count = order.count or (3 if order.result == "findings" else 1)
        written = order.events or self._author.write(monitor, order.result, count, at)
        return Execution(group_id, self._seq, at, "events", tuple(map(self._named, written)))

    def _named(self, event: JsonObject) -> JsonObject:
        blank: JsonObject = {"event_type": "event_stream", "event_date": None}
        return blank | {"event_id": self._world.new_id("mevt")} | event

    def _announce(self, monitor: Monitor, execution: Execution, order: RunOrder) -> tuple[str, ...]:
        subscribed = monitor.webhook.event_types if monitor.webhook else []
        if order.webhook == "lost" or _TYPES[execution.outcome] not in subscribed:
            return ()
        return (self._post(monitor, execution, order),)

    def _post(self, monitor: Monitor, execution: Execution, order: RunOrder) -> str:
        event_type = _TYPES[execution.outcome]
        payload: JsonObject = {
            "type": event_type,
            "timestamp": iso(execution.at),
            "data": {
                "monitor_id": monitor.monitor_id,
                "event": self._thin_event(execution, order.webhook),
                "metadata": dict(monitor.metadata) if monitor.metadata is not None else None,
            },
        }
        delivery = Delivery(
            webhook_id=self._world.new_id("whmsg"),
            monitor_id=monitor.monitor_id,
            type=event_type,
            account=monitor.account,
            url=monitor.webhook.url if monitor.webhook else "",
            body=pack(payload),
            mode=order.webhook,
        )
        self._sender.send(delivery, late_seconds=order.late_seconds)
        return delivery.webhook_id

    def _thin_event(self, execution: Execution, mode: WebhookMode) -> JsonObject:
        match execution.outcome:
            case "completion":
                return alpha_completion(execution)
            case "error":
                return alpha_error(execution)
            case "events":
                if mode == "v1alpha_shape":
                    return {"type": "event", "event_group_id": execution.group_id}
                field = self._world.settings.webhook_group_field
                return group_names(execution.group_id, field)
