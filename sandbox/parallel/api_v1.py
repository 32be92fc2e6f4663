"""The operations of `/v1/monitors`."""

from pydantic import JsonValue

from sandbox.parallel.calls import Answer, Call, Operation, cursor_of, read_cursor
from sandbox.parallel.errors import InvalidError
from sandbox.parallel.fields import JsonObject
from sandbox.parallel.records import Execution, Monitor
from sandbox.parallel.render import v1_events, v1_monitor
from sandbox.parallel.runner import Runner
from sandbox.parallel.wire_v1 import (
    CreateMonitor,
    EventStreamSettings,
    ListEvents,
    ListMonitors,
    UpdatedSettings,
    UpdateMonitor,
)
from sandbox.parallel.world import Wish, World


class ApiV1:
    def __init__(self, world: World, runner: Runner) -> None:
        self._world = world
        self._runner = runner

    def operations(self) -> list[Operation]:
        one = "/v1/monitors/{monitor_id}"
        return [
            Operation("POST", "/v1/monitors", self.create),
            Operation("GET", "/v1/monitors", self.list_monitors, invalid="list"),
            Operation("GET", one, self.retrieve, invalid="list"),
            Operation("POST", f"{one}/cancel", self.cancel),
            Operation("GET", f"{one}/events", self.events),
            Operation("POST", f"{one}/trigger", self.trigger),
            Operation("POST", f"{one}/update", self.update),
        ]

    def create(self, call: Call) -> Answer:
        asked = call.json(CreateMonitor)
        wish = Wish(
            api="v1",
            frequency=asked.frequency,
            settings=asked.settings,
            processor=asked.processor,
            webhook=asked.webhook,
            metadata=asked.metadata,
        )
        monitor = self._world.create(call.owner, wish)
        return Answer(201, v1_monitor(monitor), then=lambda: self._runner.begin(monitor))

    def list_monitors(self, call: Call) -> Answer:
        asked = call.parameters(ListMonitors)
        found = [
            monitor
            for monitor in self._world.monitors_of(call.owner)
            if monitor.type in asked.type
            and ("active" if monitor.active else "cancelled") in asked.status
        ]
        page, next_cursor = newest_page(found, asked.cursor, asked.limit)
        body: JsonObject = {"monitors": [v1_monitor(monitor) for monitor in page]}
        return Answer(body=body | next_cursor)

    def retrieve(self, call: Call) -> Answer:
        return Answer(body=v1_monitor(self._monitor(call)))

    def cancel(self, call: Call) -> Answer:
        monitor = self._monitor(call)
        monitor.active = False
        return Answer(body=v1_monitor(monitor))

    def trigger(self, call: Call) -> Answer:
        monitor = self._monitor(call)
        if not monitor.active:
            raise InvalidError("Cancelled monitors cannot be triggered")
        return Answer(204, then=lambda: self._runner.trigger(monitor))

    def update(self, call: Call) -> Answer:
        asked, monitor = call.json(UpdateMonitor), self._monitor(call)
        if not monitor.active:
            raise InvalidError("Cancelled monitors cannot be updated")
        if asked.type is not None and asked.type != monitor.type:
            raise InvalidError(f"This monitor is of type {monitor.type}")
        self._apply(asked, monitor)
        return Answer(body=v1_monitor(monitor))

    def events(self, call: Call) -> Answer:
        asked, monitor = call.parameters(ListEvents), self._monitor(call)
        if asked.event_group_id is not None:
            execution = monitor.execution(asked.event_group_id)
            executions = [execution] if execution else []
            found = [event for _, event in self._events(executions, asked)]
            return Answer(body={"events": [*found]})
        return Answer(body=self._events_page(monitor, asked))

    def _monitor(self, call: Call) -> Monitor:
        return self._world.monitor(call.owner, call.path["monitor_id"])

    def _apply(self, asked: UpdateMonitor, monitor: Monitor) -> None:
        given = asked.model_fields_set
        if "webhook" in given:
            monitor.webhook = asked.webhook
        if "metadata" in given:
            monitor.metadata = asked.metadata
        if asked.processor is not None:
            monitor.processor = asked.processor
        if asked.settings is not None and isinstance(monitor.settings, EventStreamSettings):
            monitor.settings = _changed(monitor.settings, asked.settings)
        if asked.frequency is not None:
            monitor.frequency = asked.frequency
            self._runner.reschedule(monitor)

    def _events(
        self, executions: list[Execution], asked: ListEvents
    ) -> list[tuple[tuple[int, int], JsonObject]]:
        """Each event with its place: its execution's number, its own within that."""
        field = self._world.settings.group_field
        return [
            ((execution.seq, number), event)
            for execution in executions
            if execution.outcome != "completion" or asked.include_completions
            for number, event in enumerate(v1_events(execution, field))
        ]

    def _events_page(self, monitor: Monitor, asked: ListEvents) -> JsonObject:
        placed = self._events(list(monitor.executions), asked)
        if asked.cursor is not None:
            seq, number = read_cursor(asked.cursor, 2)
            placed = [(at, event) for at, event in placed if (-at[0], at[1]) > (-seq, number)]
        page = placed[: asked.limit]
        events: list[JsonValue] = [event for _, event in page]
        body: JsonObject = {"events": events}
        if len(placed) > len(page):
            body["next_cursor"] = cursor_of(*page[-1][0])
        return body


def newest_page(
    monitors: list[Monitor], cursor: str | None, limit: int
) -> tuple[list[Monitor], JsonObject]:
    """One page of a list that is newest first, and where the next begins, if there is one."""
    if cursor is not None:
        (before,) = read_cursor(cursor, 1)
        monitors = [monitor for monitor in monitors if monitor.seq < before]
    page = monitors[:limit]
    more = len(monitors) > len(page)
    return page, {"next_cursor": cursor_of(page[-1].seq)} if more else {}


def _changed(settings: EventStreamSettings, asked: UpdatedSettings) -> EventStreamSettings:
    changes = {name: getattr(asked, name) for name in asked.model_fields_set}
    return settings.model_copy(update=changes)
