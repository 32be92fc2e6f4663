"""What is sent to Parallel: bodies, paths and the ids in them."""

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlencode

from parallel.types.advanced_monitor_settings_param import AdvancedMonitorSettingsParam
from parallel.types.json_schema_param import JsonSchemaParam
from parallel.types.monitor_event_stream_settings_param import MonitorEventStreamSettingsParam
from parallel.types.monitor_snapshot_settings_param import MonitorSnapshotSettingsParam
from parallel.types.monitor_webhook_param import MonitorWebhookParam
from parallel.types.shared_params.source_policy import SourcePolicy
from parallel.types.update_monitor_event_stream_settings_param import (
    UpdateMonitorEventStreamSettingsParam,
)

from monitors.model.account import ParallelAccount
from monitors.model.edit import MonitorSettings
from monitors.model.edit import settings_of as monitor_settings
from monitors.model.monitor import Monitor, MonitorSpec, Processor
from monitors.model.parallel_errors import BadKeyError, UnknownMonitorError
from monitors.model.tracked_fields import field_key

EVENTS_PER_PAGE: Final = 100
_MONITORS_PER_PAGE: Final = 1000
_PROCESSORS: Final[dict[str, Processor]] = {"lite": "lite", "base": "base"}
_ID: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.~-]{0,199}")
_KEY: Final = re.compile(r"[!-~]+")


def api_key_of(account: ParallelAccount) -> str:
    """The account's key. Raises BadKeyError if it can't be sent in a header."""
    if _KEY.fullmatch(account.api_key) is None:
        raise BadKeyError("The key is empty or holds characters that no key has.")
    return account.api_key


def checked_id(text: str) -> str:
    """An id that is safe in a path. Raises UnknownMonitorError for any other."""
    if _ID.fullmatch(text) is None:
        raise UnknownMonitorError("That isn't an id.")
    return text


def list_path(*, include_cancelled: bool, cursor: str | None) -> str:
    query = [("limit", str(_MONITORS_PER_PAGE)), ("status", "active")]
    if include_cancelled:
        query.append(("status", "cancelled"))
    if cursor is not None:
        query.append(("cursor", cursor))
    return f"/v1/monitors?{urlencode(query)}"


def webhook_of(url: str) -> MonitorWebhookParam:
    return {
        "url": url,
        "event_types": [
            "monitor.event.detected",
            "monitor.execution.completed",
            "monitor.execution.failed",
        ],
    }


def processor_change(monitor: Monitor, wanted: MonitorSettings) -> Processor | None:
    """The processor, if an update has to change it."""
    return _PROCESSORS.get(wanted.processor) if wanted.processor != monitor.processor else None


def settings_change(
    monitor: Monitor, wanted: MonitorSettings
) -> UpdateMonitorEventStreamSettingsParam:
    """What an update has to change of the query, the sources and the country."""
    settings: UpdateMonitorEventStreamSettingsParam = {}
    if wanted.query != monitor.query:
        settings["query"] = wanted.query
    if _sources_of(wanted) != _sources_of(monitor_settings(monitor)):
        # Replaced whole; null clears them.
        settings["advanced_settings"] = _advanced_of(wanted) or None
    return settings


def _sources_of(wanted: MonitorSettings) -> tuple[tuple[str, ...], tuple[str, ...], str | None]:
    return wanted.include_domains, wanted.exclude_domains, wanted.location


def settings_of(
    spec: MonitorSpec,
) -> MonitorEventStreamSettingsParam | MonitorSnapshotSettingsParam:
    """The query exactly as typed, and the other settings only if set; or the run to start from."""
    if spec.baseline:
        return {"task_run_id": spec.baseline}
    settings: MonitorEventStreamSettingsParam = {"query": spec.query}
    if schema := json_schema_of(spec.fields):
        settings["output_schema"] = schema
    if spec.backfill:
        settings["include_backfill"] = True
    if advanced := _advanced_of(spec):
        settings["advanced_settings"] = advanced
    return settings


def _advanced_of(spec: MonitorSpec | MonitorSettings) -> AdvancedMonitorSettingsParam:
    advanced: AdvancedMonitorSettingsParam = {}
    if policy := source_policy_of(spec.include_domains, spec.exclude_domains):
        advanced["source_policy"] = policy
    if spec.location:
        advanced["location"] = spec.location
    return advanced


def source_policy_of(include: Sequence[str], exclude: Sequence[str]) -> SourcePolicy:
    policy: SourcePolicy = {}
    if include:
        policy["include_domains"] = list(include)
    if exclude:
        policy["exclude_domains"] = list(exclude)
    return policy


def json_schema_of(fields: Sequence[str]) -> JsonSchemaParam | None:
    """A flat object of texts, each described in the person's own words; None without fields."""
    if not fields:
        return None
    properties = {field_key(each): {"type": "string", "description": each} for each in fields}
    schema: dict[str, object] = {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
    return {"type": "json", "json_schema": schema}
