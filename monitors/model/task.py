"""A Task run at Parallel: what is asked of it, and how it stands."""

from dataclasses import dataclass
from enum import StrEnum

from monitors.model.event import MonitorEvent


@dataclass(frozen=True, slots=True)
class Task:
    """With `fields` it answers with these, else with a text. `follows` is an event's id."""

    question: str
    processor: str
    follows: str = ""
    fields: tuple[str, ...] = ()
    include_domains: tuple[str, ...] = ()
    exclude_domains: tuple[str, ...] = ()
    location: str | None = None


class TaskState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    """Also cancelled, or waiting for what nobody will give it: `error` says what Parallel did."""


@dataclass(frozen=True, slots=True)
class TaskRun:
    """`answer` once it is completed."""

    run_id: str
    state: TaskState
    answer: MonitorEvent | None = None
    error: str = ""
