"""Reads rendered messages as Slack and people would."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, cast

from monitors.model.message import Block, Message
from sandbox.slack.block_kit.blocks import Surface, check_blocks
from sandbox.slack.block_kit.shapes import Report

Json = dict[str, object]
_TOKEN: Final = re.compile(r"<([^<>]*)>")
_MOMENT: Final = re.compile(r"!date\^\d+\^[^|^<>]+\|[0-9: UTC-]+")
_OURS: Final = re.compile(rf"@[A-Z0-9]+|{_MOMENT.pattern}")


def as_json(message: Message) -> Json:
    """What goes over the wire."""
    body = {"text": message.text, "blocks": message.blocks}
    return cast("Json", json.loads(json.dumps(body)))


def faults(blocks: object, *, surface: Surface = "message") -> list[str]:
    """What Slack would refuse, and what cannot be sent as UTF-8 at all."""
    wire = json.dumps(blocks, ensure_ascii=False)
    wire.encode()
    report = Report()
    check_blocks(json.loads(wire), "/blocks", report, surface=surface)
    return report.lines()


def objects(value: object) -> Iterator[Json]:
    """Every JSON object inside, the outer ones first."""
    if isinstance(value, Mapping):
        yield cast("Json", value)
        for entry in cast("Json", value).values():
            yield from objects(entry)
    elif isinstance(value, list | tuple):
        for entry in cast("list[object]", value):
            yield from objects(entry)


def texts(blocks: object, kind: str) -> list[str]:
    """The text of every object of that type, in reading order."""
    return [str(found["text"]) for found in objects(blocks) if found.get("type") == kind]


def links(blocks: object) -> list[tuple[str, str]]:
    """Every link as its text and its address."""
    return [(str(f["text"]), str(f["url"])) for f in objects(blocks) if f.get("type") == "link"]


def visible(blocks: object) -> str:
    """All that can be read, run together."""
    shown = ("text", "link", "plain_text", "mrkdwn", "date")
    return "".join(
        str(found.get("text", found.get("fallback")))
        for found in objects(blocks)
        if found.get("type") in shown
    )


def pings(message: Message, *, but: Sequence[str] = ()) -> list[str]:
    """Whatever could notify others, or hide a link, but for the tokens that the app writes."""
    in_text = cast("list[str]", _TOKEN.findall(message.text))
    strange = [each for each in in_text if each[1:] not in but and not _MOMENT.fullmatch(each)]
    found = [f"text: {token}" for token in strange]
    found += re.findall(r"@(?:here|channel|everyone|group)\b", message.text, flags=re.IGNORECASE)
    for part in objects(message.blocks):
        if part.get("type") in ("user", "usergroup", "broadcast"):
            found.append(f"rich text: {part}")
        if part.get("type") == "mrkdwn":
            assert part["verbatim"] is True
            tokens = cast("list[str]", _TOKEN.findall(str(part["text"])))
            found += [f"mrkdwn: {token}" for token in tokens if not _OURS.fullmatch(token)]
    return found


def characters(message: Message) -> int:
    """The message's whole text, blocks and top-level text together."""
    return len(message.text) + len(visible(message.blocks))


def buttons(blocks: tuple[Block, ...]) -> dict[str, Json]:
    """By label."""
    found = [part for part in objects(blocks) if part.get("type") == "button"]
    return {str(cast("Json", part["text"])["text"]): part for part in found}
