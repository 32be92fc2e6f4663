"""A finding in one line: how it begins."""

from typing import Final, assert_never

from monitors.blocks.markdown import markdown_lines
from monitors.blocks.text import clip, from_the_web, is_blank, one_line
from monitors.model.event import (
    ChangeBody,
    EventBody,
    FieldsBody,
    MonitorEvent,
    TextBody,
    UnknownBody,
)

_CHARACTERS: Final = 180
# Of a longer text the rest isn't read.
_READ_CHARACTERS: Final = 2000


def headline(event: MonitorEvent) -> str:
    """Its first line that says something, without Markdown's marks."""
    lines = markdown_lines(_text(event.body)[:_READ_CHARACTERS])
    said = ("".join(span.text for span in line.spans) for line in lines)
    first = next((each for each in said if not is_blank(each)), "(no text)")
    return clip(one_line(from_the_web(first)), _CHARACTERS)


def _text(body: EventBody) -> str:
    match body:
        case TextBody(text=text) | UnknownBody(text=text):
            return text
        case FieldsBody(fields=fields):
            return " · ".join(f"{each.name}: {one_line(each.value)}" for each in fields)
        case ChangeBody(changes=changes):
            return " · ".join(
                f"{each.name}: {one_line(each.old or 'nothing')} → {one_line(each.new)}"
                for each in changes
            )
        case _:
            assert_never(body)
