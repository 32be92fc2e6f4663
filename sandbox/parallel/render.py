"""Records as the two versions of the API show them."""

from collections.abc import Iterator
from datetime import datetime

from pydantic import JsonValue

from sandbox.parallel.fields import JsonObject, SourcePolicy, frequency_seconds
from sandbox.parallel.records import Execution, Monitor
from sandbox.parallel.settings import GroupField
from sandbox.parallel.wire_alpha import CADENCES
from sandbox.parallel.wire_v1 import EventStreamSettings


def iso(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def v1_monitor(monitor: Monitor) -> JsonObject:
    shown = _common(monitor)
    shown["type"] = monitor.type
    shown["status"] = "active" if monitor.active else "cancelled"
    shown["processor"] = monitor.processor
    shown["output"] = None
    if isinstance(monitor.settings, EventStreamSettings):
        shown["settings"] = monitor.settings.model_dump(exclude_none=True)
    else:
        schema = monitor.baseline.schema if monitor.baseline else None
        shown["settings"] = {
            "task_run_id": monitor.settings.task_run_id,
            "query": monitor.query,
            "output_schema": {"type": "json", "json_schema": schema} if schema else None,
        }
        shown["output"] = {"latest_snapshot": _snapshot_output(monitor)}
    return shown


def alpha_monitor(monitor: Monitor) -> JsonObject:
    """Only event streams exist there."""
    shown = _common(monitor)
    shown["query"] = monitor.query
    shown["status"] = "active" if monitor.active else "canceled"
    shown["cadence"] = _cadence(monitor.frequency)
    shown["output_schema"] = None
    shown["source_policy"] = None
    shown["include_backfill"] = None
    if isinstance(monitor.settings, EventStreamSettings):
        settings, policy = monitor.settings, source_policy(monitor.settings)
        shown["include_backfill"] = settings.include_backfill
        if settings.output_schema is not None:
            shown["output_schema"] = settings.output_schema.model_dump()
        if policy is not None:
            shown["source_policy"] = policy.model_dump(exclude_none=True)
    return shown


def source_policy(settings: EventStreamSettings) -> SourcePolicy | None:
    return settings.advanced_settings.source_policy if settings.advanced_settings else None


def v1_events(execution: Execution, group_field: GroupField) -> list[JsonObject]:
    match execution.outcome:
        case "events":
            group = group_names(execution.group_id, group_field)
            return [{**event, **group} for event in execution.events]
        case "completion":
            return [{"event_type": "completion", "timestamp": iso(execution.at)}]
        case "error":
            error: JsonObject = {
                "event_type": "error",
                "error_message": execution.error,
                "timestamp": iso(execution.at),
            }
            return [error]


def alpha_events(execution: Execution) -> list[JsonObject]:
    match execution.outcome:
        case "events":
            return [_alpha_event(execution.group_id, event) for event in execution.events]
        case "completion":
            return [alpha_completion(execution)]
        case "error":
            return [alpha_error(execution)]


def alpha_completion(execution: Execution) -> JsonObject:
    """Webhooks of both versions carry this form."""
    return {"type": "completion", "monitor_ts": f"completed_{_seconds(execution.at)}"}


def alpha_error(execution: Execution) -> JsonObject:
    """Webhooks of both versions carry this form."""
    date = _seconds(execution.at)
    return {"type": "error", "error": execution.error, "id": f"error_{date}", "date": date}


def group_names(group_id: str, group_field: GroupField) -> JsonObject:
    if group_field == "both":
        return {"monitor_group_id": group_id, "event_group_id": group_id}
    return {group_field: group_id}


def _common(monitor: Monitor) -> JsonObject:
    return {
        "monitor_id": monitor.monitor_id,
        "frequency": monitor.frequency,
        "webhook": monitor.webhook.model_dump() if monitor.webhook else None,
        "metadata": dict[str, JsonValue](monitor.metadata)
        if monitor.metadata is not None
        else None,
        "created_at": iso(monitor.created_at),
        "last_run_at": iso(monitor.last_run_at) if monitor.last_run_at else None,
    }


def _snapshot_output(monitor: Monitor) -> JsonValue:
    basis: list[JsonValue] = [
        {"field": name, "reasoning": "As found by the latest run."} for name in monitor.snapshot
    ]
    return {"type": "json", "content": monitor.snapshot, "basis": basis}


def _cadence(frequency: str) -> JsonValue:
    seconds = frequency_seconds(frequency)
    for cadence, same in CADENCES.items():
        if frequency_seconds(same) == seconds:
            return cadence
    return None


def _alpha_event(group_id: str, event: JsonObject) -> JsonObject:
    output = event.get("output", event.get("changed_output"))
    result: JsonObject = {"type": "text", "content": str(event.get("note", ""))}
    if isinstance(output, dict):
        result = {"type": output.get("type", "text"), "content": output.get("content")}
    content = result["content"]
    return {
        "type": "event",
        "event_group_id": group_id,
        "event_date": event.get("event_date"),
        "source_urls": list(_urls(output)),
        "result": result,
        "output": content if isinstance(content, str) else str(content),
    }


def _urls(output: JsonValue) -> Iterator[JsonValue]:
    """Every cited address, from content that a test may have made up freely."""
    basis = output.get("basis") if isinstance(output, dict) else None
    for entry in basis if isinstance(basis, list) else []:
        citations = entry.get("citations") if isinstance(entry, dict) else None
        for citation in citations if isinstance(citations, list) else []:
            if isinstance(citation, dict) and isinstance(citation.get("url"), str):
                yield citation["url"]


def _seconds(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
