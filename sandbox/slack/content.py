"""What a message says: reading it from a request and holding it to Slack's limits."""

import json
from dataclasses import dataclass, field

from sandbox.slack.block_kit.blocks import check_blocks, interactive_elements, text_length
from sandbox.slack.block_kit.shapes import Report
from sandbox.slack.errors import SlackError
from sandbox.slack.mentions import mentions_in
from sandbox.slack.platform import Platform
from sandbox.slack.settings import SlackSettings
from sandbox.slack.state import SlackState
from sandbox.slack.wire import JsonObject, as_list, as_object, objects_in, parse_json

MOST_TEXT = 40_000
MOST_TEXT_IN_UPDATE = 4_000
MOST_MARKDOWN = 12_000
MOST_ATTACHMENTS = 100


@dataclass(frozen=True, slots=True)
class Content:
    text: str
    blocks: list[JsonObject]
    attachments: list[JsonObject]
    metadata: JsonObject | None
    mentions: list[str] = field(default_factory=list[str])


def read_content(
    payload: JsonObject,
    platform: Platform,
    *,
    longest_text: int = MOST_TEXT,
    may_be_empty: bool = False,
) -> Content:
    """The message in `payload`; raises SlackError with Slack's own code."""
    text = _read_text(payload, longest_text)
    blocks = _read_blocks(payload, platform.settings)
    attachments = _read_attachments(payload)
    if not (text.strip() or blocks or attachments or may_be_empty):
        raise SlackError("no_text")
    name_elements(blocks, platform.state)
    return Content(
        text=text,
        blocks=blocks,
        attachments=attachments,
        metadata=_read_metadata(payload, platform.settings),
        mentions=mentions_in(text, blocks, link_names=is_true(payload.get("link_names"))),
    )


def is_true(value: object) -> bool:
    return value in (True, 1, "1", "true", "True")


def decoded(value: object) -> object:
    """A parameter that is JSON in a form and an object in a JSON body."""
    return parse_json(value) if isinstance(value, str) and value.strip() else value


def _read_text(payload: JsonObject, longest: int) -> str:
    text = payload.get("text")
    markdown = payload.get("markdown_text")
    if markdown and (text or payload.get("blocks")):
        raise SlackError("markdown_text_conflict")
    if not isinstance(text, str | int | float | None) or not isinstance(markdown, str | None):
        raise SlackError("invalid_arguments", messages=["must be a string [json-pointer:/text]"])
    said = markdown or ("" if text is None else str(text))
    if len(said) > (MOST_MARKDOWN if markdown else longest):
        raise SlackError("msg_too_long")
    return said


def _read_blocks(payload: JsonObject, settings: SlackSettings) -> list[JsonObject]:
    given = payload.get("blocks")
    if given is None or given == "":
        return []
    blocks = decoded(given)
    if as_list(blocks) is None:
        raise SlackError("invalid_blocks_format")
    report = Report()
    check_blocks(blocks, "/blocks", report, surface="message")
    if report.faults:
        raise SlackError("invalid_blocks", messages=report.lines())
    if text_length(blocks) > settings.block_text_limit:
        raise SlackError("msg_blocks_too_long")
    return objects_in(blocks)


def _read_attachments(payload: JsonObject) -> list[JsonObject]:
    given = payload.get("attachments")
    if given is None or given == "":
        return []
    attachments = as_list(decoded(given))
    if attachments is None or len(objects_in(attachments)) != len(attachments):
        raise SlackError("invalid_attachments")
    if len(attachments) > MOST_ATTACHMENTS:
        raise SlackError("too_many_attachments")
    return objects_in(attachments)


def _read_metadata(payload: JsonObject, settings: SlackSettings) -> JsonObject | None:
    given = payload.get("metadata")
    if given is None or given in ("", "{}", {}):
        return None
    metadata = as_object(decoded(given))
    if metadata is None or set(metadata) - {"event_type", "event_payload", "entities"}:
        raise SlackError("invalid_metadata_format")
    event_type, event_payload = metadata.get("event_type"), as_object(metadata.get("event_payload"))
    if not isinstance(event_type, str) or not event_type or event_payload is None:
        raise SlackError("invalid_metadata_format")
    if len(json.dumps(metadata, ensure_ascii=False).encode()) > settings.metadata_bytes_limit:
        raise SlackError("metadata_too_large")
    return metadata


def name_elements(blocks: list[JsonObject], state: SlackState) -> None:
    """Slack gives ids to blocks and elements that came without."""
    for block in blocks:
        if not block.get("block_id"):
            block["block_id"] = state.new_secret(length=5)
    for placed in interactive_elements(blocks):
        placed.element.setdefault("action_id", state.new_secret(length=5))
