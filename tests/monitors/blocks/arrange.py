"""Findings to render, and the texts that hostile pages and people send."""

from typing import Final

from monitors.model.event import EventGroup, MonitorEvent, Part, Source
from tests.security.hostile_text import CORPUS

HOSTILE: Final = tuple(CORPUS.values())


def event(
    says: str | tuple[Part, ...], *sources: Source, event_id: str = "mevt_1", unknown_type: str = ""
) -> MonitorEvent:
    parts = (Part(says),) if isinstance(says, str) else says
    return MonitorEvent(event_id, "mevtgrp_1", parts, sources=sources, unknown_type=unknown_type)


def group(*events: MonitorEvent) -> EventGroup:
    return EventGroup("monitor_1", "mevtgrp_1", events)
