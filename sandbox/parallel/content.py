"""Plausible findings, made up from a monitor's query."""

import random
from datetime import datetime
from typing import Literal

from pydantic import JsonValue

from sandbox.parallel.fields import JsonObject
from sandbox.parallel.records import Monitor
from sandbox.parallel.wire_v1 import EventStreamSettings
from sandbox.parallel.written import Written, written_for

Kind = Literal["finding", "findings", "json", "snapshot", "unknown_type"]

_OPENINGS = (
    "A new report is out on",
    "An announcement was made on",
    "Fresh figures are out on",
    "A new analysis appeared on",
    "Two newspapers report news on",
)
_DETAILS = (
    "It names three changes that take effect next month.",
    "The figures behind it were published on the same day.",
    "Two independent outlets confirmed it within the day.",
    "It contradicts what was said in the previous quarter.",
    "A follow-up is announced for next week.",
)
_SITES = (
    ("https://arxiv.org/abs/2610.{n:05d}", "arXiv"),
    ("https://www.reuters.com/technology/story-{n}", "Reuters"),
    ("https://www.sec.gov/news/press-release/2026-{n}", "SEC press release"),
    ("https://example.org/articles/{n}", "Example Journal"),
)


class Author:
    """Writes v1 events without ids."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng

    def write(self, monitor: Monitor, kind: Kind, count: int, at: datetime) -> list[JsonObject]:
        if kind == "unknown_type":
            return [self._unknown(monitor)]
        if kind == "snapshot" or monitor.type == "snapshot":
            return [self._snapshot(monitor, at) for _ in range(count)]
        schema = _schema_of(monitor)
        if kind == "json" or schema is not None:
            return [self._json(monitor, schema, number, at) for number in range(count)]
        return [self._text(monitor, number, at) for number in range(count)]

    def _text(self, monitor: Monitor, number: int, at: datetime) -> JsonObject:
        written = written_for(monitor.query, monitor.found + number)
        if written is not None:
            return _event_of(written, at)
        opening, detail = self._rng.choice(_OPENINGS), self._rng.choice(_DETAILS)
        content = f"{opening} {_subject(monitor)}. {detail}"
        output: JsonObject = {
            "type": "text",
            "content": content,
            "basis": self._basis(monitor.query, "output"),
        }
        return {"event_type": "event_stream", "event_date": self._date(at), "output": output}

    def _json(
        self, monitor: Monitor, schema: JsonObject | None, number: int, at: datetime
    ) -> JsonObject:
        written = written_for(monitor.query, monitor.found + number) if schema is None else None
        if written is not None:
            return _event_of(written, at, as_json=True)
        output = self._output(self._filled(monitor, schema), monitor.query)
        return {"event_type": "event_stream", "event_date": self._date(at), "output": output}

    def _filled(self, monitor: Monitor, schema: JsonObject | None) -> JsonObject:
        properties = schema.get("properties") if schema else None
        if not isinstance(properties, dict):
            return {
                "headline": f"{self._rng.choice(_OPENINGS)} {_subject(monitor)}",
                "category": self._rng.choice(["announcement", "research", "policy"]),
                "summary": self._rng.choice(_DETAILS),
            }
        return {name: self._value(asked, monitor) for name, asked in properties.items()}

    def _value(self, asked: JsonValue, monitor: Monitor) -> JsonValue:
        if not isinstance(asked, dict):
            return None
        choices = asked.get("enum")
        if isinstance(choices, list) and choices:
            return self._rng.choice(choices)
        made_up: JsonObject = {
            "integer": self._rng.randrange(1, 1000),
            "number": self._rng.randrange(1, 1000) / 10,
            "boolean": self._rng.choice([True, False]),
            "array": [],
            "object": {},
        }
        text = f"{self._rng.choice(_OPENINGS)} {_subject(monitor)}"
        return made_up.get(str(asked.get("type")), text)

    def _snapshot(self, monitor: Monitor, at: datetime) -> JsonObject:
        previous = dict(monitor.snapshot or {"status": "planned", "expected_date": "March 2027"})
        name = self._rng.choice(list(previous))
        changed: JsonObject = {name: self._news(name, but=previous[name])}
        monitor.snapshot = previous | changed
        return {
            "event_type": "snapshot",
            "event_date": self._date(at),
            "changed_output": self._output(changed, monitor.query),
            "previous_output": self._output(previous, monitor.query),
        }

    def answer(self, asked: str, schema: JsonObject | None) -> JsonObject:
        """What a Task run comes to: a text, or the fields of a schema."""
        properties = schema.get("properties") if schema else None
        if isinstance(properties, dict):
            return self._output({name: self._news(name) for name in properties}, asked)
        details = "\n".join(f"- {each}" for each in self._rng.sample(_DETAILS, k=3))
        content = f"## What is known\n\n{details}"
        return {"type": "text", "content": content, "basis": self._basis(asked, "output")}

    def _news(self, name: str, *, but: JsonValue = None) -> JsonValue:
        """A short value, plausible for a field of that name, and another one than before."""
        kinds = {
            "price": [f"${n:,}" for n in (29_900, 31_500, 34_990, 38_000)],
            "date": ["March 2027", "June 2027", "September 2027", "early 2028"],
            "ceo": ["Maria Lopez", "Tom Becker", "Aiko Tanaka"],
        }
        kind = next((kind for kind in kinds if kind in name.lower()), None)
        values = kinds[kind] if kind else ["planned", "announced", "delayed", "shipped"]
        return self._rng.choice([each for each in values if each != but])

    def _output(self, content: JsonObject, query: str) -> JsonObject:
        return {"type": "json", "content": content, "basis": self._basis(query, *content)}

    def _unknown(self, monitor: Monitor) -> JsonObject:
        return {
            "event_type": "trend_shift",
            "severity": {"level": 3, "scale": "1-5"},
            "note": f"A kind of event that this app has never heard of: {monitor.query}",
        }

    def _basis(self, query: str, *fields: str) -> list[JsonValue]:
        """One for each field, all from the same pages."""
        citations: list[JsonValue] = [
            {
                "url": url.format(n=self._rng.randrange(1, 99999)),
                "title": title,
                "excerpts": [f"… {query[:100]} …"],
            }
            for url, title in self._rng.sample(_SITES, k=self._rng.randint(1, 2))
        ]
        return [
            {
                "field": field,
                "reasoning": "The cited pages were published after the previous run.",
                "citations": citations,
                "confidence": self._rng.choice(["low", "medium", "high", None]),
            }
            for field in fields
        ]

    def _date(self, at: datetime) -> str | None:
        """Dates come whole, in part, or not at all."""
        day = at.date().isoformat()
        return self._rng.choice([day, day, day, day[:7], day[:4], None])


def _event_of(written: Written, at: datetime, *, as_json: bool = False) -> JsonObject:
    citations: list[JsonValue] = [
        {"url": url, "title": title, "excerpts": [written.headline]}
        for url, title in written.sources
    ]
    basis: JsonObject = {
        "field": "output",
        "reasoning": "The cited pages were published after the previous run.",
        "citations": citations,
        "confidence": written.confidence,
    }
    output: JsonObject = {
        "type": "text",
        "content": f"{written.headline}. {written.details}",
        "basis": [basis],
    }
    if as_json:
        fields: JsonObject = {"headline": written.headline, "summary": written.details}
        output |= {"type": "json", "content": fields, "basis": [basis | {"field": "headline"}]}
    return {
        "event_type": "event_stream",
        "event_date": at.date().isoformat(),
        "output": output,
    }


def _subject(monitor: Monitor) -> str:
    """What it watches, so that it reads on in the middle of a sentence."""
    query = monitor.query[:300]
    first, _, rest = query.partition(" ")
    return rest if first.lower() in {"latest", "new"} and rest else query


def _schema_of(monitor: Monitor) -> JsonObject | None:
    if isinstance(monitor.settings, EventStreamSettings) and monitor.settings.output_schema:
        return monitor.settings.output_schema.json_schema
    return None
