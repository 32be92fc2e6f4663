"""files.*: getting an upload's address, and sharing what was uploaded there."""

import re

from sandbox.slack.content import MOST_TEXT, decoded, read_content
from sandbox.slack.errors import SlackError
from sandbox.slack.files import file_json
from sandbox.slack.model import Channel, StoredFile
from sandbox.slack.posting import store_bot_message
from sandbox.slack.web_api.call import Call
from sandbox.slack.wire import JsonObject, as_text, objects_in

_CHANNEL_ID = re.compile(r"[CGDZ][A-Z0-9]{8,}")


def get_upload_url(call: Call) -> JsonObject:
    name, length = call.text("filename"), call.text("length")
    if not name or not length or length == "0":
        raise SlackError("missing_argument")
    if not length.isdecimal():
        raise SlackError(
            "invalid_arguments", messages=["must be an integer [json-pointer:/length]"]
        )
    state = call.platform.state
    file = StoredFile(
        id=state.new_id("F"),
        ticket=state.new_secret(length=40),
        team_id=_owner(call),
        name=name,
        length=int(length),
    )
    state.files[file.id] = file
    return {"upload_url": f"{call.base_url}/slack/upload/v1/{file.ticket}", "file_id": file.id}


def _owner(call: Call) -> str:
    return call.bot_grant.team_id or call.bot_grant.enterprise_id or ""


def complete_upload(call: Call) -> JsonObject:
    """Once for each file: its upload is used up by it, wherever it is shared."""
    wanted = objects_in(decoded(call.arguments.get("files")))
    if not wanted:
        raise SlackError("invalid_arguments", messages=["missing required field: files"])
    files = [_uploaded(call, as_text(each.get("id"))) for each in wanted]
    if len(call.text("initial_comment")) > MOST_TEXT:
        raise SlackError("msg_too_long")
    if call.text("channel_id"):
        channel = _channel(call)
        said = call.text("initial_comment")
        payload: JsonObject = {"text": said} if said else {"blocks": call.arguments.get("blocks")}
        content = read_content(payload, call.platform, may_be_empty=True)
        around: JsonObject = {"thread_ts": call.text("thread_ts"), "unfurl_links": False}
        around["unfurl_media"] = False
        store_bot_message(call.platform, channel, content, around, files=files)
    for file, each in zip(files, wanted, strict=True):
        file.title = as_text(each.get("title")) or file.name
        file.is_completed = True
    # Where they are shared isn't known yet: at Slack, that is done by and by.
    return {"files": [file_json(each) for each in files]}


def _uploaded(call: Call, file_id: str) -> StoredFile:
    file = call.platform.state.files.get(file_id)
    is_there = file is not None and file.team_id == _owner(call) and file.content is not None
    if file is None or not is_there or file.is_completed:
        raise SlackError("file_not_found")
    return file


def _channel(call: Call) -> Channel:
    wanted = call.text("channel_id")
    if not _CHANNEL_ID.fullmatch(wanted):
        pattern = f"input must match regex pattern: ^{_CHANNEL_ID.pattern}$"
        raise SlackError("invalid_arguments", messages=[f"{pattern} [json-pointer:/channel_id]"])
    channel = call.visible_channel("channel_id")
    if not call.is_member(channel):
        raise SlackError("not_in_channel")
    if channel.archived:
        raise SlackError("posting_to_channel_denied")
    return channel
