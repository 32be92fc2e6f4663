"""The operations of the legacy `/v1alpha/monitors`, where only event streams exist."""

from datetime import timedelta

from pydantic import JsonValue

from sandbox.parallel.api_v1 import newest_page
from sandbox.parallel.calls import Answer, Call, Operation
from sandbox.parallel.errors import InvalidError, NotFoundError, NoWebhookError
from sandbox.parallel.fields import Frequency, JsonObject, SourcePolicy
from sandbox.parallel.records import Monitor
from sandbox.parallel.render import alpha_events, alpha_monitor
from sandbox.parallel.runner import Runner
from sandbox.parallel.wire_alpha import (
    CADENCES,
    CreateAlphaMonitor,
    ListAlphaEvents,
    ListAlphaMonitors,
    ListAlphaMonitorsPaged,
    SimulateEvent,
    UpdateAlphaMonitor,
)
from sandbox.parallel.wire_v1 import AdvancedSettings, EventStreamSettings
from sandbox.parallel.world import Wish, World


class ApiAlpha:
    def __init__(self, world: World, runner: Runner) -> None:
        self._world = world
        self._runner = runner

    def operations(self) -> list[Operation]:
        """The paged list comes before the monitor whose id might be "list"."""
        every, one = "/v1alpha/monitors", "/v1alpha/monitors/{monitor_id}"
        return [
            Operation("POST", every, self.create),
            Operation("GET", every, self.list_monitors),
            Operation("GET", f"{every}/list", self.list_monitors_paged),
            Operation("GET", one, self.retrieve),
            Operation("POST", one, self.update),
            Operation("DELETE", one, self.delete, invalid="list"),
            Operation("GET", f"{one}/event_groups/{{event_group_id}}", self.event_group),
            Operation("GET", f"{one}/events", self.events),
            Operation("POST", f"{one}/simulate_event", self.simulate_event, invalid="list"),
        ]

    def create(self, call: Call) -> Answer:
        asked = call.json(CreateAlphaMonitor)
        wish = Wish(
            api="v1alpha",
            frequency=_frequency(asked) or "1d",
            settings=EventStreamSettings(
                query=asked.query,
                output_schema=asked.output_schema,
                include_backfill=asked.include_backfill,
                advanced_settings=_advanced(asked.source_policy),
            ),
            webhook=asked.webhook,
            metadata=asked.metadata,
        )
        monitor = self._world.create(call.owner, wish)
        return Answer(201, alpha_monitor(monitor), then=lambda: self._runner.begin(monitor))

    def list_monitors(self, call: Call) -> Answer:
        """All of them, whatever their status, by id."""
        asked = call.parameters(ListAlphaMonitors)
        found = sorted(self._streams(call), key=lambda monitor: monitor.monitor_id)
        if asked.monitor_id is not None:
            found = [monitor for monitor in found if monitor.monitor_id > asked.monitor_id]
        shown: list[JsonValue] = [alpha_monitor(monitor) for monitor in found[: asked.limit]]
        if self._world.settings.alpha_list_shape == "monitors":
            return Answer(body={"monitors": shown})
        return Answer(body=shown)

    def list_monitors_paged(self, call: Call) -> Answer:
        asked = call.parameters(ListAlphaMonitorsPaged)
        found = [monitor for monitor in self._streams(call) if monitor.active]
        page, next_cursor = newest_page(found, asked.cursor, asked.limit)
        body: JsonObject = {"data": [alpha_monitor(monitor) for monitor in page]}
        return Answer(body=body | next_cursor)

    def retrieve(self, call: Call) -> Answer:
        return Answer(body=alpha_monitor(self._monitor(call)))

    def update(self, call: Call) -> Answer:
        asked, monitor = call.json(UpdateAlphaMonitor), self._monitor(call)
        if not monitor.active:
            raise InvalidError("Cancelled monitors cannot be updated")
        monitor.webhook = asked.webhook or monitor.webhook
        monitor.metadata = monitor.metadata if asked.metadata is None else asked.metadata
        if isinstance(monitor.settings, EventStreamSettings):
            monitor.settings = _changed(monitor.settings, asked)
        if (frequency := _frequency(asked)) is not None:
            monitor.frequency = frequency
            self._runner.reschedule(monitor)
        return Answer(body=alpha_monitor(monitor))

    def delete(self, call: Call) -> Answer:
        monitor = self._monitor(call)
        monitor.active, monitor.deleted = False, True
        return Answer(body=alpha_monitor(monitor))

    def event_group(self, call: Call) -> Answer:
        execution = self._monitor(call).execution(call.path["event_group_id"])
        if execution is None or execution.outcome != "events":
            raise NotFoundError("Event group not found")
        return Answer(body={"events": [*alpha_events(execution)]})

    def events(self, call: Call) -> Answer:
        """Findings and errors, newest first."""
        asked, monitor = call.parameters(ListAlphaEvents), self._monitor(call)
        number, unit = int(asked.lookback_period[:-1]), asked.lookback_period[-1]
        since = self._world.clock.now() - timedelta(days=number * (7 if unit == "w" else 1))
        found: list[JsonValue] = [
            event
            for execution in monitor.executions
            if execution.at >= since and execution.outcome != "completion"
            for event in alpha_events(execution)
        ]
        return Answer(body={"events": found})

    def simulate_event(self, call: Call) -> Answer:
        asked, monitor = call.parameters(SimulateEvent), self._monitor(call)
        if monitor.webhook is None:
            raise NoWebhookError("Webhook not configured")
        return Answer(204, then=lambda: self._runner.simulate(monitor, asked.event_type))

    def _streams(self, call: Call) -> list[Monitor]:
        mine = self._world.monitors_of(call.owner)
        return [monitor for monitor in mine if monitor.type == "event_stream"]

    def _monitor(self, call: Call) -> Monitor:
        monitor = self._world.monitor(call.owner, call.path["monitor_id"])
        if monitor.deleted or monitor.type != "event_stream":
            raise NotFoundError("Monitor not found")
        return monitor


def _frequency(asked: CreateAlphaMonitor | UpdateAlphaMonitor) -> Frequency | None:
    return CADENCES[asked.cadence] if asked.cadence is not None else asked.frequency


def _advanced(policy: SourcePolicy | None) -> AdvancedSettings | None:
    return AdvancedSettings(source_policy=policy) if policy is not None else None


def _changed(settings: EventStreamSettings, asked: UpdateAlphaMonitor) -> EventStreamSettings:
    advanced = settings.advanced_settings
    if asked.source_policy is not None:
        location = advanced.location if advanced else None
        advanced = AdvancedSettings(source_policy=asked.source_policy, location=location)
    changes = {"query": asked.query or settings.query, "advanced_settings": advanced}
    return settings.model_copy(update=changes)
