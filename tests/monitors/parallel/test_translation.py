"""From the wire to the domain: every shape of an event, and anything at all."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from monitors.model.event import Execution, MonitorEvent, Part, Source
from monitors.model.json_text import UnreadableError
from monitors.model.monitor import MonitorStatus
from monitors.parallel.translation import entries_of, entry_of, monitor_of, monitors_of
from monitors.parallel.wire import MONITOR_LISTS, WireMonitor, page_of, wire_of

LOG: Final = structlog.get_logger()
TEN: Final = datetime(2026, 1, 15, 10, tzinfo=UTC)
CITED: Final[JsonValue] = [
    {
        "field": "output",
        "reasoning": "…",
        "confidence": "high",
        "citations": [
            {"url": "https://a.example", "title": None},
            {"url": "https://b.example", "title": "B", "excerpts": ["…"]},
            {"url": "https://a.example", "title": "A"},
            {"title": "no address"},
            "odd",
        ],
    },
    {"field": "other", "confidence": "low", "citations": None},
    None,
]
KEYS: Final = st.sampled_from(
    [
        *("event_type", "type", "event_id", "event_group_id", "monitor_group_id", "event_date"),
        *("output", "result", "changed_output", "previous_output", "source_urls", "basis"),
        *("content", "citations", "url", "title", "confidence", "timestamp", "monitor_ts", "date"),
        *("error", "error_message", "message", "monitor_id", "metadata", "settings", "status"),
        *("advanced_settings", "source_policy", "include_domains", "frequency", "created_at"),
    ]
)
LEAVES: Final = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["event_stream", "snapshot", "completion", "error", "event", "json", "text"])
    | st.sampled_from(["cancelled", "canceled", "2026-01-15T10:00:00Z", "2026-04", "completed_x"])
)
ANYTHING: Final = st.recursive(
    LEAVES, lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner), max_leaves=20
)


def finding(**fields: JsonValue) -> MonitorEvent:
    entry = entry_of({"event_id": "e", "event_group_id": "g", **fields})
    assert isinstance(entry, MonitorEvent)
    return entry


def test_a_text_finding_keeps_its_words_sources_date_and_weakest_confidence() -> None:
    event = finding(
        event_type="event_stream",
        event_date="2026-04",
        output={"type": "text", "content": "News <b>", "basis": CITED, "later": 1},
        later={"field": 1},
    )
    assert event == MonitorEvent(
        event_id="e",
        group_id="g",
        parts=(Part("News <b>"),),
        date="2026-04",
        sources=(Source("https://a.example", "A"), Source("https://b.example", "B")),
        confidence="low",
    )


@pytest.mark.parametrize("date", [None, "2026", "2026-04", "2026-04-01", "last spring"])
def test_a_date_is_kept_in_parallels_own_words(date: str | None) -> None:
    assert finding(event_date=date, output="text").date == date


def test_a_json_finding_is_one_field_per_entry_and_says_nothing_of_what_is_null() -> None:
    content: JsonValue = {"name": "Ü", "count": 3, "sure": True, "none": None, "deep": {"a": [1]}}
    assert finding(output={"type": "json", "content": content}).parts == (
        Part("Ü", "name"),
        Part("3", "count"),
        Part("yes", "sure"),
        Part("- a:\n  - 1", "deep"),
    )


def test_a_snapshot_names_old_and_new_of_each_changed_field() -> None:
    event = finding(
        event_type="snapshot",
        changed_output={
            "type": "json",
            "content": {"price": 2, "gone": None, "empty": "", "emptied": [], "fresh": "x"},
        },
        previous_output={
            "type": "json",
            "content": {"price": 1, "gone": "y", "empty": "y", "emptied": ["y"], "same": "z"},
        },
    )
    assert event.parts == (
        Part("2", "price", "1"),
        Part("none", "gone", "y"),
        Part("none", "empty", "y"),
        Part("none", "emptied", "- y"),
        Part("x", "fresh", ""),
    )


def test_a_snapshot_of_text_is_one_change() -> None:
    event = finding(
        changed_output={"type": "text", "content": "new"},
        previous_output={"type": "text", "content": "old"},
    )
    assert event.parts == (Part("new", "output", "old"),)


def test_a_change_that_is_no_object_is_shown_as_it_is() -> None:
    event = finding(event_type="snapshot", changed_output=["a word"])
    assert event.unknown_type == "snapshot"
    assert "a word" in event.parts[0].text


def test_the_older_name_of_the_group_counts_when_the_newer_is_null() -> None:
    entry = entry_of({"event_id": "e", "event_group_id": None, "monitor_group_id": "older"})
    assert isinstance(entry, MonitorEvent)
    assert entry.group_id == "older"


def test_a_legacy_finding_shows_its_result_rather_than_its_deprecated_output() -> None:
    raw: dict[str, JsonValue] = {
        "type": "event",
        "event_group_id": "g",
        "output": "deprecated",
        "source_urls": ["https://a.example", None, ""],
        "result": {"type": "json", "content": {"a": "b"}},
    }
    first, again = entry_of(raw), entry_of(dict(reversed(raw.items())))
    assert first == again
    assert isinstance(first, MonitorEvent)
    assert first.parts == (Part("b", "a"),)
    assert first.sources == (Source("https://a.example"),)
    del raw["result"]
    assert isinstance(only_old := entry_of(raw), MonitorEvent)
    assert only_old.parts == (Part("deprecated"),)
    assert only_old.event_id != first.event_id


@pytest.mark.parametrize(
    "raw",
    [
        {"event_type": "completion", "timestamp": "2026-01-15T10:00:00Z"},
        {"type": "completion", "monitor_ts": "completed_2026-01-15T10:00:00Z"},
        {"timestamp": "2026-01-15T11:00:00+01:00"},
    ],
)
def test_a_quiet_run_is_read_in_both_versions(raw: dict[str, JsonValue]) -> None:
    assert entry_of(raw) == Execution(TEN)


@pytest.mark.parametrize(
    "raw",
    [
        {"event_type": "error", "error_message": "broke", "timestamp": "2026-01-15T10:00:00Z"},
        {"type": "error", "error": "broke", "id": "error_1", "date": "2026-01-15T10:00:00"},
        {"error_message": "broke", "timestamp": "2026-01-15T10:00:00Z"},
    ],
)
def test_a_failed_run_is_read_in_both_versions(raw: dict[str, JsonValue]) -> None:
    assert entry_of(raw) == Execution(TEN, "broke")


def test_an_unknown_type_is_shown_plainly() -> None:
    named = finding(event_type="prophecy", output={"content": "It will rain.", "basis": CITED})
    assert (named.parts, named.unknown_type) == ((Part("It will rain."),), "prophecy")
    assert named.sources
    bare = finding(event_type="prophecy", stars=[1, 2])
    assert bare.unknown_type
    assert bare.parts == (Part("- stars:\n  - 1\n  - 2"),)


@pytest.mark.parametrize(
    ("status", "read"),
    [
        ("active", MonitorStatus.ACTIVE),
        ("cancelled", MonitorStatus.CANCELLED),
        ("canceled", MonitorStatus.CANCELLED),
        ("Canceled", MonitorStatus.CANCELLED),
        ("resting", MonitorStatus.ACTIVE),
        (None, MonitorStatus.ACTIVE),
    ],
)
def test_both_spellings_end_a_monitor_and_an_unknown_status_does_not(
    status: str | None, read: MonitorStatus
) -> None:
    assert monitor_of(wire_of(WireMonitor, {"monitor_id": "m", "status": status})).status is read


@pytest.mark.parametrize("odd", ["yesterday", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59Z"])
def test_odd_metadata_costs_its_own_entry_only(odd: str) -> None:
    raw: JsonValue = {
        "monitor_id": "m",
        "metadata": {"slack_thread_id": "1.2", "count": 3, "deep": {}, "none": None},
        "settings": "odd",
        "last_run_at": odd,
    }
    monitor = monitor_of(wire_of(WireMonitor, raw))
    assert monitor.metadata == {"slack_thread_id": "1.2", "count": "3"}
    assert monitor.last_run_at is None


@given(ANYTHING)
def test_no_event_whatever_it_holds_breaks_the_page(value: JsonValue) -> None:
    page: list[JsonValue] = [value, {"event_id": "last", "output": "text"}]
    last = list(entries_of(page, log=LOG))[-1]
    assert isinstance(last, MonitorEvent)
    assert last.event_id == "last"


@given(ANYTHING)
def test_no_monitor_whatever_it_holds_breaks_the_list(value: JsonValue) -> None:
    extra: Mapping[str, JsonValue] = value if isinstance(value, dict) else {}
    page: list[JsonValue] = [value, {**extra, "monitor_id": "last"}]
    assert list(monitors_of(page, log=LOG))[-1].monitor_id == "last"


@given(st.binary())
def test_no_answer_whatever_its_bytes_raises_anything_but_unreadable(body: bytes) -> None:
    with suppress(UnreadableError):
        page_of(body, MONITOR_LISTS)
