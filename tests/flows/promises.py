"""What holds of everything the app ever sent, whatever a flow was about."""

import json
from collections.abc import Iterator
from typing import Final, cast

import httpx

from tests.flows.read_aloud import unspoken
from tests.flows.world import Json, World
from tests.parallel_contract import CONTRACT, TASK_CONTRACT, faults_of

# Slack's words for a message of ours that broke its rules.
_OUR_MISTAKES: Final = frozenset(
    {
        "invalid_arguments",
        "invalid_arg_name",
        "invalid_blocks",
        "invalid_blocks_format",
        "invalid_form_data",
        "invalid_json",
        "invalid_metadata_format",
        "metadata_too_large",
        "missing_scope",
        "msg_blocks_too_long",
        "msg_too_long",
        "no_text",
        "unknown_method",
    }
)


def broken_promises(world: World) -> list[str]:
    """In words; empty when all is well."""
    return [
        *_messages(world),
        *_whispers(world),
        *_slack_calls(world),
        *_parallel_calls(world),
        *_read_aloud(world),
    ]


def _messages(world: World) -> Iterator[str]:
    """Only the person who asked is pinged, once, on the card; links unfurl nowhere.

    An edited card, which pings nobody at Slack, may name who cancelled as well. A finding names its
    monitor's owner if that is the monitor's policy.
    """
    owners = _owners_to_mention(world)
    state = world.get("/control/slack/state")
    for messages in cast("dict[str, list[Json]]", state["messages"]).values():
        for message in messages:
            if not message["bot_id"]:
                continue
            pings = cast("list[str]", message["pings"])
            is_reply = message["thread_ts"] not in {None, message["ts"]}
            most = 2 if message["edited"] else 1
            are_people = all(each.startswith("<@U") for each in pings)
            if is_reply and pings == [owners.get((message["channel"], message["thread_ts"]))]:
                continue
            if pings and (is_reply or len(pings) > most or not are_people):
                yield f"pings {pings}: {message['text']}"
            if message["unfurl_links"] or message["unfurl_media"]:
                yield f"unfurls: {message['text']}"
            if not str(message["text"]).strip():
                yield f"says nothing to a screen reader: {message}"


def _owners_to_mention(world: World) -> dict[tuple[object, object], str]:
    """By thread, as each monitor's metadata says."""
    found: dict[tuple[object, object], str] = {}
    for monitor in world.all_monitors():
        home = cast("dict[str, str]", monitor["metadata"] or {})
        if '"mention":true' in home.get("policy", ""):
            place = (home["slack_channel_id"], home["slack_thread_id"])
            found[place] = f"<@{home['user_id']}>"
    return found


def _whispers(world: World) -> Iterator[str]:
    state = world.get("/control/slack/state")
    for whisper in cast("list[Json]", state["ephemerals"]):
        if whisper["pings"]:
            yield f"a whisper pings {whisper['pings']}: {whisper['text']}"


def _slack_calls(world: World) -> Iterator[str]:
    for asked in world.requests("slack"):
        answer = cast("Json", asked["answer"] or {})
        is_ordered = str(asked["fault"]).startswith("error:")
        if answer.get("error") in _OUR_MISTAKES and not is_ordered:
            yield f"{asked['api_method']}: {answer}"


def _read_aloud(world: World) -> Iterator[str]:
    """Each message's text says all that its blocks show, whichever call it came by."""
    for asked in world.requests("slack"):
        sent = cast("Json", asked["body"] or {})
        if "text" in sent and "blocks" in sent and (missing := unspoken(sent)):
            yield f"{asked['api_method']}: {' '.join(missing)} isn't said by: {sent['text']}"


def _parallel_calls(world: World) -> Iterator[str]:
    """Each request keeps to Parallel's contract."""
    # Most are the same: the reconciler's lists.
    requests = {
        (
            str(asked["method"]),
            f"{asked['path']}?{asked['query']}",
            json.dumps(asked["body"]) if asked["body"] else "",
        )
        for asked in world.requests("parallel")
        if str(asked["path"]).startswith("/v1/")
    }
    for method, path, body in requests:
        request = httpx.Request(method, f"http://parallel/parallel{path}", content=body.encode())
        contract = TASK_CONTRACT if path.startswith("/v1/tasks/") else CONTRACT
        yield from (f"{method} {path}: {each}" for each in faults_of(contract, request))
