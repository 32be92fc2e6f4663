"""Findings to render, and the texts that hostile pages and people send."""

from typing import Final

from monitors.model.event import EventBody, EventGroup, MonitorEvent, Source, TextBody
from tests.security.hostile_text import CORPUS

HOSTILE: Final = tuple(CORPUS.values())


def event(body: EventBody | str, *sources: Source, event_id: str = "mevt_1") -> MonitorEvent:
    shaped = TextBody(body) if isinstance(body, str) else body
    return MonitorEvent(event_id, "mevtgrp_1", shaped, sources=sources)


def group(*events: MonitorEvent) -> EventGroup:
    return EventGroup("monitor_1", "mevtgrp_1", events)
