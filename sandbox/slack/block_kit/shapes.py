"""Small checks that combine into Slack's schema; each reports faults by JSON pointer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias
from urllib.parse import urlsplit

from sandbox.slack.wire import JsonObject, as_list, as_object


@dataclass(slots=True)
class Report:
    """Collects what is wrong, worded as Slack words it."""

    faults: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    def add(self, pointer: str, text: str) -> None:
        self.faults.append((pointer, text))

    def lines(self) -> list[str]:
        return [f"{text} [json-pointer:{pointer}]" for pointer, text in self.faults]


Check: TypeAlias = Callable[[object, str, Report], None]


@dataclass(frozen=True, slots=True)
class Field:
    check: Check
    required: bool = False


def required(check: Check) -> Field:
    return Field(check, required=True)


def string(longest: int, *, shortest: int = 0) -> Check:
    def check(value: object, pointer: str, report: Report) -> None:
        if not isinstance(value, str):
            report.add(pointer, "must be a string")
        elif len(value) > longest:
            report.add(pointer, f"must be less than {longest + 1} characters")
        elif len(value) < shortest:
            report.add(pointer, f"must be more than {shortest - 1} characters")

    return check


def url(longest: int = 3000) -> Check:
    length = string(longest, shortest=1)

    def check(value: object, pointer: str, report: Report) -> None:
        before = len(report.faults)
        length(value, pointer, report)
        if len(report.faults) == before and not _is_url(str(value)):
            report.add(pointer, "must be a valid URL")

    return check


def _is_url(value: str) -> bool:
    if any(character in value for character in ' <>"\n\t'):
        return False
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return bool(parts.scheme) and bool(parts.netloc or parts.scheme in {"mailto", "slack", "tel"})


def boolean(value: object, pointer: str, report: Report) -> None:
    if not isinstance(value, bool):
        report.add(pointer, "must be a boolean")


def integer(lowest: int, highest: int) -> Check:
    def check(value: object, pointer: str, report: Report) -> None:
        if isinstance(value, bool) or not isinstance(value, int):
            report.add(pointer, "must be an integer")
        elif not lowest <= value <= highest:
            report.add(pointer, f"must be between {lowest} and {highest}")

    return check


def choice(*allowed: str) -> Check:
    def check(value: object, pointer: str, report: Report) -> None:
        if value not in allowed:
            report.add(pointer, f"must be one of: {', '.join(allowed)}")

    return check


def anything(_value: object, _pointer: str, _report: Report) -> None:
    """For parts whose inside Slack does not document."""


def array(item: Check, *, most: int, least: int = 1) -> Check:
    def check(value: object, pointer: str, report: Report) -> None:
        items = as_list(value)
        if items is None:
            report.add(pointer, "must be an array")
            return
        if len(items) > most:
            report.add(pointer, f"no more than {most} items allowed")
        if len(items) < least:
            report.add(pointer, f"no fewer than {least} items allowed")
        for index, entry in enumerate(items):
            item(entry, f"{pointer}/{index}", report)

    return check


def shape(fields: Mapping[str, Field | Check]) -> Check:
    """An object with exactly these fields: unknown ones are refused, as Slack does."""

    def check(value: object, pointer: str, report: Report) -> None:
        content = as_object(value)
        if content is None:
            report.add(pointer, "must provide an object")
            return
        for name, entry in content.items():
            spec = fields.get(name)
            if spec is None:
                report.add(pointer, f"invalid additional property: {name}")
                continue
            (spec.check if isinstance(spec, Field) else spec)(entry, f"{pointer}/{name}", report)
        for name, spec in fields.items():
            if isinstance(spec, Field) and spec.required and name not in content:
                report.add(pointer, f"missing required field: {name}")

    return check


def by_type(kinds: Mapping[str, Check]) -> Check:
    """An object whose `type` says which of `kinds` it must be."""

    def check(value: object, pointer: str, report: Report) -> None:
        content = as_object(value)
        if content is None:
            report.add(pointer, "must provide an object")
            return
        kind = content.get("type")
        if kind is None:
            report.add(pointer, "missing required field: type")
        elif not isinstance(kind, str) or kind not in kinds:
            report.add(f"{pointer}/type", f"unsupported type: {kind}")
        else:
            kinds[kind](content, pointer, report)

    return check


def also(first: Check, rule: Callable[[JsonObject, str, Report], None]) -> Check:
    """`first`, then a rule across the fields of the object."""

    def check(value: object, pointer: str, report: Report) -> None:
        first(value, pointer, report)
        content = as_object(value)
        if content is not None:
            rule(content, pointer, report)

    return check


def exactly_one(*names: str) -> Callable[[JsonObject, str, Report], None]:
    def rule(content: JsonObject, pointer: str, report: Report) -> None:
        if sum(name in content for name in names) != 1:
            report.add(pointer, f"must provide exactly one of: {', '.join(names)}")

    return rule


def at_least_one(*names: str) -> Callable[[JsonObject, str, Report], None]:
    def rule(content: JsonObject, pointer: str, report: Report) -> None:
        if not any(name in content for name in names):
            report.add(pointer, f"missing required field: {' or '.join(names)}")

    return rule
