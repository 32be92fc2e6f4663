"""Uploading a file in three steps, and sharing it once."""

import httpx
import pytest

from sandbox.plain_http import NO_TLS
from tests.sandbox.slack.driver import Json, Slack

CSV = b"a,b\n1,2\n"


def announce(slack: Slack) -> Json:
    return slack.api("files.getUploadURLExternal", filename="found.csv", length=len(CSV))


def send(address: str, content: bytes = CSV) -> int:
    return httpx.post(address, content=content, trust_env=False, verify=NO_TLS).status_code


def uploaded(slack: Slack) -> str:
    announced = announce(slack)
    assert send(announced["upload_url"]) == httpx.codes.OK
    return announced["file_id"]


def refusal(slack: Slack, file_id: str, **more: str) -> str:
    return slack.refused("files.completeUploadExternal", files=[{"id": file_id}], **more)


def test_a_file_is_shared_in_a_thread_with_its_words_and_can_be_fetched(slack: Slack) -> None:
    room = slack.acme.research
    slack.join(room)
    parent = slack.post(room)["ts"]
    slack.api(
        "files.completeUploadExternal",
        files=[{"id": uploaded(slack), "title": "Found"}],
        channel_id=room,
        thread_ts=parent,
        initial_comment="Here it is",
    )
    _, message = slack.messages(room)
    (file,) = message["files"]
    assert (message["thread_ts"], message["text"]) == (parent, "Here it is")
    assert (file["name"], file["title"], file["size"]) == ("found.csv", "Found", len(CSV))
    address = f"{slack.url}{file['url_private_download']}"
    assert httpx.get(address, trust_env=False, verify=NO_TLS).content == CSV


def test_an_address_takes_the_announced_bytes_once(slack: Slack) -> None:
    address = announce(slack)["upload_url"]
    assert send(address, CSV + b"more") == httpx.codes.BAD_REQUEST
    assert send(address) == httpx.codes.OK
    assert send(address) == httpx.codes.NOT_FOUND
    assert slack.refused("files.getUploadURLExternal", filename="x", length=0) == "missing_argument"


def test_a_file_is_completed_once_and_only_when_it_is_there(slack: Slack) -> None:
    room = slack.acme.research
    slack.join(room)
    assert refusal(slack, announce(slack)["file_id"], channel_id=room) == "file_not_found"
    file_id = uploaded(slack)
    slack.api("files.completeUploadExternal", files=[{"id": file_id}], channel_id=room)
    assert refusal(slack, file_id, channel_id=room) == "file_not_found"
    assert len([each for each in slack.messages(room) if each["files"]]) == 1


@pytest.mark.parametrize("kind", ["public", "private"])
def test_the_app_has_to_be_in_the_channel(slack: Slack, kind: str) -> None:
    room = slack.acme.general if kind == "public" else slack.acme.leadership
    slack.control("PATCH", f"/channels/{room}", bot_member=False)
    expected = "not_in_channel" if kind == "public" else "channel_not_found"
    assert refusal(slack, uploaded(slack), channel_id=room) == expected


def test_a_persons_id_is_no_channel(slack: Slack) -> None:
    assert refusal(slack, uploaded(slack), channel_id=slack.acme.admin) == "invalid_arguments"


def test_without_the_scope_there_is_no_upload(slack: Slack) -> None:
    (grant,) = slack.stand_in.platform.state.grants.values()
    grant.scopes = tuple(each for each in grant.scopes if each != "files:write")
    answer = slack.api("files.getUploadURLExternal", filename="x", length=1)
    assert (answer["error"], answer["needed"]) == ("missing_scope", "files:write")
